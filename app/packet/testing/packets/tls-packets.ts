// TLS: hellos with every extension that is told, records in one segment and over several, alerts.
import { ipv4InEthernet, type BuiltPacket } from './built.ts';
import { ipv4, tcp } from './network.ts';
import { hex, join, u16, u24, zeros, type Part } from './parts.ts';

const counted16 = (part: Part): Uint8Array => {
  const bytes = join(part);
  return join(u16(bytes.length), bytes);
};
const counted8 = (part: Part): Uint8Array => {
  const bytes = join(part);
  return join(bytes.length, bytes);
};

export const tlsRecord = (type: number, content: Part, version = 0x0301): Uint8Array =>
  join(type, u16(version), counted16(content));

const message = (type: number, body: Part): Uint8Array => {
  const bytes = join(body);
  return join(type, u24(bytes.length), bytes);
};

const extension = (type: number, value: Part): Uint8Array => join(u16(type), counted16(value));
const serverName = (...names: readonly Part[]): Uint8Array =>
  extension(0, counted16(join(...names.map((name) => join(0, counted16(name))))));

export const clientHello = (extensions: Part | null): Uint8Array =>
  message(
    1,
    join(
      u16(0x0303),
      zeros(32).fill(0x11),
      counted8(hex('aabbcc')),
      counted16(hex('13011302c02f')),
      counted8([0]),
      extensions === null ? [] : counted16(extensions),
    ),
  );

const serverHello = message(
  2,
  join(u16(0x0303), zeros(32).fill(0x22), 0, u16(0x1301), 0, counted16(extension(43, u16(0x0303)))),
);
const certificate = message(11, join(u24(7), u24(4), hex('30820001')));
const DONE = message(14, []);

const HELLO = clientHello(
  join(
    serverName('example.com'),
    extension(16, counted16(join(counted8('h2'), counted8('http/1.1')))),
    extension(43, counted8(hex('03040303'))),
    extension(10, counted16(hex('001d0017'))),
    extension(11, counted8([0])),
    extension(13, counted16(hex('04030804'))),
    extension(51, counted16(join(u16(29), counted16(zeros(32).fill(0x33))))),
    extension(21, zeros(5)),
  ),
);
const RECORD = tlsRecord(22, HELLO);

const segments: Readonly<Record<string, Uint8Array>> = {
  'a client hello': RECORD,
  'a hello without extensions': tlsRecord(22, clientHello(null)),
  'two names': tlsRecord(22, clientHello(serverName('a', 'b'))),
  'an empty name': tlsRecord(22, clientHello(serverName(''))),
  'a name of odd bytes': tlsRecord(22, clientHello(serverName(hex('61c3a9ff0a2e62')))),
  'an empty extension': tlsRecord(22, clientHello(extension(0, []))),
  'names longer than their extension': tlsRecord(22, clientHello(extension(0, hex('00ff0000026162')))),
  'a name longer than its list': tlsRecord(22, clientHello(extension(0, hex('00050000206162')))),
  'an extension longer than all': tlsRecord(22, clientHello(hex('000001f4616263'))),
  'extensions longer than the hello': tlsRecord(22, message(1, HELLO.subarray(4, HELLO.length - 9))),
  'a server hello': tlsRecord(22, serverHello),
  'a server hello and what follows, in one record': tlsRecord(22, join(serverHello, certificate, DONE)),
  'a server hello and what follows, in records': join(
    ...[serverHello, certificate, DONE].map((part) => tlsRecord(22, part)),
  ),
  'a hello over two records': join(tlsRecord(22, HELLO.subarray(0, 20)), tlsRecord(22, HELLO.subarray(20))),
  'a hello cut in its header': join(tlsRecord(22, HELLO.subarray(0, 2)), tlsRecord(22, HELLO.subarray(2))),
  'a hello over two records, and another message': join(
    tlsRecord(22, HELLO.subarray(0, 50)),
    tlsRecord(22, join(HELLO.subarray(50), DONE)),
  ),
  'a hello that goes on elsewhere': RECORD.subarray(0, 90),
  'a record, and one that goes on elsewhere': join(tlsRecord(22, serverHello), RECORD.subarray(0, 40)),
  'a message of 16 MiB': tlsRecord(22, join(hex('01ffffff'), HELLO.subarray(4))),
  'an empty record': join(tlsRecord(22, []), RECORD),
  'an alert': tlsRecord(21, hex('0228')),
  'an encrypted alert': tlsRecord(21, zeros(20).fill(0x5a)),
  'a key, then encrypted': join(
    ...[tlsRecord(22, message(16, hex('00026162'))), tlsRecord(20, [1]), tlsRecord(22, zeros(40))],
  ),
  'an encrypted handshake': tlsRecord(22, zeros(40).fill(0x99)),
  'application data': tlsRecord(23, 'abc', 0x0303),
  'a hello of SSL 3': tlsRecord(22, HELLO, 0x0300),
  'a version that never was': tlsRecord(22, HELLO, 0x0305),
  'a hello of SSL 2': hex(`802e 01 0301 0015 0000 0010 ${'010080'.repeat(6)} 00002f ${'63'.repeat(16)}`),
  'HTTP in the clear': join('GET / HTTP/1.1\r\nHost: h\r\n\r\n'),
};

export function tlsPackets(): readonly BuiltPacket[] {
  let port = 44_000;
  const over = (kind: string, destination: number, names: readonly string[]) =>
    names.map(
      (name) => [`${kind}, ${name}`, ipv4(6, tcp((port += 1), destination, segments[name] ?? []))] as const,
    );
  const onAnyPort = ['a client hello', 'a server hello', 'application data', 'an alert', 'an empty record'];
  return ipv4InEthernet(
    Object.fromEntries([
      ...over('TLS', 443, Object.keys(segments)),
      ...over('TLS on a port of nobody', 44_999, onAnyPort),
    ]),
  );
}
