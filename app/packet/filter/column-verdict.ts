// A condition against the columns: it passes, it does not, or only the full decode can tell.
import { addressText } from '../address.ts';
import { u16, u8 } from '../bytes.ts';
import { Layer, Mark } from '../store/marks.ts';
import type { PacketSegment } from '../store/packet-segment.ts';
import { OUTER } from '../store/segment-layout.ts';
import {
  columnField,
  layerBit,
  layersOf,
  needsTcpPayload,
  type AddressField,
  type HalfField,
} from './column-fields.ts';
import type { Condition, Constant, Value } from './condition.ts';
import { eachValue, evaluate } from './evaluate.ts';
import type { FilterField } from './filter-fields.ts';

/** In order: `and` is the least, `or` the greatest of its sides. */
export const Verdict = { no: 0, unknown: 1, yes: 2 } as const;

export type RowVerdict = (row: number) => number;

/** For one segment. */
type Bound = (segment: PacketSegment) => RowVerdict;

/** Of such packets columns tell only what the capture itself does. */
const UNTOLD = Mark.truncated | Mark.broken | Mark.deeper;

/** A filter's tests of columns, made once and then bound to each segment. */
export class ColumnCondition {
  readonly #told: Bound;
  readonly #untold: Bound;

  constructor(condition: Condition) {
    this.#told = compiled(condition, true);
    this.#untold = compiled(condition, false);
  }

  bind(segment: PacketSegment): RowVerdict {
    const told = this.#told(segment);
    const untold = this.#untold(segment);
    const { marks } = segment;
    return (row) => (((marks[row] ?? 0) & UNTOLD) === 0 ? told(row) : untold(row));
  }
}

/** @param told of rows of which the columns tell all that they hold */
function compiled(condition: Condition, told: boolean): Bound {
  switch (condition.kind) {
    case 'and':
    case 'or':
    case 'xor': {
      const [left, right] = [compiled(condition.left, told), compiled(condition.right, told)];
      return (segment) => JOINED[condition.kind](left(segment), right(segment));
    }
    case 'not': {
      const of = compiled(condition.of, told);
      return (segment) => {
        const verdict = of(segment);
        return (row) => Verdict.yes - verdict(row);
      };
    }
    case 'exists':
    case 'compare':
    case 'matches':
    case 'in':
      return test(condition, told);
  }
}

const JOINED = {
  and:
    (left: RowVerdict, right: RowVerdict): RowVerdict =>
    (row) => {
      const first = left(row);
      return first === Verdict.no ? first : Math.min(first, right(row));
    },
  or:
    (left: RowVerdict, right: RowVerdict): RowVerdict =>
    (row) => {
      const first = left(row);
      return first === Verdict.yes ? first : Math.max(first, right(row));
    },
  xor:
    (left: RowVerdict, right: RowVerdict): RowVerdict =>
    (row) => {
      const [first, second] = [left(row), right(row)];
      if (first === Verdict.unknown || second === Verdict.unknown) return Verdict.unknown;
      return first === second ? Verdict.no : Verdict.yes;
    },
};

type Leaf = Exclude<Condition, { readonly kind: 'and' | 'or' | 'xor' | 'not' }>;

const unknown: Bound = () => () => Verdict.unknown;

function test(leaf: Leaf, told: boolean): Bound {
  const fields = fieldsIn(leaf);
  const [field, ...others] = fields;
  if (field === undefined) return unknown;
  const column = columnField(field.name);
  const alone = others.length === 0 && eachValueAlone(leaf);
  if (alone && column?.kind === 'frame') {
    const passes = valueTest(leaf, field);
    return (segment) => {
      const read = column.read(segment);
      return (row) => yesOrNo(passes(read(row)));
    };
  }
  if (alone && column?.kind === 'time') return timeTest(leaf, field);
  if (!told) return unknown;
  if (alone && column !== null) {
    switch (column.kind) {
      case 'address':
        return addressTest(leaf, field, column);
      case 'half':
        return halfTest(leaf, field, column);
      case 'number': {
        const passes = valueTest(leaf, field);
        return (segment) => {
          const read = column.read(segment);
          const { layers } = segment;
          return (row) => {
            if (((layers[row] ?? 0) & column.layer) === 0) return Verdict.no;
            const value = read(row);
            return value === null ? Verdict.unknown : yesOrNo(passes(value));
          };
        };
      }
      case 'ethernet':
        return ethernetTest(leaf, field, column.at);
      case 'frame':
      case 'time':
        break;
    }
  }
  if (leaf.kind === 'exists' && leaf.of.kind === 'field' && field.type === 'protocol') {
    const bit = layerBit(field.name);
    if (bit !== null)
      return ({ layers }) =>
        (row) =>
          ((layers[row] ?? 0) & bit) === 0 ? Verdict.no : Verdict.yes;
    if (field.name === 'frame') return () => () => Verdict.yes;
  }
  return perhaps(fields);
}

