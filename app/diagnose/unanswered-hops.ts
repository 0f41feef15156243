// Next hops that a node's kernel asked in vain: told where the routes are, or at the node that has the address, where that one’s own settings
// keep it from answering.
import { routeOwner } from '../route/owner.ts';
import type { Route } from '../topology/model.ts';
import { isAway } from './bgp-pairs.ts';
import { proof, type Cluster, type DiagnosedNode } from './cluster.ts';
import type { Draft } from './detector.ts';
import { draft } from './draft.ts';
import { failedNeighbours, placeOf } from './neighbours.ts';
import { silentOwner } from './silent-owner.ts';
import { addressOf, prefixOf, sessionOf, wholeNode } from './subject.ts';

const EXAMPLES = 4;

/** A next hop and what is sent by it. */
interface Unanswered {
  readonly hop: string;
  readonly dev: string;
  readonly dsts: string[];
}

function unansweredAt(cluster: Cluster, node: DiagnosedNode): Unanswered[] {
  const failed = failedNeighbours(node);
  if (failed.size === 0) return [];
  const found = new Map<string, Unanswered>();
  const best = bestMetrics(node.routes);
  for (const route of node.routes) {
    if (route.type !== 'unicast' || route.table === 'local' || route.table === '255') continue;
    // A second gateway, for the day when the first is gone, nobody misses yet.
    if (routeOwner(route) === 'kernel' || route.metric > (best.get(placed(route)) ?? route.metric)) continue;
    for (const { via, dev } of route.nexthops.length > 0 ? route.nexthops : [route]) {
      if (via === null || dev === null || node.devices.get(dev)?.role !== 'nic') continue;
      const key = placeOf(via, dev);
      if (!failed.has(key)) continue;
      const known = found.get(key) ?? { hop: via, dev, dsts: [] };
      found.set(key, known);
      known.dsts.push(route.dst);
    }
  }
  // What is carried in tunnels goes to a node straight: told where that one is known not to answer.
  for (const [key, { dst, dev }] of failed)
    if (!found.has(key) && silentOwner(cluster, node, { address: dst, dev }) !== null)
      found.set(key, { hop: dst, dev, dsts: [dst] });
  return [...found.values()];
}

/** Of the routes that a packet could go by, by what they are for. */
function bestMetrics(routes: readonly Route[]): ReadonlyMap<string, number> {
  const best = new Map<string, number>();
  for (const route of routes) {
    if (route.type !== 'unicast' || route.flags.some((flag) => flag === 'dead' || flag === 'linkdown'))
      continue;
    const key = placed(route);
    best.set(key, Math.min(best.get(key) ?? route.metric, route.metric));
  }
  return best;
}

function placed({ table, dst, tos, from }: Route): string {
  return `${table} ${dst} ${String(tos ?? 0)} ${from ?? ''}`;
}

/** The kernel's: routes in use whose next hop gives no answer. */
export function unansweredHops(cluster: Cluster, node: DiagnosedNode): Draft[] {
  const { label, snapshot } = node;
  return unansweredAt(cluster, node).flatMap(({ hop, dev, dsts }): Draft[] => {
    const [owner] = cluster.nodesAt(hop);
    // One that is known to be away is no news.
    if (owner !== undefined && isAway(cluster, owner)) return [];
    const six = hop.includes(':');
    const silent = silentOwner(cluster, node, { address: hop, dev });
    return [
      draft({
        confidence: silent?.sure === true ? 'certain' : 'likely',
        surer:
          silent?.sure === true
            ? null
            : six
              ? `Ask for it: ping -6 -c 3 ${hop}, and see ip -6 neigh.`
              : `Ask for it: arping -c 3 ${hop}.`,
        ...(silent === null ? { node: label } : { node: silent.owner.label, device: silent.device }),
        title:
          silent !== null
            ? `${silent.owner.label} does not answer ${six ? 'neighbour discovery' : 'ARP'} for its own ${hop} on ${silent.device}`
            : `${hop}, the next hop of ${dsts[0] ?? ''} on ${label}, does not answer ${six ? 'neighbour discovery' : 'ARP'}`,
        because: `${silent === null ? '' : `${silent.sentence} `}The kernel of ${label} asked ${hop}${owner === undefined ? '' : ` (${owner.label})`} for its MAC address and got no answer: what goes to ${dsts.slice(0, EXAMPLES).join(', ')}${dsts.length > EXAMPLES ? ', …' : ''} ends here with “host unreachable”.`,
        proofs: [
          ...proof(snapshot.neighbours, hop),
          ...proof(six ? snapshot.routes6 : snapshot.routes4, hop),
          ...(silent === null ? [] : proof(silent.owner.snapshot.settings, silent.device)),
        ],
        mend: [
          silent !== null
            ? `Have ${silent.owner.label} answer on ${silent.device}; see who set it so.`
            : 'See whether that machine is up, in this network, and allowed to answer.',
          ...(silent === null || silent.command === null
            ? []
            : [`${silent.command}   # on ${silent.owner.label}`]),
          `ip neigh show ${hop}   # on ${label}`,
          six ? `ping -6 -c 3 ${hop}` : `arping -c 3 ${hop}`,
        ],
        breaks: [
          ...dsts.map(prefixOf),
          ...(silent === null
            ? []
            : cluster.nodes.map((other) => sessionOf(other.label, silent.owner.label))),
        ],
        family: six ? 6 : 4,
        touches: [
          wholeNode(label),
          ...(owner === undefined
            ? [addressOf(hop)]
            : [wholeNode(owner.label), sessionOf(label, owner.label)]),
        ],
      }),
    ];
  });
}
