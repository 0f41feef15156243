// Which way a packet goes, and its answer back: from the question to the paths.
import { addressText } from '../route/address.ts';
import { askedTrace, type AskedTrace, type AskOptions } from './asked.ts';
import { podWithAddress } from '../topology/lookups.ts';
import { fullName } from './ends.ts';
import { listedConnections } from './flows.ts';
import { follow } from './follow.ts';
import { pathOf, type FollowedPath } from './followed-path.ts';
import { byTrouble, judged, opaqueAt, wayBack, type Told } from './judged.ts';
import type { TraceKnown } from './known.ts';
import { kernelQuestion } from './kernel-question.ts';
import type { TraceAnswer, TraceLookup, TraceQuestion } from './model.ts';
import type { TracedPacket } from './packet.ts';
import { NO_FILTERS } from './namespaces.ts';
import { startOf } from './start.ts';
import { toldFlows } from './told-flows.ts';
import { trackedAlong } from './tracked-along.ts';

/** Told one by one; more of them are merged with one that ends alike. */
const MOST_PATHS = 64;
/** Routes that the kernels are asked about. */
const MOST_LOOKUPS = 500;

/** @param request with what conntrack lists, where that was read: then connections that it has are told as well. */
export function tracePath(known: TraceKnown, request: TraceQuestion, options: AskOptions = {}): TraceAnswer {
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
  const conntrack = request.conntrack ?? [];
  const flows = toldFlows(known, asked.value, {
    start: start.value,
    sport: request.sport ?? null,
    listed: listedConnections(conntrack, start.value.packet),
    fresh: paths,
  });
  const all = [...paths, ...(back === null ? [] : [back]), ...flows.followed].map(({ path }) => path);
  return {
    ok: true,
    from: asked.value.fromText,
    to: asked.value.toText,
    paths: paths.map(({ told }) => told),
    reverse: back?.told ?? null,
    kernel: { asked: 0, agrees: null, disagreements: [] },
    lookups: lookupsOf(all),
    flows: flows.told,
    tracked: trackedAlong(all),
    missing: [
      ...missingOf(asked.value, start.value.notes, all),
      ...new Set(conntrack.flatMap(({ sentence }) => sentence ?? [])),
    ],
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
  const unfiltered = namespaces.some(
    ({ isPod, fib, filters }) => isPod && filters === NO_FILTERS && (fib[4] ?? fib[6]) !== null,
  );
  const opaque = namespaces.filter(({ isPod }) => !isPod).flatMap((at) => opaqueAt(at) ?? []);
  const outside = from.kind === 'outside' || to.kind === 'outside';
  return [
    ...new Set([
      ...started,
      ...notes,
      ...namespaces.flatMap(({ unread }) => unread),
      ...opaque,
      ...(unfiltered
        ? ['Packet filters inside Pods were not all read: that there are none is presumed.']
        : []),
      ...(outside
        ? ['What lies outside the cluster is not seen: that answers come back the same way is presumed.']
        : []),
    ]),
  ];
}
