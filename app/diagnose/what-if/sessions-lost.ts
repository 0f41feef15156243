// BGP sessions that end because their own packets lose their way, and how long what was learned by them stays (RFC 4271 §6.5, RFC 4724).
import { tracePath } from '../../trace/trace.ts';
import type { TraceKnown } from '../../trace/known.ts';
import type { BgpMatrixPair } from '../../topology/bgp-matrix-model.ts';
import type { NodeId } from '../../topology/model.ts';
import { endsOf } from '../bgp-pairs.ts';
import type { Cluster, DiagnosedNode } from '../cluster.ts';
import type { Pair } from '../paths/pair.ts';
import { stopOf, wayOf, type Way } from './fate.ts';
import type { BrokenSession } from './model.ts';

/** RFC 4271 §8.2.1; Calico may be told another. */
const BGP_PORT = 179;

/** Those of one node that are up and would not stay so. */
export function sessionsLost(
  cluster: Cluster,
  after: TraceKnown,
  { entity }: DiagnosedNode,
): BgpMatrixPair[] {
  const port = listenPort(cluster);
  return cluster.bgp.pairs.filter((pair) => {
    const isOwn = pair.sides.some(({ nodeId }) => nodeId === entity.id);
    const isUp = endsOf(pair).some(({ health }) => health === 'established');
    const asked = isOwn && isUp ? packetOf(pair, entity.id, port) : null;
    if (asked === null) return false;
    const then = way(after, asked);
    return then.state === 'fails' && stopKey(then) !== stopKey(way(cluster.known, asked));
  });
}

function listenPort({ inventory }: Cluster): number {
  const told = Object.values(inventory?.calico.bgpConfigurations ?? {}).find(
    ({ name }) => name === 'default',
  );
  return told?.listenPort ?? BGP_PORT;
}

/** From the node's own end, as its daemon tells it, or as the peer's does. */
function packetOf({ ends, sides }: BgpMatrixPair, own: NodeId, port: number): Pair | null {
  const end = ends.find((one) => one?.nodeId === own) ?? null;
  const far = ends.find((one) => one !== null && one.nodeId !== own) ?? null;
  const from = end?.localAddress ?? far?.neighbourAddress ?? null;
  const to = end?.neighbourAddress ?? far?.localAddress ?? null;
  const node = sides.find(({ nodeId }) => nodeId === own)?.name ?? '';
  if (from === null || to === null) return null;
  return {
    ...{ from, to, proto: 'tcp', port, size: null, name: `${from} → ${to}` },
    ...{ fromPod: null, toPod: null, fromNode: node, toNode: null, toNetns: null },
  };
}

function way(known: TraceKnown, pair: Pair): Way {
  return wayOf(pair, tracePath(known, pair));
}

function stopKey(one: Way): string {
  const stop = stopOf(one);
  return stop === null ? one.state : `${stop.node} ${stop.interface ?? ''} ${stop.reason}`;
}

/** @param noticedBy the node whose own device is gone, which a session that is bound to it notices at once; null: nobody sees it. */
export function brokenSession(pair: BgpMatrixPair, noticedBy: NodeId | null): BrokenSession {
  const ends = endsOf(pair);
  const [one, other] = pair.sides;
  const holdTime = ends.reduce<number | null>((most, end) => {
    const hold = end.holdTime ?? null;
    return hold === null ? most : Math.max(most ?? 0, hold);
  }, null);
  const restarts = ends.some(({ capabilities }) =>
    [...capabilities.own, ...capabilities.neighbour].some((word) => /^graceful[ -]restart/i.test(word)),
  );
  const bound =
    noticedBy !== null && ends.some((end) => end.nodeId === noticedBy && !end.session.includes('multihop'));
  const until = holdTime === null ? 'its hold time is over' : `its hold time of ${holdTime} s is over`;
  const sentence = [
    `Each side keeps what it learned from the other until ${until}: so long packets go on where nobody may be.`,
    bound ? 'The side whose interface is gone notices at once.' : '',
    restarts
      ? 'Graceful restart does not lengthen that: it is for a daemon that ends without a word while its node goes on forwarding, and then the other side keeps its routes for as long as was agreed.'
      : '',
  ]
    .filter((part) => part !== '')
    .join(' ');
  return { sides: [one.name, other.name], holdTime, sentence };
}
