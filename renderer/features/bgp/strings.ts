export const bgpStrings = {
  label: 'BGP sessions',
  empty: 'No node reports a BGP session.',
  emptyButSilent: 'No BGP session is known, and not every node could be asked:',
  unknown: 'What BIRD does there is not known.',
  moreSilent: (count: number): string => `and ${String(count)} more nodes`,
  columns: ['Node', 'Peer', 'Protocol', 'State', 'Since, by its clock', 'In', 'Out', ''],
};
