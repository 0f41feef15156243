// What one form of a command leaves out and another told: it stays as it was known, and contradicts nothing.
import type { Link } from '../probe/facts.ts';
import type { NodeSnapshot } from '../probe/snapshot.ts';
import type { PieceReading } from './piece-snapshot.ts';
import { withKnownMetrics } from './route-columns.ts';

/** `ip -4 addr` prints no MAC, `ip -br link` no MTU, ifconfig no other end: what a form leaves out stays as it was known. */
export function withKnown(known: { readonly snapshot: NodeSnapshot }, piece: PieceReading): PieceReading {
  const { links: now, routes4 } = piece.snapshot;
  if (piece.collected) return piece;
  const links = now?.value
    ? { ...now, value: filledLinks(now.value, known.snapshot.links?.value ?? []) }
    : now;
  const routes = routes4?.value
    ? { ...routes4, value: withKnownMetrics(routes4.value, known.snapshot.routes4?.value ?? []) }
    : routes4;
  return { ...piece, snapshot: { ...piece.snapshot, links, routes4: routes } };
}

/** What is not told of one of `links` is taken from the same device in `others`. */
export function filledLinks(links: readonly Link[], others: readonly Link[]): Link[] {
  const byName = new Map(others.map((one) => [one.name, one]));
  return links.map((one): Link => {
    const other = byName.get(one.name);
    if (other === undefined || (one.ifindex > 0 && other.ifindex > 0 && one.ifindex !== other.ifindex))
      return one;
    return {
      ...one,
      ifindex: one.ifindex > 0 ? one.ifindex : other.ifindex,
      mac: one.mac ?? other.mac,
      mtu: one.mtu ?? other.mtu,
      operstate: one.operstate ?? other.operstate,
      peerIfindex: one.peerIfindex ?? other.peerIfindex,
      masterName: one.masterName ?? other.masterName,
    };
  });
}
