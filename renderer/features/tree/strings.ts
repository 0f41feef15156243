export const treeStrings = {
  label: 'Nodes, Pods and interfaces',
  search: 'Nodes, Pods, addresses…',
  clear: 'Clear the search',
  nothing: (query: string): string => `Nothing here matches “${query}”.`,
  empty: 'Waiting for the first facts…',
};
