import { TRAFFIC_PROTOCOLS, type TrafficProtocol } from './traffic-places.ts';

export interface TrafficOrder {
  /** A Pod, or a node: then from its own network. */
  readonly from: string;
  /** A Pod, a node, a Service, an address or localhost, with or without `:PORT`. */
  readonly to: string;
  readonly protocol: TrafficProtocol;
  readonly count: number;
  /** Packets (of TCP: records) a second; 0: as fast as can be. */
  readonly rate: number;
  /** Of payloads, bytes, in turn; beyond the MTU a datagram goes in fragments. Of TCP's records: one. */
  readonly sizes: readonly number[];
  /** Sockets, or ids of echo requests, among which packets go round. */
  readonly flows: number;
  /** At most. */
  readonly seconds: number;
  /** Seconds in which answers, and what is under way, may still come. */
  readonly linger: number;
  /** No tags: every packet like every other. */
  readonly plain: boolean;
  /** UDP from sockets that are not connected: the kernel leaves their IP id 0. */
  readonly loose: boolean;
  /** Who hears UDP gives back each packet, who hears DNS answers. */
  readonly answer: boolean;
  readonly ipv6: boolean;
  /** Nobody listens at the far end. */
  readonly unheard: boolean;
}

export type AskedTraffic = Pick<TrafficOrder, 'from' | 'to'> & Partial<TrafficOrder>;

export const DEFAULT_ORDER = {
  protocol: 'udp',
  count: 100,
  rate: 100,
  sizes: [100],
  flows: 1,
  seconds: 60,
  linger: 0.3,
  plain: false,
  loose: false,
  answer: false,
  ipv6: false,
  unheard: false,
} as const satisfies Partial<TrafficOrder>;

const TAG_BYTES = 16;
/** Of a datagram's payload, as the kernel takes it, with room for headers. */
const SIZE_MAX = 65_000;
/** Beyond these it were no test any more. */
const LIMITS = [
  ['count', 1, 10_000_000],
  ['rate', 0, 1_000_000],
  ['flows', 1, 64],
  ['seconds', 1, 600],
  ['linger', 0, 60],
] as const;

/** Null for an order that can be carried out, else a sentence. */
export function whatIsWrong(order: TrafficOrder): string | null {
  for (const [name, low, high] of LIMITS) {
    const value = order[name];
    if (!(value >= low && value <= high)) return `${name} is ${value}: it may be ${low} to ${high}.`;
  }
  if (!TRAFFIC_PROTOCOLS.includes(order.protocol))
    return `"${order.protocol}" is none of ${TRAFFIC_PROTOCOLS.join(', ')}.`;
  const least = order.plain ? 1 : TAG_BYTES;
  if (order.sizes.length === 0 || order.sizes.some((size) => !(size >= least && size <= SIZE_MAX)))
    return `A payload has ${least} to ${SIZE_MAX} bytes.`;
  if (order.protocol === 'tcp' && order.sizes.length > 1) return 'Records of TCP have one size.';
  if (order.answer && order.protocol === 'tcp')
    return 'Nobody answers records of TCP; they are acknowledged.';
  return null;
}

/** What both programs must know (sh/tagged.pl). @param run 16 hex digits. */
export function commonArguments(order: TrafficOrder, run: string): string[] {
  return [
    `proto=${order.protocol}`,
    `run=${run}`,
    `count=${order.count}`,
    `sizes=${order.sizes.join(',')}`,
    `linger=${order.linger}`,
    `plain=${Number(order.plain)}`,
    `answer=${Number(order.answer)}`,
  ];
}

export function senderArguments(order: TrafficOrder, to: { address: string; port: number }): string[] {
  const isAnswered = order.answer || order.protocol === 'icmp' || order.protocol === 'tcp';
  return [
    `to=${to.address}`,
    `port=${to.port}`,
    `rate=${order.rate}`,
    `seconds=${order.seconds}`,
    `flows=${order.flows}`,
    `loose=${Number(order.loose)}`,
    // The last one counts: who awaits no answers need not linger.
    ...(isAnswered ? [] : ['linger=0']),
  ];
}
