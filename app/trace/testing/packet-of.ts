// For tests: a packet by what matters of it.
import { parseAddress, type Address } from '../../route/address.ts';
import { blankPacket } from '../blank-packet.ts';
import type { TracedPacket } from '../packet.ts';

const PROTOCOLS = { tcp: { 4: 6, 6: 6 }, udp: { 4: 17, 6: 17 }, icmp: { 4: 1, 6: 58 } } as const;
const SYN = 0x02;

/** `tcp 10.0.0.1:40000 → 10.0.0.2:80` as trace writes it: an address of IPv6 with a port stands in brackets. */
export function packetOf(text: string, fields: Partial<TracedPacket> = {}): TracedPacket {
  const match = /^(tcp|udp|icmp) (\S+) → (\S+)$/.exec(text);
  const [src, sport] = endOf(match?.[2] ?? '');
  const [dst, dport] = endOf(match?.[3] ?? '');
  const name = match?.[1] === 'udp' || match?.[1] === 'icmp' ? match[1] : 'tcp';
  return {
    ...blankPacket({ src, dst, sport, dport }),
    protocol: PROTOCOLS[name][dst.family],
    icmp: name === 'icmp' ? { type: dst.family === 4 ? 8 : 128, code: 0 } : null,
    tcpFlags: name === 'tcp' ? SYN : 0,
    length: 84,
    ...fields,
  };
}

function endOf(text: string): [Address, number] {
  const match = /^\[([^\]]+)\]:(\d+)$/.exec(text) ?? /^([0-9.]+):(\d+)$/.exec(text);
  const address = parseAddress(match?.[1] ?? text);
  if (address === null) throw new Error(`${text} is no address`);
  return [address, Number(match?.[2] ?? 0)];
}
