// Which it is: one Pod, one node, one pair, one direction, one port, one size. From what passes and what does not between two nodes, in one
// sentence that claims no more than the matrix shows.
import type { ScopeParty } from './probe-model.ts';

/** One way alone: of a ping that is not answered either way may be the one that fails. */
export interface Observation {
  readonly direction: 'forth' | 'back';
  /** On the side that is asked from, and on the side that is asked to, whoever sends. */
  readonly a: ScopeParty;
  readonly b: ScopeParty;
  readonly proto: 'icmp' | 'tcp' | 'udp';
  readonly size: 'small' | 'large';
  readonly passes: boolean;
}

export interface ScopeNames {
  /** Nodes. */
  readonly nodeA: string;
  readonly nodeB: string;
  /** Who is asked about. */
  readonly askedA: string;
  readonly askedB: string;
  readonly port: number | null;
}

/** Told one by one. */
const MOST_PAIRS = 4;

export function scopeSentence(all: readonly Observation[], names: ScopeNames): string {
  const { nodeA, nodeB } = names;
  const between = nodeA === nodeB ? `on ${nodeA}` : `between ${nodeA} and ${nodeB}`;
  if (all.length === 0) return `Nothing is known of what passes ${between}.`;
  const failing = all.filter(({ passes }) => !passes);
  if (failing.length === 0) return `Nothing fails ${between}: all ${String(all.length)} ways pass.`;
  if (failing.length === all.length)
    return `Nothing passes ${between}: all ${String(all.length)} ways fail, whoever sends, of every protocol and size.`;
  const kind = kindOf(all, failing, names);
  const alike = all.filter(kind.holds);
  return `${kind.words} ${placeWords(alike, names, between)}.`;
}

interface FailingKind {
  readonly words: string;
  readonly holds: (one: Observation) => boolean;
}

function kindOf(
  all: readonly Observation[],
  failing: readonly Observation[],
  { port }: ScopeNames,
): FailingKind {
  const small = failing.filter(({ size }) => size === 'small');
  // The same two, the same way: what passes there says which kind it is about.
  const beside = (one: Observation): boolean =>
    one.passes &&
    failing.some(({ a, b, direction }) => one.a === a && one.b === b && one.direction === direction);
  if (small.length === 0)
    return all.some((one) => one.size === 'small' && beside(one))
      ? { words: 'Only large packets fail', holds: ({ size }) => size === 'large' }
      : { words: 'Large packets fail', holds: ({ size }) => size === 'large' };
  const protos = new Set(small.map(({ proto }) => proto));
  const others = all.filter((one) => one.size === 'small' && !protos.has(one.proto) && beside(one));
  if (others.length === 0) {
    if (!all.some(beside)) return { words: 'Packets of every kind that was tried fail', holds: () => true };
    const throughout = [...protos].filter((proto) =>
      all.every((one) => one.proto !== proto || one.size === 'large' || !one.passes),
    );
    const inPart = [...protos].filter((proto) => !throughout.includes(proto));
    if (throughout.length === 0 || inPart.length === 0)
      return { words: 'Some packets of every kind that was tried fail', holds: () => true };
    const [whole, part] = [throughout, inPart].map((some) =>
      some.map((proto) => protoWords(proto, port)).join(' and '),
    );
    return {
      words: `${whole ?? ''} ${throughout.length === 1 ? 'fails' : 'fail'} throughout, ${part ?? ''} in part,`,
      holds: ({ proto, size }) => size === 'small' && throughout.includes(proto),
    };
  }
  const passing = [...new Set(others.map(({ proto }) => protoWords(proto, null)))];
  const words = [...protos].map((proto) => protoWords(proto, port)).join(' and ');
  return {
    words: `Only ${words} ${protos.size === 1 ? 'fails' : 'fail'} (${passing.join(' and ')} ${passing.length === 1 ? 'passes' : 'pass'})`,
    holds: ({ proto, size }) => size === 'small' && protos.has(proto),
  };
}

function protoWords(proto: Observation['proto'], port: number | null): string {
  if (proto === 'icmp') return 'ICMP';
  return proto === 'tcp' && port !== null ? `TCP to port ${String(port)}` : proto.toUpperCase();
}

/** Of each two: do packets of that kind fail between them? */
type Pairs = ReadonlyMap<string, { readonly a: ScopeParty; readonly b: ScopeParty; readonly fails: boolean }>;

