// TCP's MD5 signatures (RFC 2385), which BGP's passwords become: what each node's kernel counted of segments that it refused for them.
// Different keys count Failure at both ends; a key on one end alone counts NotFound there and Unexpected at the other (FIELD-NOTES §4
// row 5).
import type { DropEntry } from '../ledger/drop-entry.ts';
import type { DiagnosedNode } from './cluster.ts';
import { recentDrops } from './recent-drops.ts';

const COUNTERS = {
  failure: 'TcpExtTCPMD5Failure',
  notFound: 'TcpExtTCPMD5NotFound',
  unexpected: 'TcpExtTCPMD5Unexpected',
} as const;
export type Counter = keyof typeof COUNTERS;

/** Calico's BIRD tries again every 5 s: who looked on for longer has seen the counters move, or there is nothing. */
export const SEEN_AFTER_S = 6;

export interface Signatures {
  /** While we looked; before that was long enough, since the node booted. Null where they were not read. */
  readonly counts: Readonly<Record<Counter, number>> | null;
  /** They moved while we looked. */
  readonly moving: boolean;
  /** They did once, and whether they still do is not known yet. */
  readonly open: boolean;
  /** It was looked at for long enough. */
  readonly looked: boolean;
  /** They moved in the last `SEEN_AFTER_S`. */
  readonly lately: boolean;
}

const known = new WeakMap<DiagnosedNode, Signatures>();

export function signaturesOf(node: DiagnosedNode): Signatures {
  const signatures = known.get(node) ?? reckoned(node);
  known.set(node, signatures);
  return signatures;
}

function reckoned(node: DiagnosedNode): Signatures {
  const own = node.snapshot.counters?.value?.namespaces.find(({ identity }) => identity === null);
  if (own === undefined) return { counts: null, moving: false, open: false, looked: false, lately: false };
  const recent = recentDrops(node);
  const rises = recent.entries.filter(isOwn).flatMap(({ proof }) => proof);
  const moving = rises.length > 0;
  const looked = recent.seconds >= SEEN_AFTER_S;
  const count = (name: Counter): number =>
    looked || moving
      ? rises.filter(({ counter }) => counter === COUNTERS[name]).reduce((sum, { rise }) => sum + rise, 0)
      : (own.counters.get(COUNTERS[name]) ?? 0);
  const counts = { failure: count('failure'), notFound: count('notFound'), unexpected: count('unexpected') };
  const open = !looked && !moving && Object.values(counts).some((one) => one > 0);
  return { counts, moving, open, looked, lately: recentDrops(node, SEEN_AFTER_S).entries.some(isOwn) };
}

function isOwn({ reason, namespace }: DropEntry): boolean {
  return reason === 'tcp-md5' && namespace === null;
}
