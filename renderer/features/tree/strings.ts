export const treeStrings = {
  connected: 'connected',
  label: 'Nodes, Pods and interfaces',
  search: 'Nodes, Pods, addresses…',
  clear: 'Clear the search',
  nothing: (query: string): string => `Nothing here matches “${query}”.`,
  empty: 'Waiting for the first facts…',
};
