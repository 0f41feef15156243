// Next hops that a node's kernel asked in vain: told where the routes are, or at the node that has the address, where that one’s own settings
// keep it from answering.
import { routeOwner } from '../route/owner.ts';
import { isAway } from './bgp-pairs.ts';
import { proof, type Cluster, type DiagnosedNode } from './cluster.ts';
import type { Draft } from './detector.ts';
import { draft } from './draft.ts';
import { neighbourAt } from './neighbours.ts';
import { silentOwner } from './silent-owner.ts';
import { addressOf, prefixOf, sessionOf, wholeNode } from './subject.ts';

const EXAMPLES = 4;

/** The kernel's: routes in use whose next hop gives no answer. */
export function unansweredHops(cluster: Cluster, node: DiagnosedNode): Draft[] {
  const { label, routes, snapshot } = node;
  const failed = (snapshot.neighbours?.value ?? []).filter(({ dst }) => neighbourAt(node, dst) === 'failed');
  const asked = new Set(failed.map(({ dst }) => dst));
  const byHop = new Map<string, string[]>();
  const devices = new Map<string, string | null>();
  for (const route of asked.size === 0 ? [] : routes) {
    if (route.type !== 'unicast' || route.table === 'local' || route.table === '255') continue;
    if (routeOwner(route) === 'kernel') continue;
    for (const hop of route.nexthops.length > 0 ? route.nexthops : [route]) {
      if (hop.via === null || !asked.has(hop.via)) continue;
      if (node.devices.get(hop.dev ?? '')?.role !== 'nic') continue;
      byHop.set(hop.via, [...(byHop.get(hop.via) ?? []), route.dst]);
      devices.set(hop.via, hop.dev);
    }
  }
  // What is carried in tunnels goes to a node straight: told where that one is known not to answer.
  for (const { dst, dev } of failed)
    if (!byHop.has(dst) && silentOwner(cluster, node, { address: dst, dev }) !== null) {
      byHop.set(dst, [dst]);
      devices.set(dst, dev);
    }
  return [...byHop].flatMap(([hop, dsts]): Draft[] => {
    const [owner] = cluster.nodesAt(hop);
    // One that is known to be away is no news.
    if (owner !== undefined && isAway(cluster, owner)) return [];
    const six = hop.includes(':');
    const silent = silentOwner(cluster, node, { address: hop, dev: devices.get(hop) ?? null });
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
