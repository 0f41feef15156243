import { countText } from '../../state/text.ts';

export const whereToStrings = {
  title: 'Where does an address go?',
  fromNode: (label: string): string => `Sent by ${label} itself`,
  fromEveryNode: 'From every node',
  everywhere: (nodes: number, lost: number): string =>
    lost === 0
      ? `It has a way from ${countText(nodes, 'node', 'nodes')}.`
      : `It goes nowhere from ${lost.toLocaleString('en')} of ${countText(nodes, 'node', 'nodes')}.`,
  notKnown: (nodes: number): string => `From ${countText(nodes, 'node', 'nodes')} it is not known.`,
  fromPod: (address: string): string => `From this Pod (${address}), on its node`,
  placeholder: '192.168.2.3',
  ask: 'Show',
  rule: 'rule',
  losers: 'Not taken',
  more: (count: number): string => `and ${count.toLocaleString('en')} more`,
  rules: (count: number): string => `Rules in order (${String(count)})`,
  won: 'this one has answered',
};

export const provenanceStrings = {
  open: 'Who is behind this route',
  reading: 'Asking …',
  bird: 'BIRD and the kernel',
  ipam: 'Calico’s addresses',
  without: 'Without it',
};
