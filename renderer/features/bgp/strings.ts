export const bgpStrings = {
  label: 'BGP sessions',
  empty: 'No node reports a BGP session.',
  columns: ['Node', 'Peer', 'Protocol', 'State', 'Since', 'In', 'Out', ''],
};
