// Which way a packet goes, and its answer back: from the question to the paths.
import { addressText } from '../route/address.ts';
import { askedTrace, type AskedTrace, type AskOptions } from './asked.ts';
import { podWithAddress, fullName } from './ends.ts';
import { follow, pathOf, type FollowedPath, type PathEnd, type Start } from './follow.ts';
import type { TraceKnown } from './known.ts';
import { kernelQuestion } from './kernel-question.ts';
import type { TraceAnswer, TraceLookup, TracePath, TraceRequest } from './model.ts';
import type { KnownNamespace } from './namespaces.ts';
import type { TracedPacket } from './packet.ts';
import { startOf } from './start.ts';
import { answerPacket } from './way-back.ts';

/** Told one by one; more of them are merged with one that ends alike. */
const MOST_PATHS = 64;
/** Routes that the kernels are asked about. */
const MOST_LOOKUPS = 500;

export function tracePath(known: TraceKnown, request: TraceRequest, options: AskOptions = {}): TraceAnswer {
  const asked = askedTrace(known, request, options);
  if (!asked.ok) return { ok: false, sentence: asked.failure };
  const start = startOf(known, asked.value);
  if (!start.ok) return { ok: false, sentence: start.failure };
  const forth = judged(asked.value, follow(known, start.value));
  const endpoints = new Set(forth.map(({ path }) => destinationOf(path)));
  const paths = merged(
    forth
      .map((one) => ({
        ...one,
        told: pathOf(one.path, one.end, endpoints.size > 1 ? endpointOf(known, one.path) : null),
      }))
      .sort((a, b) => byTrouble(a.told, b.told)),
  );
  const [first] = paths;
  if (first === undefined) throw new Error('a packet went nowhere');
  const back = wayBack(known, asked.value, start.value, first);
  const all = [...paths.map(({ path }) => path), ...(back === null ? [] : [back.path])];
  return {
    ok: true,
    from: asked.value.fromText,
    to: asked.value.toText,
    paths: paths.map(({ told }) => told),
    reverse: back?.told ?? null,
    kernel: { asked: 0, agrees: null, disagreements: [] },
    lookups: lookupsOf(all),
    missing: missingOf(asked.value, start.value.notes, all),
  };
}

/** Where only some of a route's paths would be refused, the kernel's answer depends on a hash: it is not asked. */
function lookupsOf(paths: readonly FollowedPath[]): TraceLookup[] {
  return paths
    .flatMap(({ lookups }) => lookups)
    .filter(({ answer }) => answer.kind !== 'route' || (answer.refusedBy ?? []).length === 0)
    .slice(0, MOST_LOOKUPS)
    .map(kernelQuestion);
}

interface Judged {
  readonly path: FollowedPath;
  /** As it stands to the question: what leaves the cluster has arrived only where it was to leave. */
  readonly end: PathEnd;
}

interface Told extends Judged {
  readonly told: TracePath;
}

function judged({ to }: Pick<AskedTrace, 'to'>, paths: readonly FollowedPath[]): Judged[] {
  return paths.map((path) => ({ path, end: endFor(to.kind, path) }));
}

function endFor(kind: AskedTrace['to']['kind'], { end }: FollowedPath): PathEnd {
  const opaque = opaqueAt(end.at);
  const decidedByRules =
    end.kind === 'stopped' && ['filter-drop', 'filter-reject', 'reverse-path'].includes(end.reason);
  // Where programs in the kernel do what rules do elsewhere, rules prove nothing.
  if (opaque !== null && decidedByRules)
    return { kind: 'unknown', at: end.at, sentence: `${end.sentence} But ${lowerFirst(opaque)}` };
  if (end.kind !== 'outside' || kind === 'outside') return end;
  const service =
    kind === 'service' ? ' No rule on the way has made it a packet for an endpoint of the Service.' : '';
  const why = opaque === null || kind !== 'service' ? '' : ` ${opaque}`;
  return { kind: 'unknown', at: end.at, sentence: `${end.sentence}${service}${why}` };
}

