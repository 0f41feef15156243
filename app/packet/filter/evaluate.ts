// Whether a packet passes, by its full decode. As in Wireshark a test of a field that the packet does not have fails,
// whatever is compared.
import type { Dissection } from '../dissect/dissection.ts';
import { fieldText } from '../dissect/field-text.ts';
import type { Field } from '../dissect/field.ts';
import { bytesOf, byteText, charactersOf } from './byte-text.ts';
import { asciiLower, asciiUpper, isNetwork, masked, passes, sliced } from './compare.ts';
import type { Condition, Constant, Value } from './condition.ts';

/** All fields whose values the condition asks for. */
export function fieldsOf(condition: Condition): ReadonlySet<Field> {
  const fields = new Set<Field>();
  const visit = (value: Value): void => {
    if (value.kind === 'field') for (const source of value.field.sources) fields.add(source);
    else if (value.kind !== 'constant') {
      visit(value.of);
      if (value.kind === 'mask') visit(value.by);
    }
  };
  eachValue(condition, visit);
  return fields;
}

/** The values at a condition's tests, from left to right. */
export function eachValue(condition: Condition, visit: (value: Value) => void): void {
  switch (condition.kind) {
    case 'and':
    case 'or':
    case 'xor':
      eachValue(condition.left, visit);
      eachValue(condition.right, visit);
      return;
    case 'not':
      eachValue(condition.of, visit);
      return;
    case 'exists':
      visit(condition.of);
      return;
    case 'compare':
      visit(condition.left);
      visit(condition.right);
      return;
    case 'matches':
      visit(condition.left);
      return;
    case 'in':
      visit(condition.left);
      for (const { from, to } of condition.members) {
        visit(from);
        if (to !== null) visit(to);
      }
  }
}

/** @param d of a packet, with at least the condition's fields */
export function evaluate(condition: Condition, d: Dissection): boolean {
  switch (condition.kind) {
    case 'and':
      return evaluate(condition.left, d) && evaluate(condition.right, d);
    case 'or':
      return evaluate(condition.left, d) || evaluate(condition.right, d);
    case 'xor':
      return evaluate(condition.left, d) !== evaluate(condition.right, d);
    case 'not':
      return !evaluate(condition.of, d);
    case 'exists': {
      const values = valuesOf(condition.of, d);
      // Of masked values some bit must be left.
      return condition.of.kind === 'mask' ? values.some(hasBits) : values.length > 0;
    }
    case 'compare': {
      const left = valuesOf(condition.left, d);
      const right = valuesOf(condition.right, d);
      const { relation, every } = condition;
      return quantified(left, every, (one) =>
        quantified(right, every, (another) => passes(relation, one, another)),
      );
    }
    case 'matches': {
      const { pattern, every } = condition;
      return quantified(valuesOf(condition.left, d), every, (value) => pattern.test(searchable(value)));
    }
    case 'in': {
      const left = valuesOf(condition.left, d);
      return condition.members.some(({ from, to }) => {
        const lowest = valuesOf(from, d);
        const highest = to === null ? lowest : valuesOf(to, d);
        return quantified(left, condition.every, (value) =>
          to === null
            ? quantified(lowest, condition.every, (low) => passes('==', value, low))
            : quantified(lowest, condition.every, (low) => passes('>=', value, low)) &&
              quantified(highest, condition.every, (high) => passes('<=', value, high)),
        );
      });
    }
  }
}

function quantified(
  values: readonly Constant[],
  every: boolean,
  test: (value: Constant) => boolean,
): boolean {
  return every ? values.length > 0 && values.every(test) : values.some(test);
}

function hasBits(value: Constant): boolean {
  return value instanceof Uint8Array ? value.some((byte) => byte !== 0) : value !== 0 && value !== 0n;
}

/** Slices of text are bytes. */
function bytesIn(value: Constant): Uint8Array {
  return value instanceof Uint8Array ? value : bytesOf(searchable(value));
}

function searchable(value: Constant): string {
  return value instanceof Uint8Array ? charactersOf(value) : byteText(typeof value === 'string' ? value : '');
}

function valuesOf(value: Value, d: Dissection): readonly Constant[] {
  switch (value.kind) {
    case 'constant':
      return [value.constant];
    case 'field':
      return fieldValues(value, d);
    case 'slice':
      return valuesOf(value.of, d)
        .map((one) => sliced(bytesIn(one), value.parts))
        .filter((one) => one !== null);
    case 'mask': {
      const masks = valuesOf(value.by, d);
      return valuesOf(value.of, d).flatMap((one) =>
        masks.map((mask) => masked(one, mask)).filter((of) => of !== null),
      );
    }
    case 'call':
      return called(value, d);
  }
}

/** Marks and groups without a value are there as an empty text. */
function fieldValues(
  { field }: Extract<Value, { readonly kind: 'field' }>,
  d: Dissection,
): readonly Constant[] {
  const values: Constant[] = [];
  for (let index = 0; index < d.count; index += 1) {
    const source = d.fields[index];
    if (source === undefined || !field.sources.includes(source)) continue;
    const value = d.values[index] ?? null;
    if (field.asText) values.push(fieldText(source, value));
    else if (source.type === 'protocol') values.push(d.layerBytes(index));
    else values.push(value ?? '');
  }
  return values;
}

function called(value: Extract<Value, { readonly kind: 'call' }>, d: Dissection): readonly Constant[] {
  const { name, of } = value;
  if (name === 'len' && of.kind === 'field' && of.field.type === 'protocol') {
    // A protocol is as long as its header.
    const { sources } = of.field;
    return d.fields.flatMap((field, index) => (sources.includes(field) ? [d.lengths[index] ?? 0] : []));
  }
  const values = valuesOf(of, d);
  switch (name) {
    case 'count':
      return values.length === 0 ? [] : [values.length];
    case 'len':
      return values.map((one) => searchable(one).length);
    case 'lower':
      return values.map((one) => (typeof one === 'string' ? asciiLower(one) : ''));
    case 'upper':
      return values.map((one) => (typeof one === 'string' ? asciiUpper(one) : ''));
    case 'string':
      return values.map((one) => (isNetwork(one) ? '' : fieldText(value.as, one)));
  }
}
