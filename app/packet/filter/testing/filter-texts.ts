// Filters of every kind, for properties: valid texts, each of which some packets of the tests pass and others do not.
import fc from 'fast-check';
import { filterField } from '../filter-fields.ts';

const NUMBERS: Readonly<Record<string, readonly string[]>> = {
  'frame.number': ['1', '20', '0x32'],
  'frame.len': ['42', '60', '98', '012'],
  'frame.cap_len': ['54', '96'],
  'ip.ttl': ['64', '1'],
  'ip.proto': ['1', '6', '17', '47', '0x29'],
  'ip.hdr_len': ['20'],
  'tcp.srcport': ['40000', '8080', '80'],
  'tcp.dstport': ['40002', '8080', '179'],
  'tcp.port': ['40000', '8080', '53'],
  'udp.srcport': ['40000', '53'],
  'udp.dstport': ['40001', '4789', '53'],
  'udp.port': ['40000', '4789', '68'],
  'tcp.flags': ['0x002', '0x010', '0x018', '0x014'],
  'tcp.seq_raw': ['0', '1', '4294967295', '1000'],
  'tcp.ack_raw': ['0', '1'],
  'tcp.len': ['0', '1', '10'],
  'tcp.window_size_value': ['0', '64240'],
  'udp.length': ['8', '18'],
  'icmp.type': ['8', '0', '3'],
  'icmp.code': ['0', '1'],
  'icmpv6.type': ['128', '135'],
  'arp.opcode': ['1', '2'],
  'vlan.id': ['100', '7'],
  'vxlan.vni': ['4096', '1'],
  'eth.type': ['0x0800', '0x86dd'],
};
const FLAGS = ['tcp.flags.syn', 'tcp.flags.ack', 'tcp.flags.reset', 'tcp.flags.fin', 'tcp.flags.push'];
const ADDRESSES: Readonly<Record<string, readonly string[]>> = {
  ip: ['10.0.0.1', '10.0.0.2', '10.0.0.0/8', '192.168.0.0/16', '192.168.1.2', '0.0.0.0/0', '10.0.0.9/31'],
  ipv6: ['fd00::1', 'fd00::/8', 'fd00::2', 'fe80::/10', '::/0', 'ff02::1'],
};
const PROTOCOLS = [
  ...[
    'eth',
    'ip',
    'ipv6',
    'tcp',
    'udp',
    'icmp',
    'icmpv6',
    'arp',
    'vlan',
    'vxlan',
    'gre',
    'sctp',
    'sll',
    'llc',
    'geneve',
  ],
  ...['dns', 'tls', 'bgp', 'data', 'frame'],
];
const TEXTS: Readonly<Record<string, readonly string[]>> = {
  'http.host': ['"10.0.0.1:8080"', '"example"'],
  'http.request.method': ['"GET"', '"POST"', 'GET'],
  'dns.qry.name': ['"example.com"', '"hopscope"'],
  'ip.host': ['"10.0.0.2"', '"192"'],
};
const EQUAL = ['==', '!=', '===', '!==', 'eq', 'ne'];
const ORDER = ['<', '<=', '>', '>=', 'gt', 'le'];

/** Of the catalogue, so that a dissector may come later than its tests. */
const known = (names: readonly string[]): readonly string[] =>
  names.filter((name) => filterField(name) !== null);

const of = (
  table: Readonly<Record<string, readonly string[]>>,
): fc.Arbitrary<{ name: string; values: readonly string[] }> =>
  fc.constantFrom(...known(Object.keys(table))).map((name) => ({ name, values: table[name] ?? [] }));

const oneOf = (texts: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...texts);
const quantifier = oneOf(['', '', '', 'any ', 'all ']);

const numberTest = of(NUMBERS).chain(({ name, values }) =>
  fc
    .tuple(quantifier, oneOf([...EQUAL, ...ORDER]), oneOf(values))
    .map(([which, sign, value]) => `${which}${name} ${sign} ${value}`),
);
const setTest = of(NUMBERS).chain(({ name, values }) =>
  fc
    .tuple(oneOf(['in', 'not in']), oneOf(values), oneOf(values), fc.boolean())
    .map(([sign, one, other, range]) => `${name} ${sign} {${one}${range ? '..' : ', '}${other}}`),
);
const addressTest = fc.constantFrom('ip', 'ipv6').chain((protocol) =>
  fc
    .tuple(
      quantifier,
      oneOf(['src', 'dst', 'addr']),
      oneOf([...EQUAL, ...ORDER]),
      oneOf(ADDRESSES[protocol] ?? []),
    )
    .filter(([, end]) => filterField(`${protocol}.${end}`) !== null)
    .map(([which, end, sign, value]) => `${which}${protocol}.${end} ${sign} ${value}`),
);
const textTest = of(TEXTS).chain(({ name, values }) =>
  fc
    .tuple(oneOf(['==', '!=', 'contains', '<']), oneOf(values))
    .map(([sign, value]) => `${name} ${sign} ${value}`),
);
const otherTest = oneOf(
  [
    'tcp.flags & 2',
    'tcp.flags & 0x12 == 0x12',
    'tcp.port & 1 == 1',
    'eth.src[0:3] == 02:42:0a',
    'eth.dst[0] & 1',
    'eth.addr == 02:42:0a:00:00:01',
    'eth.src == eth.dst',
    'ip.src == ip.dst',
    'ip.src[0] == 0a',
    'tcp[13] & 2',
    'udp[4:2] == 00:12',
    'udp[8:]',
    'udp contains "hello"',
    'ip[8] == 40',
    'frame[12:2] == 08:00',
    'frame[-2:] == 00:00',
    'frame[90:2]',
    'eth[14:40]',
    'frame contains "hello"',
    'frame contains 0a:00:00:01',
    'tcp contains "hop"',
    'frame matches "h[a-e]l+o"',
    'frame matches r"\\x0a\\x00\\x00(\\x01|\\x02)"',
    'data.data contains "hop"',
    'len(data.data) > 4',
    'len(ip) == 20',
    'count(ip.src) == 2',
    'count(ip.addr) > 2',
    'count(tcp) == 1',
    'upper(http.request.method) == "GET"',
    'string(tcp.port) contains "80"',
    'string(ip.src) matches "^10"',
    'ip.ttl',
    'tcp.srcport',
    'udp.port',
    'ip.src',
    'ipv6.addr',
  ].filter((text) =>
    (text.match(/\b(?:ip|ipv6|tcp|udp|eth|data|http)\.[a-z_.]*[a-z]/gu) ?? []).every(
      (name) => filterField(name) !== null,
    ),
  ),
);

const test: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...known(PROTOCOLS)),
  numberTest,
  numberTest,
  setTest,
  addressTest,
  textTest,
  otherTest,
  fc
    .tuple(oneOf(known(FLAGS)), oneOf(['== 1', '== 0', '!= 1', '== true', '']))
    .map(([name, rest]) => `${name} ${rest}`),
);

/** `tests` joined in every way. */
function joined(tests: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const { tree } = fc.letrec<{ tree: string }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      tests,
      tie('tree').map((one) => `!(${one})`),
      fc
        .tuple(tie('tree'), oneOf(['&&', '||', 'and', 'or', '^^']), tie('tree'))
        .map(([left, sign, right]) => `(${left}) ${sign} (${right})`),
      fc
        .tuple(tests, oneOf(['&&', '||']), tests, oneOf(['and', 'or']), tests)
        .map((parts) => parts.join(' ')),
    ),
  }));
  return tree;
}

export const filterText: fc.Arbitrary<string> = joined(test);
