// How a followed path stands to the question, and the way back of what arrived.
import { sameAddress } from '../route/address.ts';
import { endText, ICMP, ICMP6 } from './flow-words.ts';
import { follow } from './follow.ts';
import { pathOf, type FollowedPath, type PathEnd, type Start } from './followed-path.ts';
import type { AskedTrace } from './asked.ts';
import type { TraceKnown } from './known.ts';
import type { TracePath } from './model.ts';
import type { KnownNamespace } from './namespaces.ts';
import type { StopReason } from './passage.ts';
import { answerPacket } from './way-back.ts';

export interface Judged {
  readonly path: FollowedPath;
  /** As it stands to the question: what leaves the cluster has arrived only where it was to leave. */
  readonly end: PathEnd;
}

export interface Told extends Judged {
  readonly told: TracePath;
}

export function judged({ to }: Pick<AskedTrace, 'to'>, paths: readonly FollowedPath[]): Judged[] {
  return paths.map((path) => ({ path, end: endFor(to.kind, path) }));
}

/**
 * What rules decide, and how frames get on from a device: programs in the kernel do both elsewhere. They take from one device what they put out of
 * another, answer ARP themselves and know their tunnels' ends, past the namespace's neighbours and forwarding tables (Cilium's cilium_host).
 */
const PASSED_BY: ReadonlySet<string> = new Set<StopReason>([
  'filter-drop',
  'filter-reject',
  'reverse-path',
  'nobody-has-address',
  'neighbour-failed',
  'wrong-neighbour',
  'loop',
  'ttl-exceeded',
  'bridge-port',
  'own-mac',
  'fdb-missing',
  'vni-unknown',
  'tunnel-missing',
]);

function endFor(kind: AskedTrace['to']['kind'], { end, hops }: FollowedPath): PathEnd {
  const opaque = opaqueAt(end.at);
  if (opaque !== null && end.kind === 'stopped' && PASSED_BY.has(end.reason))
    return { kind: 'unknown', at: end.at, sentence: `${end.sentence} But ${lowerFirst(opaque)}` };
  const proxied = proxyOf(end, hops);
  if (proxied !== null) return { kind: 'unknown', at: end.at, sentence: proxied };
  if (end.kind !== 'outside' || kind === 'outside') return end;
  const service =
    kind === 'service' ? ' No rule on the way has made it a packet for an endpoint of the Service.' : '';
  const why = opaque === null || kind !== 'service' ? '' : ` ${opaque}`;
  return { kind: 'unknown', at: end.at, sentence: `${end.sentence}${service}${why}` };
}

/** Rules inside a Pod that lead a packet to a program there (a sidecar): it has got no further than that. Null: none did. */
function proxyOf(end: PathEnd, hops: FollowedPath['hops']): string | null {
  if (end.kind !== 'delivered' || !end.at.isPod) return null;
  const steps = hops.at(-1)?.steps ?? [];
  const isLed = steps.some(
    ({ rewrote, quote }) => quote === null && rewrote?.startsWith('destination ') === true,
  );
  if (!isLed) return null;
  const { dst, dport } = end.packet;
  return `Rules inside ${end.at.name} lead it to a program there, at ${endText(dst, dport)} (a proxy): what that sends on, and to whom, is not known.`;
}

/** Of a network whose maker is known to pass rules by; where nobody tells who made it, it is the kernel's. */
export function opaqueAt({ node: { cni } }: KnownNamespace): string | null {
  return cni.name === null ? null : cni.opaque;
}

function lowerFirst(sentence: string): string {
  return `${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`;
}

/** Failing ones first, then what is not known, then by share. */
export function byTrouble(a: TracePath, b: TracePath): number {
  const rank = ({ verdict }: TracePath): number =>
    verdict === 'delivered' ? 2 : verdict === 'unknown' ? 1 : 0;
  return rank(a) - rank(b) || b.share - a.share;
}

/** The answer to a packet that arrived; of one that left the cluster, that it comes back as it went is presumed. */
export function wayBack(
  known: TraceKnown,
  { from }: AskedTrace,
  start: Start,
  { path, end }: Judged,
  listed: FollowedPath['tracked'] = new Map(),
): Told | null {
  if (end.kind !== 'delivered' && end.kind !== 'outside') return null;
  const at = end.at;
  const device = end.kind === 'outside' ? end.device.name : null;
  const packet = answerPacket(end.packet);
  const paths = judged({ to: from }, follow(known, { at, device, packet }, remembered(listed, path.tracked)));
  const told = paths
    .map((one) => ({ ...one, told: backTold(start, one) }))
    .sort((a, b) => byTrouble(a.told, b.told));
  return told[0] ?? null;
}

function backTold(start: Start, { path, end }: Judged): TracePath {
  const unasked = unaskedBy(start, end);
  if (unasked === null) return pathOf(path, backAt(start, end), null);
  const { sentence } = unasked;
  const last = path.hops.at(-1);
  const steps = (last?.steps ?? []).map((step, at, all) =>
    at === all.length - 1 ? { ...step, outcome: 'stops' as const, sentence } : step,
  );
  const hops =
    last === undefined
      ? path.hops
      : [...path.hops.slice(0, -1), { ...last, action: 'drop' as const, because: sentence, steps }];
  return pathOf({ ...path, hops }, { ...unasked, device: last?.ingress ?? null }, null);
}

/** Who has asked one waits for no other (tcp_v4_rcv: no socket of that connection). Null: it is the one that was asked. */
function unaskedBy(
  { at, device, packet }: Start,
  end: PathEnd,
): Extract<PathEnd, { kind: 'stopped' }> | null {
  if (end.kind !== 'delivered' || device !== null || end.at.netnsId !== at.netnsId) return null;
  // Where programs in the kernel translate, rules do not tell what an answer becomes.
  if (opaqueAt(end.at) !== null) return null;
  const { src, sport, protocol } = end.packet;
  if (sameAddress(src, packet.dst) && (packet.dport === 0 || sport === packet.dport)) return null;
  const told = protocol === ICMP || protocol === ICMP6 ? 'nobody is told' : 'its sender is told so';
  const sentence = `It comes from ${endText(src, sport)}, and ${at.name} waits for an answer of ${endText(packet.dst, packet.dport)}: it is of no connection there, and ${told}.`;
  return { kind: 'stopped', how: 'rejected', at: end.at, device: null, reason: 'unasked', sentence };
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

/** What was tracked on the way forth is the latest. */
function remembered(
  listed: FollowedPath['tracked'],
  tracked: FollowedPath['tracked'],
): FollowedPath['tracked'] {
  if (listed.size === 0) return tracked;
  const all = new Map(listed);
  for (const [netnsId, connections] of tracked)
    all.set(netnsId, [...(listed.get(netnsId) ?? []), ...connections]);
  return all;
}
