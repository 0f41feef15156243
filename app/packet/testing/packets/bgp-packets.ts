// BGP: messages of every type, several in a segment, and segments that begin and end in the middle of one.
import { ipv4InEthernet, type BuiltPacket } from './built.ts';
import { ipv4, tcp } from './network.ts';
import { hex, ip4, ip6, join, u16, u32, zeros, type Part } from './parts.ts';

const MARKER = zeros(16).fill(0xff);

function message(type: number, body: Part, length?: number): Uint8Array {
  const bytes = join(body);
  return join(MARKER, u16(length ?? 19 + bytes.length), type, bytes);
}

const keepalive = message(4, '');

/** Type and value of each capability. */
function open(...capabilities: readonly (readonly [number, string])[]): Uint8Array {
  const all = join(
    ...capabilities.map(([type, value]) => join(type, value.replaceAll(' ', '').length / 2, hex(value))),
  );
  const parameters = all.length === 0 ? zeros(0) : join(2, all.length, all);
  return message(1, join(4, u16(64_512), u16(240), ip4('10.12.22.150'), parameters.length, parameters));
}

/** Flags, type and value of each attribute. */
function update(
  withdrawn: string,
  attributes: readonly (readonly [number, number, Uint8Array])[],
  routes: string,
): Uint8Array {
  const gone = hex(withdrawn);
  const path = join(
    ...attributes.map(([flags, type, value]) =>
      join(flags, type, ...((flags & 0x10) === 0 ? [value.length] : u16(value.length)), value),
    ),
  );
  return message(2, join(u16(gone.length), gone, u16(path.length), path, hex(routes)));
}

const notification = (code: number, subcode: number, rest: Part = ''): Uint8Array =>
  message(3, join(code, subcode, rest));

const ORIGIN = [0x40, 1, hex('00')] as const;
const NEXT_HOP = [0x40, 3, join(ip4('10.12.22.151'))] as const;
const LOCAL_PREF = [0x40, 5, join(u32(100))] as const;
const NO_PATH = [0x40, 2, zeros(0)] as const;
/** As Calico's BIRD announces a block. */
const block = update('', [ORIGIN, NO_PATH, NEXT_HOP, LOCAL_PREF], '18 c0a801 1a c0a80240');

const CAPABILITIES = [
  [1, '00010001'],
  [1, '00020001'],
  [2, ''],
  [64, '00b4 00010180'],
  [65, '0000fc00'],
  [69, '00010103'],
  [70, ''],
  [73, '05 6e6f64652d 00'],
] as const;

function segments(): Readonly<Record<string, Uint8Array>> {
  return {
    'BGP, KEEPALIVE': keepalive,
    'BGP, OPEN': open(),
    'BGP, OPEN with capabilities': open(...CAPABILITIES),
    'BGP, a block announced': block,
    'BGP, routes withdrawn': update('18 c0a801 20 c0a80203', [], ''),
    'BGP, the end of the routes': update('', [], ''),
    'BGP, a path of two-byte AS numbers': update(
      '',
      [ORIGIN, [0x40, 2, hex('0202 fc00 0001 0101 0007')], NEXT_HOP],
      '18 c0a801',
    ),
    'BGP, a path of four-byte AS numbers': update(
      '',
      [ORIGIN, [0x40, 2, hex('0202 0000fc00 00010001')], NEXT_HOP],
      '18 c0a801',
    ),
    'BGP, attributes of every kind': update(
      '',
      [
        ORIGIN,
        NO_PATH,
        NEXT_HOP,
        LOCAL_PREF,
        [0x80, 4, join(u32(50))],
        [0x40, 6, zeros(0)],
        [0xc0, 7, join(u32(64_512), ip4('10.0.0.9'))],
        [0xc0, 8, hex('fc00000a ffffff01 00000000')],
        [0x80, 9, join(ip4('10.0.0.1'))],
        [0x80, 10, join(ip4('10.0.0.2'), ip4('10.0.0.3'))],
        [0xc0, 32, join(u32(64_512), u32(1), u32(2))],
        [0xd0, 99, hex('0102')],
      ],
      '10 0a01',
    ),
    'BGP, IPv6 routes': update(
      '',
      [
        ORIGIN,
        NO_PATH,
        [0x90, 14, join(u16(2), 1, 16, ip6('fd00::1'), 0, hex('40 fd01000000000000 10 fd02'))],
      ],
      '',
    ),
    'BGP, IPv6 routes withdrawn': update('', [[0x80, 15, join(u16(2), 1, hex('40 fd01000000000000'))]], ''),
    'BGP, shut down by its operator': notification(6, 2, join(9, 'back at 8')),
    'BGP, reset by its operator': notification(6, 4, join(0)),
    'BGP, the wrong AS': notification(2, 2, u16(64_513)),
    'BGP, hold timer expired': notification(4, 0),
    'BGP, a malformed AS_PATH': notification(3, 11, hex('400201')),
    'BGP, not in this state': notification(5, 1),
    'BGP, an unknown error': notification(99, 1),
    'BGP, ROUTE-REFRESH': message(5, hex('0001 00 01')),
    'BGP, an unknown type': message(9, 'hop'),
    'BGP, three in a segment': join(open(...CAPABILITIES), block, keepalive),
    'BGP, the end of one and another': join(block.subarray(21), keepalive),
    'BGP, the middle of one': block.subarray(20, 60),
    'BGP, one and the begin of another': join(keepalive, block.subarray(0, 40)),
    'BGP, one and some of a marker': join(keepalive, MARKER.subarray(0, 7)),
    'BGP, a length of 5': message(4, '', 5),
    'BGP, a length of 5000': message(2, '', 5000),
    'BGP, a length that holds less': message(2, hex('0000'), 23),
    'BGP, attributes past the end': message(2, hex('0000 00ff 400101')),
    'BGP, a prefix of 200 bits': update('18 c0a801 c8 c0a8', [], ''),
  };
}

export function bgpPackets(): readonly BuiltPacket[] {
  // Each in a connection of its own: tshark remembers what it made of one.
  return ipv4InEthernet(
    Object.fromEntries(
      Object.entries(segments()).map(([name, bytes], index) => [
        name,
        ipv4(6, tcp(179, 50_001 + index, bytes)),
      ]),
    ),
  );
}