/** Of a network whose maker is known to pass rules by; where nobody tells who made it, it is the kernel's. */
function opaqueAt({ node: { cni } }: KnownNamespace): string | null {
  return cni.name === null ? null : cni.opaque;
}

function lowerFirst(sentence: string): string {
  return `${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`;
}

/** Failing ones first, then what is not known, then by share. */
function byTrouble(a: TracePath, b: TracePath): number {
  const rank = ({ verdict }: TracePath): number =>
    verdict === 'delivered' ? 2 : verdict === 'unknown' ? 1 : 0;
  return rank(a) - rank(b) || b.share - a.share;
}

/** Those beyond the bound count with the one before that ends alike. */
function merged(paths: readonly Told[]): Told[] {
  const kept = paths.slice(0, MOST_PATHS);
  for (const { told } of paths.slice(MOST_PATHS)) {
    const alike = kept.findLastIndex((one) => one.told.verdict === told.verdict);
    const at = alike === -1 ? kept.length - 1 : alike;
    const one = kept[at];
    if (one !== undefined) kept[at] = { ...one, told: { ...one.told, share: one.told.share + told.share } };
  }
  return kept;
}

/** The answer to a packet that arrived; of one that left the cluster, that it comes back as it went is presumed. */
function wayBack(known: TraceKnown, { from }: AskedTrace, start: Start, { path, end }: Judged): Told | null {
  if (end.kind !== 'delivered' && end.kind !== 'outside') return null;
  const at = end.at;
  const device = end.kind === 'outside' ? end.device.name : null;
  const packet = answerPacket(end.packet);
  const paths = judged({ to: from }, follow(known, { at, device, packet }, path.tracked));
  const told = paths
    .map((one) => ({ ...one, told: pathOf(one.path, backAt(start, one.end), null) }))
    .sort((a, b) => byTrouble(a.told, b.told));
  return told[0] ?? null;
}

/** The answer has to come to where the question came from. */
function backAt({ at, device }: Start, end: PathEnd): PathEnd {
  if (end.kind !== 'delivered' || device !== null || end.at.netnsId === at.netnsId) return end;
  return {
    kind: 'unknown',
    at: end.at,
    sentence: `The answer arrives at ${end.at.name}, and ${at.name} is who waits for it.`,
  };
}

function packetAtEnd({ end }: FollowedPath): TracedPacket | null {
  return end.kind === 'delivered' || end.kind === 'outside' ? end.packet : null;
}

/** Where it was sent to in the end: a path that stops before rules have chosen an endpoint has none. */
function destinationOf(path: FollowedPath): string {
  const packet = packetAtEnd(path) ?? path.last;
  return `${addressText(packet.dst)} ${String(packet.dport)}`;
}

function endpointOf({ topology }: TraceKnown, path: FollowedPath): string {
  const packet = packetAtEnd(path) ?? path.last;
  const address = addressText(packet.dst);
  const pod = podWithAddress(topology, address);
  const end = address.includes(':') ? `[${address}]` : address;
  const port = packet.dport === 0 ? '' : `:${String(packet.dport)}`;
  return `${end}${port}${pod === null ? '' : ` (${fullName(pod)})`}`;
}

function missingOf(
  { notes, from, to }: AskedTrace,
  started: readonly string[],
  paths: readonly FollowedPath[],
): string[] {
  const namespaces = [...new Set(paths.flatMap((path) => path.namespaces))];
  const podsRead = namespaces.some(({ isPod, fib }) => isPod && (fib[4] ?? fib[6]) !== null);
  const opaque = namespaces.filter(({ isPod }) => !isPod).flatMap((at) => opaqueAt(at) ?? []);
  const outside = from.kind === 'outside' || to.kind === 'outside';
  return [
    ...new Set([
      ...started,
      ...notes,
      ...namespaces.flatMap(({ unread }) => unread),
      ...opaque,
      ...(podsRead ? ['Packet filters inside Pods are not read: that there are none is presumed.'] : []),
      ...(outside
        ? ['What lies outside the cluster is not seen: that answers come back the same way is presumed.']
        : []),
    ]),
  ];
}
