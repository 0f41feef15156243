// What a capture's filter for a Pod lets through (capture-filter.ts of the watch), of packets by their ends.

/** As whom packets of the Pod go on to these, where something masquerades them. */
export interface Outside {
  readonly address: string;
  readonly peers: readonly string[];
}

export interface LetThrough {
  readonly addresses: ReadonlySet<string>;
  /** Of those only what they exchange with these; null: with anybody. */
  readonly peers: ReadonlySet<string> | null;
  /** Beside them, as whom packets go on where they are masqueraded. */
  readonly outside: readonly Outside[];
}

export function letsThrough(
  { addresses, peers, outside }: LetThrough,
  { source, destination }: { readonly source: string; readonly destination: string },
): boolean {
  for (const { address, peers: others } of outside)
    if (
      (source === address && others.includes(destination)) ||
      (destination === address && others.includes(source))
    )
      return true;
  if (peers === null) return addresses.has(source) || addresses.has(destination);
  return (
    (addresses.has(source) && peers.has(destination)) || (addresses.has(destination) && peers.has(source))
  );
}
