// DNS in every shape: names as they should be and as they should not, each kind of record, EDNS, over UDP and TCP.
import { ipv4InEthernet, type BuiltPacket } from './built.ts';
import { ipv4, tcp, udp } from './network.ts';
import { hex, ip4, ip6, join, u16, u32, zeros, type Part } from './parts.ts';

/** `www.example` as labels, with the root. */
export const dnsName = (text: string): Uint8Array =>
  join(...(text === '' ? [] : text.split('.').map((label) => labels(label))), 0);

/** One label of these bytes, or text. */
const labels = (label: string | Uint8Array): Uint8Array => {
  const bytes = join(label);
  return join(bytes.length, bytes);
};

interface Message {
  readonly flags?: number;
  readonly questions?: number;
  readonly answers?: number;
  readonly authorities?: number;
  readonly additionals?: number;
}

export const dnsMessage = (body: Part, message: Message = {}): Uint8Array =>
  join(
    u16(0x1234),
    u16(message.flags ?? 0x0100),
    u16(message.questions ?? 1),
    u16(message.answers ?? 0),
    u16(message.authorities ?? 0),
    u16(message.additionals ?? 0),
    body,
  );

const question = (name: Part, type = 1, dnsClass = 1): Uint8Array => join(name, u16(type), u16(dnsClass));
const WWW = dnsName('www.example');
/** A pointer to the question's name. */
const POINTER = hex('c00c');

const record = (type: number, rdata: Part, name: Part = POINTER, dnsClass = 1): Uint8Array => {
  const bytes = join(rdata);
  return join(name, u16(type), u16(dnsClass), u32(60), u16(bytes.length), bytes);
};

const answer = (...records: readonly Uint8Array[]): Uint8Array =>
  dnsMessage(join(question(WWW), ...records), { flags: 0x8180, answers: records.length });

const inTcp = (message: Uint8Array): Uint8Array => join(u16(message.length), message);

const queries: Readonly<Record<string, Uint8Array>> = {
  'a query': dnsMessage(question(WWW)),
  'of the root': dnsMessage(question(hex('00'), 2)),
  'of one letter': dnsMessage(question(dnsName('a'))),
  'of a name with a dot, a space, a quote': dnsMessage(
    question(join(labels('c.d'), labels('a b'), labels('q"r'), 0)),
  ),
  'of control bytes': dnsMessage(question(join(labels(hex('00010708090a0b0c0d1b7f')), 0))),
  'of UTF-8, and what is none': dnsMessage(
    question(join(labels('é'), labels(hex('fffe')), labels(hex('c080')), labels(hex('e28241')), 0)),
  ),
  'of characters that do not print': dnsMessage(question(join(labels('\u200b\u00ad\u{10ffff}\u2028'), 0))),
  'a name of 253 characters': dnsMessage(question(dnsName(LONG(253)))),
  'a name of 254 characters': dnsMessage(question(dnsName(LONG(254)))),
  'a pointer to itself': dnsMessage(question(hex('c00c'))),
  'pointers in a ring': dnsMessage(question(hex('0161c00e0162c00c'))),
  'a pointer forwards': dnsMessage(question(hex('0161c040'))),
  'a pointer into a label': dnsMessage(question(hex('03777777c004'))),
  'a label of another kind': dnsMessage(join(question(hex('016140')), zeros(80).fill(0x31))),
  'a label of a kind that never was': dnsMessage(join(question(hex('826162')), zeros(8))),
  'a label past the end': dnsMessage(hex('20616263')),
  'three questions': dnsMessage(
    join(question(dnsName('a')), question(WWW, 28), question(dnsName('b.c'), 255)),
    {
      questions: 3,
    },
  ),
  'questions that are not there': dnsMessage(question(WWW), { questions: 500 }),
  'a header alone': dnsMessage([]),
  'half a header': hex('12340100000100000000'),
  'no type': dnsMessage(WWW),
  'an update': dnsMessage(join(question(WWW, 6), record(1, ip4('10.0.0.9'))), {
    flags: 0x2800,
    authorities: 1,
  }),
  'EDNS with options': dnsMessage(
    join(
      question(WWW),
      hex('00 0029 1000 01 00 8000 0035'),
      hex('000a 0008 0102030405060708 0008 0007 0001 18 00 0a0102 000f 0004 0012 6f6b'),
      hex('0005 0002 0d08 000c 0004 00000000'),
    ),
    { additionals: 1 },
  ),
};

function LONG(length: number): string {
  return Array.from({ length: 4 }, () => 'a'.repeat(63))
    .join('.')
    .slice(0, length);
}

