// Who is compared with whom when a scope is asked for: the two that are meant, others of their nodes, the nodes, somebody on a third node; each
// by a small and a large packet and by protocols, each traced.
import { fail, ok, type Result } from '../result.ts';
import type { NodeEntity, PodEntity, Topology } from '../topology/model.ts';
import { endNamed, fullName, type TraceEnd } from './ends.ts';
import type { TraceKnown } from './known.ts';
import type { TraceAnswer, TraceHop, TracePath } from './model.ts';
import type { ScopeCell, ScopeParty, ScopeRequest } from './probe-model.ts';
import { addressIn } from './probe-plan.ts';
import { tracePath } from './trace.ts';

export interface ScopeSide {
  readonly node: string;
  readonly parties: ReadonlyMap<ScopeParty, ScopeMember>;
}

export interface ScopeMember {
  readonly name: string;
  /** As a trace is asked for it. */
  readonly end: string;
  readonly node: string;
}

/** A cell with what sends it and where to. */
export interface TracedCell {
  readonly cell: ScopeCell;
  readonly sender: Pick<TraceHop, 'isPod' | 'netnsId' | 'place' | 'node'>;
  readonly destination: string;
}

export interface ScopeCells {
  readonly from: ScopeSide;
  readonly to: ScopeSide;
  readonly cells: readonly TracedCell[];
  /** Who could not be compared, and why. */
  readonly lacks: readonly string[];
}

type Pair = readonly [a: ScopeParty, b: ScopeParty];
/** Ways forth that are compared; of `PLAIN` also by UDP, and the way back. */
const PAIRS: readonly Pair[] = [
  ['asked', 'asked'],
  ['asked', 'neighbour'],
  ['neighbour', 'asked'],
  ['neighbour', 'neighbour'],
  ['asked', 'node'],
  ['node', 'asked'],
  ['node', 'node'],
  ['asked', 'elsewhere'],
  ['node', 'elsewhere'],
  ['elsewhere', 'asked'],
  ['elsewhere', 'node'],
];
const PLAIN = new Set(['asked asked', 'neighbour neighbour', 'node node']);
/** Where traceroute(8) begins: nobody listens there, and the port unreachable that comes back says that a datagram arrived. */
const CLOSED_PORT = 33_434;
const SMALL = 84;

/** The failure is a sentence. */
export function scopeCells(
  known: TraceKnown,
  { from, to, port }: Omit<ScopeRequest, 'consent'>,
): Result<ScopeCells, string> {
  const one = endNamed(known, from);
  if (!one.ok) return one;
  const other = endNamed(known, to);
  if (!other.ok) return other;
  const { topology } = known;
  const a = placeOf(topology, one.value);
  if (!a.ok) return a;
  const b = placeOf(topology, other.value);
  if (!b.ok) return b;
  const third = thirdNode(topology, a.value, b.value);
  const sideA = sideOf(topology, one.value, a.value, third, other.value);
  const sideB = sideOf(topology, other.value, b.value, third, one.value);
  const lacks = [
    ...(third === null ? ['There is no third node to compare with.'] : []),
    ...(sideA.parties.has('neighbour') ? [] : [`${sideA.node} has no other Pod to compare with.`]),
    ...(sideB.parties.has('neighbour') ? [] : [`${sideB.node} has no other Pod to compare with.`]),
  ];
  const askedB = sideB.parties.get('asked')?.end ?? '';
  const cells = PAIRS.flatMap(([x, y]) => {
    const [here, there] = [sideA.parties.get(x), sideB.parties.get(y)];
    if (here === undefined || there === undefined || here.end === there.end) return [];
    const plain = PLAIN.has(`${x} ${y}`);
    return [
      ...kinds(port, plain).flatMap((kind) => cellOf(known, 'forth', [x, y], here, there, kind, askedB)),
      // A port is only known of who is asked to.
      ...(plain
        ? kinds(null, true).flatMap((kind) => cellOf(known, 'back', [y, x], there, here, kind, askedB))
        : []),
    ];
  });
  return ok({ from: sideA, to: sideB, cells, lacks });
}

type Kind = Pick<ScopeCell, 'proto' | 'port' | 'size'>;

function kinds(port: number | null, plain: boolean): Kind[] {
  return [
    { proto: 'icmp', port: null, size: 'small' },
    { proto: 'icmp', port: null, size: 'large' },
    ...(port === null ? [] : [{ proto: 'tcp', port, size: 'small' } as const]),
    ...(plain ? [{ proto: 'udp', port: CLOSED_PORT, size: 'small' } as const] : []),
  ];
}

