// What main tells, with its control and bidi characters made visible. Pure.

/**
 * A JSON value with `mend` done to each of its texts and keys; the same object where nothing is to be replaced, as nearly
 * always.
 */
export function mended<T>(value: T, mend: (text: string) => string): T {
  return (isWhole(value, mend) ? value : mendedJson(value, mend)) as T;
}

function mendedJson(value: unknown, mend: (text: string) => string): unknown {
  if (typeof value === 'string') return mend(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => mendedJson(item, mend));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [mend(key), mendedJson(item, mend)]));
}

/** Nearly every string: a picture of ten thousand Pods holds a million, and looking must cost little. */
const ASCII = /^[ -~]*$/;

/** Looks without making anything. */
export function isWhole(value: unknown, mend: (text: string) => string): boolean {
  if (typeof value === 'string') return ASCII.test(value) || mend(value) === value;
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every((item) => isWhole(item, mend));
  const record = value as Readonly<Record<string, unknown>>;
  for (const key in record) if (!isWhole(key, mend) || !isWhole(record[key], mend)) return false;
  return true;
}
