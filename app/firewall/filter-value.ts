// What an expression of a rule has for a packet: a number or a text, nothing (the kernel then leaves the rule), one of several by
// chance, or what nobody can know.

/** IPv4 addresses and numbers are numbers, IPv6 addresses 32 hexadecimal digits: both compare as they lie. */
export type Scalar = number | string;

export class Unknown {
  readonly why: string;

  constructor(why: string) {
    this.why = why;
  }
}

/** Of values that are equally `T`; shares sum to 1. */
export class Choice<T> {
  readonly ways: readonly { readonly share: number; readonly value: T }[];

  constructor(ways: Choice<T>['ways']) {
    this.ways = ways;
  }

  /** Equal results become one way. */
  map<R>(of: (value: T) => R): Choice<R> {
    const shares = new Map<R, number>();
    for (const { share, value } of this.ways) {
      const result = of(value);
      shares.set(result, (shares.get(result) ?? 0) + share);
    }
    return new Choice([...shares].map(([value, share]) => ({ share, value })));
  }
}

/** Undefined: the packet has no such field. */
export type Value = Scalar | undefined | Unknown | Choice<Scalar>;

/** Whether a match holds: a number from 0 to 1 is the share of packets for which it does. */
export type Tested = boolean | number | Unknown;

/** A rule of more possibilities is taken for unknown. */
export const MOST_CHOICES = 4096;

export function evenly(count: number, offset: number): Value {
  if (!Number.isInteger(count) || count < 1 || count > MOST_CHOICES)
    return new Unknown(`it chooses among ${count}`);
  if (count === 1) return offset;
  return new Choice(Array.from({ length: count }, (_, at) => ({ share: 1 / count, value: at + offset })));
}

export function negate(tested: Tested): Tested {
  if (typeof tested === 'boolean') return !tested;
  return typeof tested === 'number' ? 1 - tested : tested;
}

/** The share of a value's possibilities for which `holds`; what is not there never does. */
export function testValue(value: Value, holds: (scalar: Scalar) => boolean | Unknown): Tested {
  if (value === undefined) return false;
  if (value instanceof Unknown) return value;
  if (!(value instanceof Choice)) return holds(value);
  let share = 0;
  for (const way of value.ways) {
    const held = holds(way.value);
    if (held instanceof Unknown) return held;
    if (held) share += way.share;
  }
  if (share < 1e-12) return false;
  return share > 1 - 1e-12 ? true : share;
}