/** Only the full decode tells, yet where a field cannot be the test fails. */
function perhaps(fields: readonly FilterField[]): Bound {
  const needed = fields.map(({ name }) => layersOf(name)).filter((layers) => layers !== 0);
  const payload = fields.some(({ name }) => needsTcpPayload(name));
  return ({ layers, payloadLength }) =>
    (row) => {
      const present = layers[row] ?? 0;
      for (const some of needed) if ((present & some) === 0) return Verdict.no;
      if (payload && payloadLength[row] === 0) return Verdict.no;
      return Verdict.unknown;
    };
}

function fieldsIn(leaf: Leaf): readonly FilterField[] {
  const fields = new Set<FilterField>();
  const visit = (value: Value): void => {
    if (value.kind === 'field') fields.add(value.field);
    else if (value.kind !== 'constant') {
      visit(value.of);
      if (value.kind === 'mask') visit(value.by);
    }
  };
  eachValue(leaf, visit);
  return [...fields];
}

/** Whether each of the field's values passes or not, whatever the others are, and it stands on the left only. */
function eachValueAlone(leaf: Leaf): boolean {
  const left = leaf.kind === 'exists' ? leaf.of : leaf.left;
  let counts = 0;
  let places = 0;
  const visit = (value: Value): void => {
    if (value.kind === 'field') places += 1;
    if (value.kind === 'call' && value.name === 'count') counts += 1;
    if (value.kind === 'field' || value.kind === 'constant') return;
    visit(value.of);
    if (value.kind === 'mask') visit(value.by);
  };
  eachValue(leaf, visit);
  const onLeft = left.kind !== 'constant';
  return (
    onLeft && counts === 0 && places === 1 && !(leaf.kind === 'in' && leaf.every && leaf.members.length > 1)
  );
}

function valueTest(leaf: Leaf, field: FilterField): (value: Constant) => boolean {
  let values: readonly Constant[] = [];
  const one = { values: (asked: FilterField) => (asked === field ? values : []), headerLengths: () => [] };
  return (value) => {
    values = [value];
    return evaluate(leaf, one);
  };
}

function everyOf(leaf: Leaf): boolean {
  return leaf.kind !== 'exists' && leaf.every;
}

function yesOrNo(passes: boolean): number {
  return passes ? Verdict.yes : Verdict.no;
}

/** @param total values of the row, of which so many passed */
function tallied(every: boolean, passed: number, total: number): number {
  return yesOrNo(every ? total > 0 && passed === total : passed > 0);
}

/** Which addresses pass is looked up once a segment, and again for those that came since. */
function addressTest(leaf: Leaf, field: FilterField, { family, columns, outer }: AddressField): Bound {
  const passes = valueTest(leaf, field);
  const every = everyOf(leaf);
  const kind = family === 6 ? 6 : 4;
  const bytes = family === 6 ? 16 : 4;
  return (segment) => {
    const { heap, layers, marks } = segment;
    const ends = columns.map((column) => segment[column]);
    let table = new Uint8Array(segment.addressCount + 1);
    let known = 0;
    const learn = (): void => {
      const count = segment.addressCount;
      if (count >= table.length) {
        const roomier = new Uint8Array(Math.max(count + 1, table.length * 2));
        roomier.set(table);
        table = roomier;
      }
      for (let id = known + 1; id <= count; id += 1) {
        const at = segment.addressOffset(id);
        if (heap[at] !== kind) continue;
        const address = heap.subarray(at + 1, at + 1 + bytes);
        table[id] = passes(field.asText ? addressText(kind, address, 0) : address) ? 1 : 0;
      }
      known = count;
    };
    const passed = (id: number): number => {
      if (id > known) learn();
      return table[id] ?? 0;
    };
    return (row) => {
      let total = 0;
      let good = 0;
      const own = family === 0 ? ((layers[row] ?? 0) & Layer.arp) !== 0 : segment.family[row] === family;
      if (own)
        for (const end of ends) {
          const id = end[row] ?? 0;
          if (id === 0) continue;
          total += 1;
          good += passed(id);
        }
      if (((marks[row] ?? 0) & Mark.tunnel) !== 0) {
        const at = segment.outerOffset(row);
        if (u8(heap, at + OUTER.family) === family)
          for (const place of outer) {
            total += 1;
            good += passed(u16(heap, at + place));
          }
      }
      return tallied(every, good, total);
    };
  };
}