const answers: Readonly<Record<string, Uint8Array>> = {
  'an address': answer(record(1, ip4('93.184.216.34'))),
  'two addresses': answer(record(1, ip4('10.0.0.1')), record(1, ip4('10.0.0.2'))),
  'an address of three bytes': answer(record(1, hex('010203'))),
  'an address of no bytes': answer(record(1, []), record(28, [])),
  'an IPv6 address': answer(record(28, ip6('2001:db8::1'))),
  'a canonical name': answer(record(5, dnsName('other.example')), record(1, ip4('10.0.0.1'))),
  'a name server': answer(record(2, hex('036e7331c010'))),
  'a start of authority': answer(
    record(6, join(dnsName('ns.example'), dnsName('root.example'), ...[1, 2, 3, 4, 5].map(u32))),
  ),
  'a pointer': answer(record(12, dnsName('host.example'))),
  'a mail exchange': answer(record(15, join(u16(10), dnsName('mx.example')))),
  texts: answer(record(16, join(labels('v=spf1'), labels(''), labels(hex('610062fe'))))),
  'a text past its record': answer(record(16, hex('07616263')), record(16, labels('zzzzzz'))),
  'a service': answer(
    record(33, join(u16(1), u16(2), u16(8080), dnsName('t.example')), dnsName('_sip._tcp.e.x')),
  ),
  'a service of a short name': answer(
    record(33, join(u16(1), u16(2), u16(8080), dnsName('t')), dnsName('_sip')),
  ),
  'a naming authority pointer': answer(
    record(35, join(u16(1), u16(2), labels('u'), labels('E2U+sip'), labels('!^.*$!sip:x!'), 0)),
  ),
  'a host description': answer(record(13, join(labels('arm'), labels('linux')))),
  'a signature': answer(
    record(
      46,
      join(u16(1), 8, 2, u32(60), u32(1_700_000_000), u32(1_600_000_000), u16(7), dnsName('e'), hex('abcd')),
    ),
  ),
  'a key': answer(record(48, hex('0101 03 08 aabbcc'))),
  'a delegation': answer(record(43, hex('1234 08 02 aabbcc'))),
  'next names': answer(record(47, join(dnsName('b.example'), hex('0002 4001 01 01 80')))),
  'next names, hashed': answer(record(50, hex('01 01 000a 02 aabb 05 0102030405 0001 40'))),
  'parameters of hashes': answer(record(51, hex('01 00 000a 02 aabb'))),
  'an association': answer(record(52, hex('03 01 01 aabbcc'))),
  'a service binding': answer(
    record(
      65,
      join(u16(1), dnsName('t.example'), hex('0001 0006 026832 026833 0003 0002 01bb 0004 0004 0a000001')),
    ),
  ),
  'an authority of certificates': answer(record(257, join(hex('80 05'), 'issue', 'ca.example'))),
  'a type unknown': answer(record(65_400, hex('616263'))),
  'a record past the end': answer(hex('c00c 0001 0001 0000003c 0400 0a00')),
  refused: dnsMessage(question(WWW), { flags: 0x8585 }),
  'no such name': dnsMessage(question(WWW), { flags: 0x8183 }),
};

export function dnsPackets(): readonly BuiltPacket[] {
  let port = 42_000;
  const over = (kind: string, destination: number, messages: Readonly<Record<string, Uint8Array>>) =>
    Object.entries(messages).map(
      ([name, message]) => [`${kind}, ${name}`, ipv4(17, udp((port += 1), destination, message))] as const,
    );
  const query = dnsMessage(question(WWW));
  const streams: Readonly<Record<string, Uint8Array>> = {
    'one message': inTcp(query),
    'two messages': join(inTcp(query), inTcp(answer(record(1, ip4('10.0.0.1'))))),
    'a message that goes on': inTcp(query).subarray(0, 20),
    'a length that is too long': join(u16(0xffff), query),
    'a length that is too short, then a message': join(u16(15), query.subarray(0, 15), inTcp(query)),
    'lengths of 0': zeros(20),
    'one byte': zeros(1),
  };
  return ipv4InEthernet(
    Object.fromEntries([
      ...over('DNS', 53, queries),
      ...over('DNS', 53, answers),
      ...over('DNS on a port of nobody', 42_999, {
        'a query': query,
        'an answer': answer(record(1, ip4('10.0.0.1'))),
        'two questions': dnsMessage(join(question(WWW), question(WWW)), { questions: 2 }),
        'an update': dnsMessage(question(WWW), { flags: 0x2800 }),
      }),
      ...over('multicast DNS', 5353, {
        'a query for one answer': dnsMessage(question(dnsName('_http._tcp.local'), 12, 0x8001), { flags: 0 }),
        'an answer': dnsMessage(record(1, ip4('10.0.0.1'), WWW, 0x8001), {
          flags: 0x8400,
          questions: 0,
          answers: 1,
        }),
      }),
      ...over('LLMNR', 5355, {
        'a query': dnsMessage(question(dnsName('host')), { flags: 0x0500 }),
        'an answer': dnsMessage(question(dnsName('host')), { flags: 0x8000 }),
      }),
      ...Object.entries(streams).map(
        ([name, bytes]) => [`DNS over TCP, ${name}`, ipv4(6, tcp((port += 1), 53, bytes))] as const,
      ),
    ]),
  );
}
