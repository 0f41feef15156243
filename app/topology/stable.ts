// Keeps what did not change the same object, so that a difference is found by comparing references.

/** `next`, with every part that equals its counterpart in `previous` replaced by it. JSON values only. */
export function stable<T>(previous: unknown, next: T): T {
  if (Object.is(previous, next)) return next;
  if (Array.isArray(next)) {
    if (!Array.isArray(previous)) return next;
    let same = previous.length === next.length;
    const shared: unknown[] = next.map((item: unknown, at) => {
      const kept = stable<unknown>(previous[at], item);
      if (kept !== previous[at]) same = false;
      return kept;
    });
    return (same ? previous : shared) as T;
  }
  if (!isRecord(next) || !isRecord(previous)) return next;
  const keys = Object.keys(next);
  let same = keys.length === Object.keys(previous).length;
  const shared: Record<string, unknown> = {};
  for (const key of keys) {
    const before = Object.hasOwn(previous, key) ? previous[key] : undefined;
    const kept = stable<unknown>(before, next[key]);
    if (kept !== before) same = false;
    // A key may be called __proto__: it comes from outside.
    Object.defineProperty(shared, key, { value: kept, enumerable: true, writable: true, configurable: true });
  }
  return (same ? previous : shared) as T;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
