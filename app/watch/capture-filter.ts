// A capture filter (pcap-filter(7)) for what a Pod says and hears, or exchanges with a few alone: also inside tunnels, and as whom it is
// masqueraded. libpcap's own words for tunnels are newer than many nodes' libpcap, and shift the offsets of all that follows. A packet too
// short for a word of a filter is let through by nothing that follows that word: so tunnels come last.
import { parseAddress } from '../route/address.ts';
import type { Outside } from '../trace/lets-through.ts';

/** Characters of a filter for a few: more of them are no few. */
export const TALK_FILTER_MAX = 2_000;

/** Where an inner IP header's source and destination lie, bytes: in VXLAN and Geneve over IPv4 behind `udp`, in IPIP behind `ip`. */
const IN_UDP = { v4: [42, 46], v6: [38, 54] } as const;
const IN_IP = { v4: [32, 36] } as const;

export interface WatchedTraffic {
  /** The Pod's addresses. */
  readonly own: readonly string[];
  /** Of theirs only what they exchange with these, and who refuses their packets; null: with anybody. */
  readonly peers: readonly string[] | null;
  readonly outside: readonly Outside[];
}

export function captureFilter({ own, peers, outside }: WatchedTraffic, inTunnels: boolean): string {
  const talks = [...(peers === null ? [] : [{ own, peers }]), ...outside.map(talkOf)];
  const all = peers === null ? own : [];
  const plain = [...all.map(host), ...talks.map(plainTalk)];
  const inIp = [
    ...all.filter(isIpv4).flatMap((one) => wordsAt('ip', IN_IP.v4, one)),
    ...talks.flatMap((talk) => bothOf(talk.own.filter(isIpv4), talk.peers.filter(isIpv4), inIpip)),
  ];
  const inUdp = [...all.flatMap(inVxlan), ...talks.flatMap((talk) => bothOf(talk.own, talk.peers, inVxlan))];
  return [
    ...plain,
    ...(inTunnels && inIp.length > 0 ? [`(ip proto 4 and (${anyOf(inIp)}))`] : []),
    ...(inTunnels && inUdp.length > 0 ? [`(udp and (${anyOf(inUdp)}))`] : []),
  ].join(' or ');
}

/** Whether all that these exchange can be asked for at once, in tunnels, too. */
export function fitsOneFilter(own: readonly string[], peers: readonly string[]): boolean {
  return captureFilter({ own, peers, outside: [] }, true).length <= TALK_FILTER_MAX;
}

interface Talk {
  readonly own: readonly string[];
  readonly peers: readonly string[];
}

const talkOf = ({ address, peers }: Outside): Talk => ({ own: [address], peers });

function plainTalk({ own, peers }: Talk): string {
  const refusals = [
    ...(own.some(isIpv4) ? ['icmp[0] = 3', 'icmp[0] = 11'] : []),
    ...(own.some((one) => !isIpv4(one)) ? ['(icmp6 and ip6[40] < 5)'] : []),
  ];
  return `((${anyOf(own.map(host))}) and (${anyOf([...peers.map(host), ...refusals])}))`;
}

/** One term, or none. */
function bothOf(
  own: readonly string[],
  peers: readonly string[],
  at: (address: string) => readonly string[],
): readonly string[] {
  if (own.length === 0 || peers.length === 0) return [];
  return [`((${anyOf(own.flatMap(at))}) and (${anyOf(peers.flatMap(at))}))`];
}

const anyOf = (terms: readonly string[]): string => terms.join(' or ');
const host = (address: string): string => `host ${address}`;
const isIpv4 = (address: string): boolean => !address.includes(':');
const inIpip = (address: string): readonly string[] => wordsAt('ip', IN_IP.v4, address);
const inVxlan = (address: string): readonly string[] =>
  wordsAt('udp', isIpv4(address) ? IN_UDP.v4 : IN_UDP.v6, address);

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
