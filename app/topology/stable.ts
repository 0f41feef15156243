// Keeps what did not change the same object, so that a difference is found by comparing references.

/** `next`, with every part that equals its counterpart in `previous` replaced by it. JSON values only. */
export function stable<T>(previous: unknown, next: T): T {
  if (equal(previous, next)) return previous as T;
  if (Array.isArray(next)) {
    if (!Array.isArray(previous)) return next;
    return next.map((item: unknown, at) => stable<unknown>(previous[at], item)) as T;
  }
  if (!isRecord(next) || !isRecord(previous)) return next;
  // From entries, since a key that came from outside may be called __proto__.
  return Object.fromEntries(
    Object.entries(next).map(([key, value]) => [
      key,
      stable(Object.hasOwn(previous, key) ? previous[key] : undefined, value),
    ]),
  ) as T;
}

/** Same JSON, whatever the order of keys. */
function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let at = 0; at < a.length; at += 1) if (!equal(a[at], b[at])) return false;
    return true;
  }
  if (Array.isArray(b)) return false;
  const before = a as Record<string, unknown>;
  const now = b as Record<string, unknown>;
  let count = 0;
  for (const key in now) {
    if (!Object.hasOwn(before, key) || !equal(before[key], now[key])) return false;
    count += 1;
  }
  for (const key in before) if (Object.hasOwn(before, key)) count -= 1;
  return count === 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
