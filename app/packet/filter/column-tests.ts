// Tests of one field that columns tell: each value passes or not, and what can be looked up is looked up.
import { addressText } from '../address.ts';
import { u16, u8 } from '../bytes.ts';
import { Layer, Mark } from '../store/marks.ts';
import type { PacketSegment } from '../store/packet-segment.ts';
import { OUTER } from '../store/segment-layout.ts';
import type { AddressField, FrameField, HalfField, NumberField } from './column-fields.ts';
import type { Constant } from './condition.ts';
import { evaluate } from './evaluate.ts';
import type { FilterField } from './filter-fields.ts';
import { Verdict, type Bound, type Leaf } from './verdict.ts';

/** Whether a field's only value would pass. */
function valueTest(leaf: Leaf, field: FilterField): (value: Constant) => number {
  let values: readonly Constant[] = [];
  const one = { values: (asked: FilterField) => (asked === field ? values : []), headerLengths: () => [] };
  return (value) => {
    values = [value];
    return evaluate(leaf, one) ? Verdict.yes : Verdict.no;
  };
}

/** Of numbers, most of which are compared with one constant. */
function numberPasses(leaf: Leaf, field: FilterField): (value: number) => number {
  const { yes, no } = Verdict;
  if (leaf.kind === 'compare' && leaf.left.kind === 'field' && leaf.right.kind === 'constant') {
    const { constant } = leaf.right;
    if (typeof constant === 'number')
      switch (leaf.relation) {
        case '==':
          return (value) => (value === constant ? yes : no);
        case '!=':
          return (value) => (value === constant ? no : yes);
        case '<':
          return (value) => (value < constant ? yes : no);
        case '<=':
          return (value) => (value <= constant ? yes : no);
        case '>':
          return (value) => (value > constant ? yes : no);
        case '>=':
          return (value) => (value >= constant ? yes : no);
        case 'contains':
          break;
      }
  }
  return valueTest(leaf, field);
}

/** Two values, or one twice: whether both must pass. */
function bothOf(leaf: Leaf): boolean {
  return leaf.kind !== 'exists' && leaf.every;
}

export function frameTest(leaf: Leaf, field: FilterField, column: FrameField): Bound {
  const passes = numberPasses(leaf, field);
  return (segment) => {
    const read = column.read(segment);
    return (from, to, out) => {
      for (let row = from; row < to; row += 1) out[row - from] = passes(read(row));
    };
  };
}

export function numberTest(leaf: Leaf, field: FilterField, column: NumberField): Bound {
  const passes = numberPasses(leaf, field);
  return (segment) => {
    const { layers } = segment;
    const read = column.read(segment);
    return (from, to, out) => {
      for (let row = from; row < to; row += 1) {
        let verdict: number = Verdict.no;
        if (((layers[row] ?? 0) & column.layer) !== 0) {
          const value = read(row);
          verdict = value === null ? Verdict.unknown : passes(value);
        }
        out[row - from] = verdict;
      }
    };
  };
}

/** Which addresses of a segment pass, by id: looked up once, and again for those that came since. */
class PassingAddresses {
  readonly #segment: PacketSegment;
  readonly #kind: 4 | 6;
  readonly #passes: (address: Uint8Array) => number;
  #table: Uint8Array;
  #known = 0;

  constructor(segment: PacketSegment, kind: 4 | 6, passes: (address: Uint8Array) => number) {
    this.#segment = segment;
    this.#kind = kind;
    this.#passes = passes;
    this.#table = new Uint8Array(segment.addressCount + 1);
  }

