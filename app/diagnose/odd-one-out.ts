// Nodes compared with each other: where most are set alike, the one that is not is often the culprit.

export interface Odd<T> {
  /** What most of them have. */
  readonly usual: T;
  /** Those that have something else, with what. */
  readonly odd: readonly { readonly label: string; readonly value: T }[];
}

/** Null where there is no majority: of two that differ neither is the odd one. @param values by label. */
export function oddOnesOut<T extends string | number>(values: ReadonlyMap<string, T>): Odd<T> | null {
  const counts = new Map<T, number>();
  for (const value of values.values()) counts.set(value, (counts.get(value) ?? 0) + 1);
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  if (most === undefined || most[1] * 2 <= values.size || counts.size === 1) return null;
  const [usual] = most;
  return {
    usual,
    odd: [...values].filter(([, value]) => value !== usual).map(([label, value]) => ({ label, value })),
  };
}
