// A condition against the columns, many rows at once: a row passes, it does not, or only the full decode can tell.
import type { PacketSegment } from '../store/packet-segment.ts';
import { columnField, layerBit, layersOf, needsPayload } from './column-fields.ts';
import { addressTest, ethernetTest, frameTest, halfTest, numberTest, timeTest } from './column-tests.ts';
import { toldBy } from './told-rows.ts';
import type { Condition, Value } from './condition.ts';
import { eachValue } from './evaluate.ts';
import type { FilterField } from './filter-fields.ts';
import { ROWS_AT_ONCE, Verdict, type Bound, type Fill, type Leaf } from './verdict.ts';

/** A filter's tests of columns, made once and then bound to each segment. */
export class ColumnCondition {
  readonly #told: Bound;
  readonly #untold: Bound;

  constructor(condition: Condition) {
    this.#told = compiled(condition, true);
    this.#untold = compiled(condition, false);
  }

  bind(segment: PacketSegment): Fill {
    const told = this.#told(segment);
    const untold = this.#untold(segment);
    const isTold = toldBy(segment);
    const others = new Uint8Array(ROWS_AT_ONCE);
    return (from, to, out) => {
      told(from, to, out);
      let known = true;
      for (let row = from; row < to; row += 1) {
        if (isTold(row)) continue;
        if (known) untold(from, to, others);
        known = false;
        out[row - from] = others[row - from] ?? Verdict.unknown;
      }
    };
  }
}

/** @param told of rows of which the columns tell all that they hold */
function compiled(condition: Condition, told: boolean): Bound {
  switch (condition.kind) {
    case 'and':
    case 'or':
    case 'xor': {
      const [left, right] = [compiled(condition.left, told), compiled(condition.right, told)];
      const join = JOINED[condition.kind];
      return (segment) => join(left(segment), right(segment), new Uint8Array(ROWS_AT_ONCE));
    }
    case 'not': {
      const of = compiled(condition.of, told);
      return (segment) => {
        const fill = of(segment);
        return (from, to, out) => {
          fill(from, to, out);
          for (let index = 0; index < to - from; index += 1) out[index] = Verdict.yes - (out[index] ?? 0);
        };
      };
    }
    case 'exists':
    case 'compare':
    case 'matches':
    case 'in':
      return test(condition, told);
  }
}

const JOINED: Readonly<Record<'and' | 'or' | 'xor', (left: Fill, right: Fill, other: Uint8Array) => Fill>> = {
  and: (left, right, other) => (from, to, out) => {
    left(from, to, out);
    const rows = to - from;
    let some = 0;
    for (let index = 0; index < rows; index += 1) some |= out[index] ?? 0;
    if (some === Verdict.no) return;
    right(from, to, other);
    for (let index = 0; index < rows; index += 1) {
      const second = other[index] ?? 0;
      if (second < (out[index] ?? 0)) out[index] = second;
    }
  },
  or: (left, right, other) => (from, to, out) => {
    left(from, to, out);
    right(from, to, other);
    for (let index = 0; index < to - from; index += 1) {
      const second = other[index] ?? 0;
      if (second > (out[index] ?? 0)) out[index] = second;
    }
  },
  xor: (left, right, other) => (from, to, out) => {
    left(from, to, out);
    right(from, to, other);
    for (let index = 0; index < to - from; index += 1) {
      const [first, second] = [out[index] ?? 0, other[index] ?? 0];
      const unknown = first === Verdict.unknown || second === Verdict.unknown;
      out[index] = unknown ? Verdict.unknown : first === second ? Verdict.no : Verdict.yes;
    }
  },
};

function always(verdict: number): Bound {
  return () => (from, to, out) => {
    out.fill(verdict, 0, to - from);
  };
}

function test(leaf: Leaf, told: boolean): Bound {
  const fields = fieldsIn(leaf);
  const [field] = fields;
  if (field === undefined) return always(Verdict.unknown);
  const column = eachValueAlone(leaf) ? columnField(field.name) : null;
  if (column?.kind === 'frame') return frameTest(leaf, field, column);
  if (column?.kind === 'time') return timeTest(leaf, field);
  if (!told) return always(Verdict.unknown);
  switch (column?.kind) {
    case 'address':
      return addressTest(leaf, field, column);
    case 'half':
      return halfTest(leaf, field, column);
    case 'number':
      return numberTest(leaf, field, column);
    case 'ethernet':
      return ethernetTest(leaf, field, column.at);
    case undefined: {
      const bare = leaf.kind === 'exists' && leaf.of.kind === 'field';
      if (bare && field.name === 'frame') return always(Verdict.yes);
      const layer = bare ? layerBit(field.name) : null;
      return layer === null ? perhaps(fields) : layerTest(layer);
    }
  }
}

/** The packet has a header whose bit is set. */
function layerTest(layer: number): Bound {
  return ({ layers }) =>
    (from, to, out) => {
      for (let row = from; row < to; row += 1)
        out[row - from] = ((layers[row] ?? 0) & layer) === 0 ? Verdict.no : Verdict.yes;
    };
}

/** Only the full decode tells, yet where a field cannot be the test fails. */
function perhaps(fields: readonly FilterField[]): Bound {
  const needed = fields.map(({ name }) => layersOf(name)).filter((layers) => layers !== 0);
  const payload = fields.some(({ name }) => needsPayload(name));
  return ({ layers, payloadLength }) =>
    (from, to, out) => {
      for (let row = from; row < to; row += 1) {
        const present = layers[row] ?? 0;
        let verdict: number = payload && payloadLength[row] === 0 ? Verdict.no : Verdict.unknown;
        for (const some of needed) if ((present & some) === 0) verdict = Verdict.no;
        out[row - from] = verdict;
      }
    };
}

function fieldsIn(leaf: Leaf): readonly FilterField[] {
  const fields = new Set<FilterField>();
  eachPart(leaf, (value) => {
    if (value.kind === 'field') fields.add(value.field);
  });
  return [...fields];
}

/** Whether the test is of one field's values, each of which passes or not whatever the others are. */
function eachValueAlone(leaf: Leaf): boolean {
  let places = 0;
  eachPart(leaf, (value) => {
    if (value.kind === 'field') places += 1;
    // Which is of all of them.
    if (value.kind === 'call' && value.name === 'count') places += 1;
  });
  const together = leaf.kind === 'in' && leaf.every && leaf.members.length > 1;
  // The left side is never a constant.
  return places === 1 && !together;
}

/** Values, and those that they are made of. */
function eachPart(leaf: Leaf, visit: (value: Value) => void): void {
  const within = (value: Value): void => {
    visit(value);
    if (value.kind === 'field' || value.kind === 'constant') return;
    within(value.of);
    if (value.kind === 'mask') within(value.by);
  };
  eachValue(leaf, within);
}
