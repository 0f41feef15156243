// TCP's MD5 signatures (RFC 2385), which BGP's passwords become: what each node's kernel counted of segments that it refused for them.
// Both nodes have to show it: different keys count Failure at both; a key on one end alone counts NotFound there and Unexpected
// at the other (FIELD-NOTES §4 row 5).
import type { Cluster, DiagnosedNode } from './cluster.ts';
import { recentDrops } from './recent-drops.ts';

const COUNTERS = {
  failure: 'TcpExtTCPMD5Failure',
  notFound: 'TcpExtTCPMD5NotFound',
  unexpected: 'TcpExtTCPMD5Unexpected',
} as const;
type Counter = keyof typeof COUNTERS;

/** Calico's BIRD tries again every 5 s: who looked on for longer has seen the counters move, or there is nothing. */
export const SEEN_AFTER_S = 6;

export interface Signatures {
  /** While we looked; before that was long enough, since the node booted. Null where they were not read. */
  readonly counts: Readonly<Record<Counter, number>> | null;
  /** They moved while we looked. */
  readonly moving: boolean;
  /** They did once, and whether they still do is not known yet. */
  readonly open: boolean;
}

export function signaturesOf(node: DiagnosedNode): Signatures {
  const own = node.snapshot.counters?.value?.namespaces.find(({ identity }) => identity === null);
  if (own === undefined) return { counts: null, moving: false, open: false };
  const recent = recentDrops(node);
  const rises = recent.entries
    .filter(({ reason, namespace }) => reason === 'tcp-md5' && namespace === null)
    .flatMap(({ proof }) => proof);
  const moving = rises.length > 0;
  const looked = moving || recent.seconds >= SEEN_AFTER_S;
  const count = (name: Counter): number =>
    looked
      ? rises.filter(({ counter }) => counter === COUNTERS[name]).reduce((sum, { rise }) => sum + rise, 0)
      : (own.counters.get(COUNTERS[name]) ?? 0);
  const counts = { failure: count('failure'), notFound: count('notFound'), unexpected: count('unexpected') };
  return { counts, moving, open: !looked && Object.values(counts).some((one) => one > 0) };
}

/** Which way the keys of two ends differ; null where the counters do not say that they do. */
export type KeyTrouble = 'different' | 'first-alone' | 'second-alone';

export function keyTrouble(one: Signatures, other: Signatures): KeyTrouble | null {
  if (one.counts === null || other.counts === null) return null;
  if (one.counts.failure > 0 && other.counts.failure > 0) return 'different';
  if (one.counts.notFound > 0 && other.counts.unexpected > 0) return 'first-alone';
  if (other.counts.notFound > 0 && one.counts.unexpected > 0) return 'second-alone';
  // Only one side tried lately.
  if (one.counts.failure > 0 || other.counts.failure > 0) return 'different';
  if (one.counts.notFound > 0 || other.counts.unexpected > 0) return 'first-alone';
  return other.counts.notFound > 0 || one.counts.unexpected > 0 ? 'second-alone' : null;
}

/** @param one, other labels of nodes. */
export function keysOf(cluster: Cluster, one: string, other: string): KeyTrouble | null {
  const [a, b] = [cluster.node(one), cluster.node(other)];
  return a === null || b === null ? null : keyTrouble(signaturesOf(a), signaturesOf(b));
}
