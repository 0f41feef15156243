// Whether a packet passes, by the values of its fields. As in Wireshark a test of a field that the packet does not have
// fails, whatever is compared.
import { fieldText } from '../dissect/field-text.ts';
import type { Field } from '../dissect/field.ts';
import type { FilterField } from './filter-fields.ts';
import { bytesOf, byteText, charactersOf } from './byte-text.ts';
import { asciiLower, asciiUpper, isNetwork, masked, passes, sliced } from './compare.ts';
import type { Condition, Constant, Value } from './condition.ts';

/** Where values come from: a packet's full decode, or a column. */
export interface PacketFields {
  /** Of every occurrence; marks and groups without a value are there as an empty text. */
  values(field: FilterField): readonly Constant[];
  /** Of a protocol's occurrences. */
  headerLengths(field: FilterField): readonly number[];
}

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

export function evaluate(condition: Condition, packet: PacketFields): boolean {
  switch (condition.kind) {
    case 'and':
      return evaluate(condition.left, packet) && evaluate(condition.right, packet);
    case 'or':
      return evaluate(condition.left, packet) || evaluate(condition.right, packet);
    case 'xor':
      return evaluate(condition.left, packet) !== evaluate(condition.right, packet);
    case 'not':
      return !evaluate(condition.of, packet);
    case 'exists': {
      const values = valuesOf(condition.of, packet);
      // Of masked values some bit must be left.
      return condition.of.kind === 'mask' ? values.some(hasBits) : values.length > 0;
    }
    case 'compare': {
      const left = valuesOf(condition.left, packet);
      const right = valuesOf(condition.right, packet);
      const { relation, every } = condition;
      return quantified(left, every, (one) =>
        quantified(right, every, (another) => passes(relation, one, another)),
      );
    }
    case 'matches': {
      const { pattern, every } = condition;
      return quantified(valuesOf(condition.left, packet), every, (value) => pattern.test(searchable(value)));
    }
    case 'in': {
      const left = valuesOf(condition.left, packet);
      return condition.members.some(({ from, to }) => {
        const lowest = valuesOf(from, packet);
        const highest = to === null ? lowest : valuesOf(to, packet);
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

function valuesOf(value: Value, packet: PacketFields): readonly Constant[] {
  switch (value.kind) {
    case 'constant':
      return [value.constant];
    case 'field':
      return packet.values(value.field);
    case 'slice': {
      const { of, parts } = value;
      // Of a protocol its header is sliced; `contains` and `matches` look at what it holds, too.
      const headers =
        of.kind === 'field' && of.field.type === 'protocol' ? packet.headerLengths(of.field) : null;
      return valuesOf(of, packet)
        .map((one, index) => sliced(bytesIn(one).subarray(0, headers?.[index]), parts))
        .filter((one) => one !== null);
    }
    case 'mask': {
      const masks = valuesOf(value.by, packet);
      return valuesOf(value.of, packet).flatMap((one) =>
        masks.map((mask) => masked(one, mask)).filter((of) => of !== null),
      );
    }
    case 'call':
      return called(value, packet);
  }
}

function called(value: Extract<Value, { readonly kind: 'call' }>, packet: PacketFields): readonly Constant[] {
  const { name, of } = value;
  if (name === 'len' && of.kind === 'field' && of.field.type === 'protocol') {
    // A protocol is as long as its header.
    return packet.headerLengths(of.field);
  }
  const values = valuesOf(of, packet);
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
