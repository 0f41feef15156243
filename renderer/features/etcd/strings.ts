export const etcdStrings = {
  prefix: 'Keys that begin with',
  list: 'List',
  filter: 'Filter these keys',
  tree: 'Keys of etcd',
  reading: 'Asking etcd…',
  nothing: 'No key matches.',
  empty: 'etcd has no key that begins like this.',
  shown: (shown: number, total: number): string =>
    shown === total
      ? `${total.toLocaleString('en')} ${total === 1 ? 'key' : 'keys'}`
      : `${shown.toLocaleString('en')} of ${total.toLocaleString('en')} keys`,
  more: 'Read more',
  enough: 'Give a longer prefix to see the others.',
  unread: (count: number): string => `${count.toLocaleString('en')} more are no text or too long`,
  found: (node: string, endpoint: string): string => `${node} · ${endpoint}`,
  foundTitle: (foundIn: string): string => `Found in ${foundIn}`,
  copy: 'Copy the command',
  terminal: 'Terminal',
  terminalTitle: 'Type this command into a terminal on that node, without running it',
  value: 'Value',
  choose:
    'Choose a key of Calico’s (/calico/…) to see its JSON. Other values are not read: Kubernetes’ own hold Secrets.',
  readingValue: 'Reading the value…',
  copyValue: 'Copy the value',
};