function placeWords(alike: readonly Observation[], names: ScopeNames, between: string): string {
  const { nodeA, nodeB, askedA, askedB } = names;
  const pairs: Pairs = pairsOf(alike);
  const list = [...pairs.values()];
  const within = list.filter(({ a, b }) => a !== 'elsewhere' && b !== 'elsewhere');
  const direction = directionWords(alike, names);
  const every = (some: typeof list): boolean => some.length > 0 && some.every(({ fails }) => fails);
  const none = (some: typeof list): boolean => some.length > 0 && some.every(({ fails }) => !fails);
  const outOfA = list.filter(({ a, b }) => a !== 'elsewhere' && b === 'elsewhere');
  const intoB = list.filter(({ a, b }) => a === 'elsewhere' && b !== 'elsewhere');
  // One pair alone shows nothing of a place.
  if (within.length > 1 && every(within)) {
    const who = within.some(({ a, b }) => a === 'node' && b === 'node')
      ? 'all Pods and the nodes themselves'
      : 'all Pods that were tried';
    const where =
      every(outOfA) && none(intoB)
        ? `it is ${nodeA}, which does not reach a third node either`
        : every(intoB) && none(outOfA)
          ? `it is ${nodeB}, which a third node does not reach either`
          : none(outOfA) && none(intoB)
            ? 'it is this pair of nodes: a third node is reached by the one and reaches the other'
            : every(outOfA) && every(intoB)
              ? 'it is more than these two: a third node has the same trouble with both'
              : 'whether it is one of the nodes or what lies between them, no third node tells';
    return `${between}, ${direction}, for ${who}: ${where}`;
  }
  const failing = within.filter(({ fails }) => fails);
  const others = within.filter(({ fails }) => !fails);
  const oneOf = (side: 'a' | 'b'): boolean =>
    failing.length > 0 &&
    failing.every((one) => one[side] === 'asked') &&
    every(within.filter((one) => one[side] === 'asked')) &&
    others.some((one) => one[side] !== 'asked');
  const [isA, isB] = [oneOf('a'), oneOf('b')];
  const isPair = failing.length === 1 && failing[0]?.a === 'asked' && failing[0].b === 'asked';
  if (isA && !isB) return `${between}, ${direction}: it is ${askedA} alone; others of ${nodeA} pass`;
  if (isB && !isA) return `${between}, ${direction}: it is ${askedB} alone; others of ${nodeB} pass`;
  if (isPair && others.length > 0)
    return `${between}, ${direction}: it is ${askedA} and ${askedB} alone; others of both nodes pass`;
  const pods = within.filter(({ a, b }) => a !== 'node' && b !== 'node');
  const nodes = within.filter(({ a, b }) => a === 'node' && b === 'node');
  if (every(pods) && none(nodes))
    return `${between}, ${direction}, for all Pods: the nodes themselves reach each other`;
  const told = failing.length > 0 ? failing : list.filter(({ fails }) => fails);
  const listed = told
    .slice(0, MOST_PAIRS)
    .map(({ a, b }) => `${partyWords(a, askedA, nodeA)} ↔ ${partyWords(b, askedB, nodeB)}`);
  const more = told.length - listed.length;
  return `${between}, ${direction}: ${listed.join(', ')}${more > 0 ? ` and ${String(more)} more` : ''}; no single place has all of it`;
}

function partyWords(party: ScopeParty, asked: string, node: string): string {
  switch (party) {
    case 'asked':
      return asked;
    case 'neighbour':
      return `another Pod of ${node}`;
    case 'node':
      return node;
    case 'elsewhere':
      return 'a third node';
  }
}

function pairsOf(alike: readonly Observation[]): Pairs {
  const pairs = new Map<string, { a: ScopeParty; b: ScopeParty; fails: boolean }>();
  for (const { a, b, passes } of alike) {
    const key = `${a} ${b}`;
    const known = pairs.get(key);
    pairs.set(key, { a, b, fails: (known?.fails ?? false) || !passes });
  }
  return pairs;
}

function directionWords(alike: readonly Observation[], { nodeA, nodeB }: ScopeNames): string {
  const fails = (direction: Observation['direction']): boolean =>
    alike.some((one) => one.direction === direction && !one.passes);
  // Only where the other way of those that fail was seen to pass it is one direction.
  const passesBeside = (direction: Observation['direction']): boolean =>
    alike.some(
      (one) =>
        one.direction === direction &&
        one.passes &&
        alike.some(
          ({ a, b, direction: way, passes }) => !passes && way !== direction && a === one.a && b === one.b,
        ),
    );
  const [forth, back] = [fails('forth'), fails('back')];
  if (forth && back) return 'in both directions';
  if (forth)
    return passesBeside('back')
      ? `from ${nodeA} to ${nodeB} only`
      : `from ${nodeA} to ${nodeB} (the other direction is not known)`;
  return passesBeside('forth')
    ? `from ${nodeB} to ${nodeA} only`
    : `from ${nodeB} to ${nodeA} (the other direction is not known)`;
}
