import { countText, usText } from '../../state/text.ts';
import type { OneWay } from '../../state/one-way.ts';
import type { HopPart } from './hop-latency.ts';

export const flowsStrings = {
  label: 'Flows: a connection’s packets one way, those seen last first',
  columns: {
    protocol: 'Protocol',
    source: 'Source',
    destination: 'Destination',
    packets: 'Packets',
    rate: 'Per second',
    spark: 'Last minute',
    latency: 'From place to place',
    verdicts: 'What became of them',
    health: 'What ails it',
    bytes: 'Payload',
    last: 'Last seen',
    watch: 'Watch',
  },
  health: {
    resent: (times: number): string => `${times.toLocaleString('en')} × sent again`,
    windowClosed: (times: number): string => `${times.toLocaleString('en')} × window 0`,
    reset: (times: number): string => `${times.toLocaleString('en')} × reset`,
    handshake: (times: number): string => `${times.toLocaleString('en')} × SYN unanswered`,
    dns: (times: number): string => `${times.toLocaleString('en')} × DNS unanswered`,
    blackHole: (times: number): string => `${times.toLocaleString('en')} × too large`,
  },
  filter: 'Find',
  placeholder: 'address, port, Pod',
  empty: 'Click a Pod: its connections are shown here, with what became of their packets.',
  waiting: 'No packet has been followed yet.',
  none: 'No flow has this in it.',
  noneFiltered: 'No packet of a flow that is listed can pass this filter.',
  filtered:
    'The filter of the packets: flows that may have such packets. Those that are translated or in a tunnel on the way, ICMP errors, and fragments beyond the first stay where nobody knows',
  notFiltered: 'The filter of the packets is not understood here yet: all flows are shown',
  notYet: 'not applied',
  held: 'the order stands while you point at a flow',
  clear: 'Show all flows, and all packets',
  hop: ({ from, to, took }: HopPart): string => `${from} → ${to}: ${tookText(took)}`,
  most: (count: number): string => `the ${countText(count, 'flow', 'flows')} seen last`,
  spark: (packets: number): string => `${countText(packets, 'packet', 'packets')} in the last minute`,
  show: (source: string, destination: string): string =>
    `From ${source} to ${destination}: show it in the path ladder, and its packets alone among the packets`,
  watch: (source: string, destination: string): string =>
    `Watch this flow: capture only what ${source} and ${destination} exchange`,
  /** A narrow window has no column for it. */
  payload: (bytes: string): string => `${bytes} of payload`,
  ago: (age: string): string => `${age} ago`,
};

function tookText(took: OneWay): string {
  switch (took.kind) {
    case 'notCompared':
      return 'clocks not compared';
    case 'within':
      return usText(took.us);
    case 'known':
      return `${usText(took.us)} ± ${usText(took.plusMinusUs)}`;
    case 'half':
      return `½ RTT ${usText(took.us)}, of all packets there`;
  }
}