  /** Verdicts by id. */
  now(): Uint8Array {
    const { heap, addressCount } = this.#segment;
    if (addressCount >= this.#table.length) {
      const roomier = new Uint8Array(Math.max(addressCount + 1, this.#table.length * 2));
      roomier.set(this.#table);
      this.#table = roomier;
    }
    for (let id = this.#known + 1; id <= addressCount; id += 1) {
      if (heap[this.#segment.addressOffset(id)] !== this.#kind) continue;
      this.#table[id] = this.#passes(this.#segment.addressBytes(id));
    }
    this.#known = addressCount;
    return this.#table;
  }
}

export function addressTest(leaf: Leaf, field: FilterField, column: AddressField): Bound {
  const { family, ends, outer } = column;
  const test = valueTest(leaf, field);
  const passes = (address: Uint8Array): number =>
    test(field.asText ? addressText(family, address, 0) : address);
  const both = bothOf(leaf);
  return (segment) => {
    const { heap, marks } = segment;
    const families = segment.family;
    const first = segment[ends[0]];
    const second = segment[ends[1]];
    const addresses = new PassingAddresses(segment, family, passes);
    return (from, to, out) => {
      const table = addresses.now();
      for (let row = from; row < to; row += 1) {
        const inner = families[row] === family;
        let verdict: number = Verdict.no;
        if (inner) {
          const one = table[first[row] ?? 0] ?? 0;
          const other = table[second[row] ?? 0] ?? 0;
          verdict = both ? one & other : one | other;
        }
        if (((marks[row] ?? 0) & Mark.tunnel) !== 0) {
          const at = segment.outerOffset(row);
          if (u8(heap, at + OUTER.family) === family) {
            const one = table[u16(heap, at + outer[0])] ?? 0;
            const other = table[u16(heap, at + outer[1])] ?? 0;
            verdict = both ? one & other & (inner ? verdict : Verdict.yes) : one | other | verdict;
          }
        }
        out[row - from] = verdict;
      }
    };
  };
}

/** Not yet asked. */
const UNASKED = 255;

export function halfTest(leaf: Leaf, field: FilterField, column: HalfField): Bound {
  const { layer, family, protocol, columns, part, outer, outerBytes } = column;
  const passes = valueTest(leaf, field);
  const both = bothOf(leaf);
  const table = new Uint8Array(0x10000).fill(UNASKED);
  const verdictOf = (value: number): number => {
    const known = table[value] ?? 0;
    if (known !== UNASKED) return known;
    return (table[value] = passes(part(value)));
  };
  return (segment) => {
    const { heap, layers, marks } = segment;
    const [first, second] = [segment[columns[0]], segment[columns[1]]];
    const outermost = (row: number, verdict: number, inner: boolean): number => {
      const at = segment.outerOffset(row);
      const theirs =
        family === null ? u8(heap, at + OUTER.protocol) === protocol : u8(heap, at + OUTER.family) === family;
      if (!theirs || outer === null) return verdict;
      const read = outerBytes === 1 ? u8 : u16;
      const one = verdictOf(read(heap, at + outer[0]));
      const other = verdictOf(read(heap, at + outer[1]));
      return both ? one & other & (inner ? verdict : Verdict.yes) : one | other | verdict;
    };
    return (from, to, out) => {
      for (let row = from; row < to; row += 1) {
        let verdict: number = Verdict.no;
        if (((layers[row] ?? 0) & layer) !== 0) {
          const mark = marks[row] ?? 0;
          const inner =
            family === null
              ? segment.protocol[row] === protocol &&
                segment.family[row] !== 0 &&
                (mark & Mark.laterFragment) === 0
              : segment.family[row] === family;
          if (inner) {
            const one = verdictOf(first[row] ?? 0);
            const other = verdictOf(second[row] ?? 0);
            verdict = both ? one & other : one | other;
          }
          if ((mark & Mark.tunnel) !== 0) verdict = outermost(row, verdict, inner);
        }
        out[row - from] = verdict;
      }
    };
  };
}

const ETHERNET = 1;
/** What can hold an Ethernet header that is not the first. */
const HOLDS_ETHERNET = Layer.vxlan | Layer.geneve | Layer.gre | Layer.mpls | Layer.llc;

/** @param places of the addresses in the header: two, or one twice */
export function ethernetTest(leaf: Leaf, field: FilterField, places: readonly [number, number]): Bound {
  const passes = valueTest(leaf, field);
  const both = bothOf(leaf);
  return ({ heap, layers, marks, linkType, rawOffset }) =>
    (from, to, out) => {
      for (let row = from; row < to; row += 1) {
        const present = layers[row] ?? 0;
        let verdict: number = Verdict.no;
        if ((present & Layer.eth) !== 0) {
          const alone = ((marks[row] ?? 0) & Mark.tunnel) === 0 && (present & HOLDS_ETHERNET) === 0;
          const start = rawOffset[row] ?? 0;
          const at = (place: number): number => passes(heap.subarray(start + place, start + place + 6));
          if (linkType[row] !== ETHERNET || !alone) verdict = Verdict.unknown;
          else if (both) verdict = at(places[0]) & at(places[1]);
          else verdict = at(places[0]) | at(places[1]);
        }
        out[row - from] = verdict;
      }
    };
}

const SECOND = 1_000_000_000n;

/** Within a second in which no constant lies all times are alike: big numbers are made once a second. */
export function timeTest(leaf: Leaf, field: FilterField): Bound {
  const passes = valueTest(leaf, field);
  const edges = new Set<number>();
  const known = (constant: Constant): void => {
    if (typeof constant === 'bigint') edges.add(Number(constant / SECOND));
  };
  let bare = false;
  if (leaf.kind === 'compare' && leaf.left.kind === 'field' && leaf.right.kind === 'constant') {
    bare = true;
    known(leaf.right.constant);
  }
  return ({ seconds, nanoseconds }) => {
    let last = -1;
    let verdict: number = Verdict.no;
    return (from, to, out) => {
      for (let row = from; row < to; row += 1) {
        const second = seconds[row] ?? 0;
        if (second !== last || !bare || edges.has(second)) {
          verdict = passes(BigInt(second) * SECOND + BigInt(nanoseconds[row] ?? 0));
          last = second;
        }
        out[row - from] = verdict;
      }
    };
  };
}
