// For tests: what a frame on a device has to do with a packet that was sent: the packet itself, be it inside a tunnel, or an answer to it.
import type { PacketTruth, Sighting } from './real-topology.ts';

export type Role =
  | { readonly kind: 'packet' }
  /** ICMP that tells of it. */
  | { readonly kind: 'error'; readonly type: number; readonly code: number }
  | { readonly kind: 'reset' };

interface Parsed {
  readonly family: 4 | 6;
  readonly proto: number;
  /** Where the header of TCP, UDP or ICMP begins. */
  readonly at: number;
  readonly frame: Uint8Array;
}

const TUNNEL_PORTS: readonly number[] = [4789, 8472];
const ERRORS = { 4: [3, 11, 12], 6: [1, 2, 3, 4] } as const;
const ECHO = { 4: 8, 6: 128 } as const;
const [SYN, RST, ACK] = [0x02, 0x04, 0x10];

/** By sighting; those that have nothing to do with it are left out. */
export function rolesOf({
  packet,
  seen,
}: PacketTruth): { readonly sighting: Sighting; readonly role: Role }[] {
  const tag = packet.proto === 6 ? sequenceOf(seen, packet.sport) : Buffer.from(packet.tag).toString('hex');
  return seen.flatMap((sighting) => {
    const role = roleOf(sighting.frame, tag);
    return role === null ? [] : [{ sighting, role }];
  });
}

function roleOf(frame: Uint8Array, tag: string | null): Role | null {
  const parsed = parse(frame);
  if (parsed === null) return null;
  const { family, proto, at } = parsed;
  const has = (): boolean => tag !== null && Buffer.from(parsed.frame).toString('hex').includes(tag);
  const first = parsed.frame[at] ?? 0;
  switch (proto) {
    case 1:
    case 58:
      if ((ERRORS[family] as readonly number[]).includes(first))
        return { kind: 'error', type: first, code: parsed.frame[at + 1] ?? 0 };
      return first === ECHO[family] && has() ? { kind: 'packet' } : null;
    case 17:
      return has() ? { kind: 'packet' } : null;
    case 6: {
      const flags = parsed.frame[at + 13] ?? 0;
      if ((flags & RST) !== 0) return { kind: 'reset' };
      return (flags & (SYN | ACK)) === SYN && has() ? { kind: 'packet' } : null;
    }
    default:
      return null;
  }
}

/** What NAT leaves as it is of a SYN. */
function sequenceOf(seen: readonly Sighting[], sport: number): string | null {
  for (const { frame } of seen) {
    const parsed = parse(frame);
    if (parsed?.proto !== 6) continue;
    const bytes = Buffer.from(parsed.frame);
    const flags = bytes[parsed.at + 13] ?? 0;
    if ((flags & (SYN | ACK)) !== SYN || bytes.readUInt16BE(parsed.at) !== sport) continue;
    return bytes.toString('hex', parsed.at + 4, parsed.at + 8);
  }
  return null;
}

/** The innermost packet of a frame. */
function parse(frame: Uint8Array): Parsed | null {
  const bytes = Buffer.from(frame);
  if (bytes.length < 54) return bytes.length < 34 ? null : parseIp(bytes);
  return parseIp(bytes);
}

function parseIp(bytes: Buffer): Parsed | null {
  const type = bytes.readUInt16BE(12);
  const family = type === 0x0800 ? 4 : type === 0x86dd ? 6 : null;
  if (family === null) return null;
  const proto = bytes[family === 4 ? 23 : 20] ?? 0;
  const at = 14 + (family === 4 ? ((bytes[14] ?? 0) & 0x0f) * 4 : 40);
  if (proto === 17 && bytes.length > at + 30 && TUNNEL_PORTS.includes(bytes.readUInt16BE(at + 2)))
    return parse(bytes.subarray(at + 16));
  return { family, proto, at, frame: bytes };
}
