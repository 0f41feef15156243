// A capture filter (pcap-filter(7)) for what a Pod exchanges with a few others, in tunnels, too, and for who refuses packets on the way. A
// packet too short for a word of a filter is let through by nothing that follows that word: so tunnels come last.
import { parseAddress } from '../route/address.ts';

/** Characters: what the node's half takes (main/node/capture-script.ts). */
export const TALK_FILTER_MAX = 1_000;

/** Where an inner IP header's source and destination lie, bytes: in VXLAN and Geneve over IPv4 behind `udp`, in IPIP behind `ip`. */
const IN_UDP = { v4: [42, 46], v6: [38, 54] } as const;
const IN_IP = { v4: [32, 36] } as const;

export function talkFilter(own: readonly string[], peers: readonly string[], inTunnels: boolean): string {
  const refusals = [
    ...(own.some(isIpv4) ? ['icmp[0] = 3', 'icmp[0] = 11'] : []),
    ...(own.some((one) => !isIpv4(one)) ? ['(icmp6 and ip6[40] < 5)'] : []),
  ];
  const plain = `(${anyOf(own.map(host))}) and (${anyOf([...peers.map(host), ...refusals])})`;
  if (!inTunnels) return plain;
  const inIp = bothOf(own.filter(isIpv4), peers.filter(isIpv4), (one) => wordsAt('ip', IN_IP.v4, one));
  const inUdp = bothOf(own, peers, (one) => wordsAt('udp', isIpv4(one) ? IN_UDP.v4 : IN_UDP.v6, one));
  return [
    `(${plain})`,
    ...(inIp === null ? [] : [`(ip proto 4 and ${inIp})`]),
    ...(inUdp === null ? [] : [`(udp and ${inUdp})`]),
  ].join(' or ');
}

/** Whether all that these exchange can be asked for at once, in tunnels, too. */
export function fitsOneFilter(own: readonly string[], peers: readonly string[]): boolean {
  return talkFilter(own, peers, true).length <= TALK_FILTER_MAX;
}

function bothOf(
  own: readonly string[],
  peers: readonly string[],
  at: (address: string) => readonly string[],
): string | null {
  if (own.length === 0 || peers.length === 0) return null;
  return `(${anyOf(own.flatMap(at))}) and (${anyOf(peers.flatMap(at))})`;
}

const anyOf = (terms: readonly string[]): string => terms.join(' or ');
const host = (address: string): string => `host ${address}`;
const isIpv4 = (address: string): boolean => !address.includes(':');

/** As a source, and as a destination. */
function wordsAt(of: 'ip' | 'udp', offsets: readonly number[], address: string): string[] {
  const words = [...(parseAddress(address)?.words ?? [])];
  return offsets.map((offset) => {
    const terms = words.map(
      (word, index) => `${of}[${String(offset + 4 * index)}:4] = 0x${word.toString(16)}`,
    );
    return terms.length === 1 ? terms.join('') : `(${terms.join(' and ')})`;
  });
}
