// /proc/net/fib_trie (Linux net/ipv4/fib_trie.c fib_trie_seq_show): every IPv4 route of a namespace, tables merged
// while it has no policy rules. Leaves look like
//        |-- 192.168.1.2
//           /32 host LOCAL

export interface FibLeaf {
  readonly address: string;
  readonly prefixLength: number;
  readonly scope: string;
  readonly type: string;
}

export function parseFibTrie(text: string): FibLeaf[] {
  const leaves: FibLeaf[] = [];
  const seen = new Set<string>();
  let address: string | null = null;
  for (const line of text.split('\n')) {
    const leaf = /^\s+\|-- (\d+\.\d+\.\d+\.\d+)$/.exec(line);
    if (leaf) {
      address = leaf[1] ?? null;
      continue;
    }
    const alias = /^\s+\/(\d+) (\S+) (\S+)/.exec(line);
    if (!alias || address === null) continue;
    const [, length = '', scope = '', type = ''] = alias;
    // Main and Local show the same trie twice until a policy rule parts them.
    const key = `${address}/${length} ${scope} ${type}`;
    if (seen.has(key)) continue;
    seen.add(key);
    leaves.push({ address, prefixLength: Number(length), scope, type });
  }
  return leaves;
}

/** The namespace's own unicast addresses, those of 127.0.0.0/8 left out. */
export function localAddresses(leaves: readonly FibLeaf[]): string[] {
  return [
    ...new Set(
      leaves
        .filter(
          ({ type, prefixLength, address }) =>
            type === 'LOCAL' && prefixLength === 32 && !address.startsWith('127.'),
        )
        .map(({ address }) => address),
    ),
  ];
}
