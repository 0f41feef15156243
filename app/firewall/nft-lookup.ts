// Sets and maps of nftables: which element a key is, among single values, ranges, prefixes and concatenations of them.
import type { NftSet } from '../probe/firewall-facts.ts';
import { Unknown, type Scalar } from './filter-value.ts';
import { elementKey, inSpan, isObject, spanOf, type Span, type ValueType } from './value-type.ts';

interface Element {
  readonly spans: readonly Span[];
  /** Of a map, as the JSON has it. */
  readonly to: unknown;
}

/** Parts of a key; of one with several some may not be known. */
export type KeyParts = readonly (Scalar | Unknown)[];

export interface Lookup {
  /** Null: it is not among them. */
  readonly find: (key: KeyParts) => { readonly to: unknown } | null | Unknown;
}

/** @param elements as the JSON has them; of a map [key, value]. @param size how many there are: those beyond were not read. */
export function lookupAmong(
  elements: readonly unknown[],
  isMap: boolean,
  types: readonly ValueType[],
  size: number = elements.length,
  name = 'a set of the rule',
): Lookup {
  const exact = new Map<string, Element>();
  const spans: Element[] = [];
  let odd = 0;
  let rest: Element | null = null;
  for (const raw of elements) {
    const pair: readonly unknown[] = isMap && Array.isArray(raw) ? raw : [raw, null];
    const [key, to] = pair;
    const element = elementOf(key, to, types);
    if (element === null) odd += 1;
    else if (element.spans.every(({ hi }) => hi === Infinity)) rest = element;
    else if (element.spans.every(({ lo, hi }) => lo === hi))
      exact.set(keyOf(element.spans.map(({ lo }) => lo)), element);
    else spans.push(element);
  }
  const missed = new Unknown(
    odd > 0
      ? `elements of ${name} are not understood`
      : `not all of the ${size} elements of ${name} were read`,
  );
  return {
    find(key) {
      if (!allKnown(key)) {
        const hidden = key.find((part) => part instanceof Unknown) ?? missed;
        // What is known of it may be enough to say that it is not among them.
        const might = [...exact.values(), ...spans].some((element) => within(key, element.spans));
        return might ? hidden : odd > 0 || size > elements.length ? missed : rest;
      }
      const found = exact.get(keyOf(key)) ?? spans.find((element) => within(key, element.spans));
      if (found !== undefined) return found;
      return odd > 0 || size > elements.length ? missed : rest;
    },
  };
}

export function lookupIn(set: NftSet, types: readonly ValueType[]): Lookup {
  return lookupAmong(set.elements, set.isMap, types, set.size, `set ${set.name}`);
}

function elementOf(raw: unknown, to: unknown, types: readonly ValueType[]): Element | null {
  const key = elementKey(raw);
  const parts: readonly unknown[] = isObject(key) && Array.isArray(key['concat']) ? key['concat'] : [key];
  // `*` stands for all parts.
  if (key !== '*' && parts.length !== types.length) return null;
  const spans = types.map((type, at) => spanOf(key === '*' ? key : parts[at], type));
  return spans.every((span) => span !== null) ? { spans, to } : null;
}

function allKnown(key: KeyParts): key is readonly Scalar[] {
  return !key.some((part) => part instanceof Unknown);
}

function within(key: KeyParts, spans: readonly Span[]): boolean {
  return spans.every((span, at) => {
    const part = key[at] ?? '';
    return part instanceof Unknown || inSpan(part, span);
  });
}

function keyOf(key: readonly Scalar[]): string {
  return key.length === 1 ? String(key[0]) : key.join(' ');
}
