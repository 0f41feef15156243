import { countText } from '../../state/text.ts';

export const flowsStrings = {
  label: 'Flows: a connection’s packets one way, those seen last first',
  columns: {
    protocol: 'Protocol',
    source: 'Source',
    destination: 'Destination',
    packets: 'Packets',
    rate: 'Per second',
    spark: 'Last minute',
    verdicts: 'What became of them',
    bytes: 'Payload',
    last: 'Last seen',
  },
  filter: 'Find',
  placeholder: 'address, port, Pod',
  empty: 'Click a Pod: its connections are shown here, with what became of their packets.',
  waiting: 'No packet has been followed yet.',
  none: 'No flow has this in it.',
  most: (count: number): string => `the ${countText(count, 'flow', 'flows')} seen last`,
  spark: (packets: number): string => `${countText(packets, 'packet', 'packets')} in the last minute`,
  show: (source: string, destination: string): string =>
    `From ${source} to ${destination}: show it in the path ladder, and its packets alone among the packets`,
  ago: (age: string): string => `${age} ago`,
};