function halfTest(leaf: Leaf, field: FilterField, column: HalfField): Bound {
  const { layer, family, protocol, columns, part, outer, outerBytes } = column;
  const passes = valueTest(leaf, field);
  const every = everyOf(leaf);
  const table = new Uint8Array(0x10000);
  const parts = new Map<number, boolean>();
  for (let value = 0; value < table.length; value += 1) {
    const own = part(value);
    let good = parts.get(own);
    if (good === undefined) {
      good = passes(own);
      parts.set(own, good);
    }
    table[value] = good ? 1 : 0;
  }
  return (segment) => {
    const { heap, layers, marks } = segment;
    const read = columns.map((name) => segment[name]);
    return (row) => {
      if (((layers[row] ?? 0) & layer) === 0) return Verdict.no;
      const mark = marks[row] ?? 0;
      let total = 0;
      let good = 0;
      const own =
        family === null
          ? segment.protocol[row] === protocol &&
            segment.family[row] !== 0 &&
            (mark & Mark.laterFragment) === 0
          : segment.family[row] === family;
      if (own)
        for (const numbers of read) {
          total += 1;
          good += table[numbers[row] ?? 0] ?? 0;
        }
      if ((mark & Mark.tunnel) !== 0) {
        const at = segment.outerOffset(row);
        const theirs =
          family === null
            ? u8(heap, at + OUTER.protocol) === protocol
            : u8(heap, at + OUTER.family) === family;
        if (theirs)
          for (const place of outer) {
            total += 1;
            good += table[outerBytes === 1 ? u8(heap, at + place) : u16(heap, at + place)] ?? 0;
          }
      }
      return tallied(every, good, total);
    };
  };
}

const ETHERNET = 1;

function ethernetTest(leaf: Leaf, field: FilterField, places: readonly number[]): Bound {
  const passes = valueTest(leaf, field);
  const every = everyOf(leaf);
  return (segment) => {
    const { heap, layers, marks, linkType, rawOffset } = segment;
    return (row) => {
      if (((layers[row] ?? 0) & Layer.eth) === 0) return Verdict.no;
      const inner = Layer.vxlan | Layer.geneve | Layer.gre | Layer.mpls;
      if (
        linkType[row] !== ETHERNET ||
        ((marks[row] ?? 0) & Mark.tunnel) !== 0 ||
        ((layers[row] ?? 0) & inner) !== 0
      )
        return Verdict.unknown;
      const start = rawOffset[row] ?? 0;
      let good = 0;
      for (const place of places) if (passes(heap.subarray(start + place, start + place + 6))) good += 1;
      return tallied(every, good, places.length);
    };
  };
}

const SECOND = 1_000_000_000n;

/** Within a second in which no constant lies all times are alike: big numbers are made once a second. */
function timeTest(leaf: Leaf, field: FilterField): Bound {
  const passes = valueTest(leaf, field);
  const bare = (leaf.kind === 'compare' || leaf.kind === 'in') && leaf.left.kind === 'field';
  const edges = new Set<number>();
  eachValue(leaf, (value) => {
    if (value.kind === 'constant' && typeof value.constant === 'bigint')
      edges.add(Number(value.constant / SECOND));
  });
  return ({ seconds, nanoseconds }) => {
    let last = -1;
    let verdict: number = Verdict.no;
    return (row) => {
      const second = seconds[row] ?? 0;
      if (second === last) return verdict;
      const edge = !bare || edges.has(second);
      const passed = yesOrNo(passes(BigInt(second) * SECOND + BigInt(nanoseconds[row] ?? 0)));
      if (edge) return passed;
      last = second;
      verdict = passed;
      return passed;
    };
  };
}