function cellOf(
  known: TraceKnown,
  direction: ScopeCell['direction'],
  [from, to]: Pair,
  member: ScopeMember,
  target: ScopeMember,
  { proto, port, size }: Kind,
  asked: string,
): TracedCell[] {
  const ask = (bytes: number | null): TraceAnswer =>
    tracePath(known, { from: member.end, to: target.end, proto, port, size: bytes });
  const first = ask(null);
  if (!first.ok) return [];
  const bytes = size === 'small' ? SMALL : endsMtu(known.topology, first.paths[0]);
  const traced = size === 'small' ? first : ask(bytes);
  if (!traced.ok) return [];
  const [path] = traced.paths;
  const verdicts = new Set(traced.paths.map(({ verdict }) => verdict));
  const cell: ScopeCell = {
    direction,
    from,
    to,
    fromName: member.name,
    toName: target.name,
    proto,
    port,
    size,
    bytes,
    predicted: predictedOf(verdicts, path, proto === 'udp' || target.end !== asked),
    predictedWhy: path?.sentence ?? '',
    probed: null,
    probedWhy: null,
  };
  const [sent] = path?.hops ?? [];
  const destination = addressIn(traced.to);
  if (sent === undefined || destination === null) return [];
  const { isPod, netnsId, place, node } = sent;
  return [{ cell, sender: { isPod, netnsId, place, node }, destination }];
}

/** That nobody listens is what a closed port is asked for; and of a port of one Pod others need not have any. */
function predictedOf(
  verdicts: ReadonlySet<TracePath['verdict']>,
  path: TracePath | undefined,
  mayBeClosed: boolean,
): TracePath['verdict'] {
  if (mayBeClosed && path?.stopsAt?.reason === 'no-socket') return 'delivered';
  const [only] = verdicts;
  return verdicts.size === 1 && only !== undefined ? only : 'unknown';
}

/** What the devices of both ends take: a healthy way takes as much. Of an end that was not read the other end of its cable says it. */
function endsMtu({ interfaces }: Topology, path: TracePath | undefined): number {
  const hops = path?.hops ?? [];
  const ends = [
    [hops[0]?.egressId, hops[1]?.ingressId],
    [hops.at(-1)?.ingressId, hops.at(-2)?.egressId],
  ];
  const known = ends.flatMap(
    (ids) => ids.map((id) => interfaces[id ?? '']?.mtu ?? null).find((mtu) => mtu !== null) ?? [],
  );
  return known.length === 0 ? 1500 : Math.min(...known);
}

function placeOf({ nodes }: Topology, end: TraceEnd): Result<NodeEntity, string> {
  const node = end.kind === 'pod' ? nodes[end.pod.nodeId ?? ''] : end.kind === 'node' ? end.node : undefined;
  if (node !== undefined) return ok(node);
  return fail(
    `A scope is found between two Pods or nodes: ${end.label} is ${end.kind === 'service' ? 'a Service; say a Pod behind it' : 'outside of what is read'}.`,
  );
}

function thirdNode({ nodes }: Topology, a: NodeEntity, b: NodeEntity): NodeEntity | null {
  const all = Object.values(nodes)
    .filter(
      (node) => node.until === null && node.id !== a.id && node.id !== b.id && node.addresses.length > 0,
    )
    .sort((x, y) => (x.label < y.label ? -1 : 1));
  return all[0] ?? null;
}

function sideOf(
  topology: Topology,
  end: TraceEnd,
  node: NodeEntity,
  third: NodeEntity | null,
  opposite: TraceEnd,
): ScopeSide {
  const parties = new Map<ScopeParty, ScopeMember>();
  const ofNode = (one: NodeEntity): ScopeMember => ({
    name: one.label,
    end: `node/${one.label}`,
    node: one.label,
  });
  parties.set('asked', end.kind === 'pod' ? memberOf(end.pod, node) : ofNode(node));
  if (end.kind === 'pod') parties.set('node', ofNode(node));
  const taken = new Set([end, opposite].flatMap((one) => (one.kind === 'pod' ? [one.pod.id] : [])));
  const other = podOn(topology, node, taken);
  if (other !== null) parties.set('neighbour', memberOf(other, node));
  if (third !== null) {
    const pod = podOn(topology, third, taken);
    parties.set('elsewhere', pod === null ? ofNode(third) : memberOf(pod, third));
  }
  return { node: node.label, parties };
}

function memberOf(pod: PodEntity, node: NodeEntity): ScopeMember {
  // What Kubernetes does not name is found by its address alone.
  const end = pod.namespace === null ? (pod.ips[0] ?? pod.name) : `pod/${fullName(pod)}`;
  return { name: fullName(pod), end, node: node.label };
}

/** One that runs, and whose network can be entered. */
function podOn({ pods, netns }: Topology, node: NodeEntity, taken: ReadonlySet<string>): PodEntity | null {
  const found = Object.values(pods)
    .filter(
      (pod) =>
        pod.until === null &&
        pod.nodeId === node.id &&
        !pod.hostNetwork &&
        pod.ips.length > 0 &&
        pod.phase !== 'Succeeded' &&
        pod.phase !== 'Failed' &&
        (netns[pod.netnsId ?? '']?.process ?? null) !== null &&
        !taken.has(pod.id),
    )
    .sort((x, y) => (fullName(x) < fullName(y) ? -1 : 1));
  return found[0] ?? null;
}
