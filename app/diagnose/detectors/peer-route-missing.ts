// A node has no route of the cluster's network to Pods of another node: what is for them goes by the default route, if any, to somebody who
// need not know them. Told where the network keeps such routes on the nodes (flannel, Calico's VXLAN, plain routes): another node of the same
// subnet has one, or the other end has one back. Where routes are a router's or a cloud's nobody has; between nodes that speak BGP
// bgp-not-established tells. Or its route leaves by the NIC where the others' lead into a tunnel, and a reverse path filter drops what comes so.
import { shellWord } from '../../probe/shell-word.ts';
import { routeText } from '../../route/route-text.ts';
import { everywhere, podName, proof, type Cluster, type DiagnosedNode } from '../cluster.ts';
import { destination } from '../destinations.ts';
import type { Detector, Draft } from '../detector.ts';
import { draft } from '../draft.ts';
import { housed } from '../housed-addresses.ts';
import { missingRoutes, type Missing } from '../missing-routes.ts';
import { pastTunnel } from '../past-tunnel.ts';
import { routeFor } from '../peer-routes.ts';
import { addressOf, podCalled, prefixOf, routesOf, wholeNode } from '../subject.ts';
import type { Route } from '../../topology/model.ts';

const EXAMPLES = 3;

export const peerRouteMissing: Detector = {
  id: 'peer-route-missing',
  concludes:
    'a node has no route to Pods of another node, and other nodes have; or has one that goes past the tunnel that they use',
  explainedBy: [
    'link-down',
    'routes-flushed',
    'ipv6-disabled',
    'address-unusable',
    'netmask-mismatch',
    'node-address-mismatch',
    'node-identity-clash',
    'stale-bgp-routes',
    'bgp-not-established',
    'bgp-port-blocked',
  ],
  detect: (cluster) => {
    const all = ([4, 6] as const).flatMap((family) => missingRoutes(cluster, family));
    const missing = all.filter(({ isOdd }) => !isOdd);
    const ofHome = (home: DiagnosedNode): Missing[] => missing.filter((one) => one.home === home);
    // Whose Pods nobody knows has told nobody of them.
    const untold = cluster.nodes.filter((home) => {
      const lacking = new Set(ofHome(home).map(({ node }) => node));
      return lacking.size > 1 && lacking.size === ofHome(home)[0]?.peers;
    });
    const rest = missing.filter(({ home }) => !untold.includes(home));
    return everywhere([
      ...untold.map((home) => untoldDraft(ofHome(home))),
      ...cluster.nodes.flatMap((node) => {
        const own = rest.filter((one) => one.node === node);
        return own.length === 0 ? [] : [lackingDraft(own)];
      }),
      ...cluster.nodes.flatMap((home) => {
        const odd = all.filter((one) => one.isOdd && one.home === home);
        return odd.length === 0 ? [] : [oddDraft(cluster, odd)];
      }),
      ...pastTunnel(cluster),
    ]);
  },
};

function some(ips: readonly string[]): string {
  return `${ips.slice(0, EXAMPLES).join(', ')}${ips.length > EXAMPLES ? ', …' : ''}`;
}

function familyOf(missing: readonly Missing[]): Pick<Draft, 'family'> {
  const families = new Set(missing.flatMap(({ ips }) => ips).map((ip) => (ip.includes(':') ? 6 : 4)));
  const [first] = families;
  return first === undefined || families.size > 1 ? {} : { family: first };
}

/** A router that was not read may know what the nodes tell each other without tunnels; a route to one somebody may have meant. */
function sureness(missing: readonly Missing[]): Partial<Pick<Draft, 'confidence' | 'surer'>> {
  const led = missing.find(
    (one) =>
      wideRoute(one) !== null ||
      (one.witness.node.devices.get(one.witness.route.dev ?? '')?.role !== 'tunnel' &&
        one.node.routes.some(
          ({ dst, family, type }) =>
            dst.endsWith('/0') && family === one.witness.route.family && type === 'unicast',
        )),
  );
  return led === undefined
    ? {}
    : {
        confidence: 'likely',
        surer: `See whether the router of ${led.node.label} knows the way: traceroute -n ${led.ips[0] ?? ''}   # on ${led.node.label}`,
      };
}

/** The one by which what it lacks a route for goes instead; null: it is a default one, if any. */
function wideRoute({ node, ips: [ip = ''] }: Missing): Route | null {
  return routeFor(node, ip);
}

/** What its routes show of that. */
function instead(missing: Missing): Draft['proofs'] {
  const { node, ips } = missing;
  const shows = wideRoute(missing)?.dst ?? 'default';
  return proof(ips[0]?.includes(':') === true ? node.snapshot.routes6 : node.snapshot.routes4, shows);
}

function subjects(missing: readonly Missing[]): Pick<Draft, 'breaks' | 'touches'> {
  const labels = new Set(missing.flatMap(({ node, home }) => [node.label, home.label]));
  return {
    breaks: [
      ...new Set(
        missing.flatMap(({ ips, node, witness }) => [
          ...ips.map(addressOf),
          ...(witness.node.label === node.label ? [] : [prefixOf(witness.route.dst)]),
        ]),
      ),
    ],
    touches: [...labels].flatMap((label) => [wholeNode(label), routesOf(label)]),
  };
}

function lackingDraft(missing: readonly Missing[]): Draft {
  const [first] = missing;
  if (first === undefined) throw new Error('a node that lacks nothing is not told of');
  const { node, witness } = first;
  const { label } = node;
  const homes = [...new Set(missing.map(({ home }) => home.label))];
  const isSame = witness.node !== first.home;
  const ips = missing.flatMap((one) => one.ips);
  const wide = wideRoute(first);
  const whose = `Pods of ${homes.slice(0, EXAMPLES).join(', ')}${homes.length > EXAMPLES ? ` and ${String(homes.length - EXAMPLES)} more` : ''}`;
  return {
    ...draft({
      node: label,
      device: witness.route.dev !== null && node.devices.has(witness.route.dev) ? witness.route.dev : null,
      title: `${label} has no route to ${whose}${wide === null ? '' : ` but ${wide.dst} by ${wide.via ?? ''}`}`,
      because: `What is for ${some(ips)} goes by ${wide === null ? `the default route of ${label}, if it has one` : `${routeText(wide)} on ${label}`}. ${witness.node.label} has a route to ${isSame ? 'them' : `the Pods of ${label}`}: ${routeText(witness.route)}. Answers to packets from there are lost as well, and a reverse path filter drops the packets themselves.`,
      proofs: [
        ...missing.slice(0, EXAMPLES).flatMap(instead),
        ...proof(
          witness.route.family === 6 ? witness.node.snapshot.routes6 : witness.node.snapshot.routes4,
          witness.route.dst,
        ),
      ],
      mend: [
        `Restart what writes these routes on ${label} (flanneld, calico-node, the CNI plugin’s daemon) and see its log.${isSame ? ' By hand, as on the other nodes:' : ''}`,
        `ip route get ${ips[0] ?? ''}   # on ${label}`,
        ...new Set(missing.slice(0, EXAMPLES).flatMap(byHand)),
      ],
      ...subjects(missing),
    }),
    ...familyOf(missing),
    ...sureness(missing),
  };
}

/** The command that adds another node's route; none where the home's own way back is all that shows that there should be one. */
function byHand({ node, home, witness: { node: other, route } }: Missing): string[] {
  if (other === home) return [];
  const onlink = route.via !== null && !isOnLink(node, route) ? ' onlink' : '';
  return [
    `ip${route.family === 6 ? ' -6' : ''} route add ${shellWord(route.dst)} via ${shellWord(route.via ?? '')} dev ${shellWord(route.dev ?? '')}${onlink}   # on ${node.label}`,
  ];
}

/** The node reaches that next hop by a route of its own. */
function isOnLink(node: DiagnosedNode, { via, dev }: Route): boolean {
  const answer = via === null ? null : destination(node, via);
  return answer?.kind === 'route' && answer.route.dev === dev && answer.route.via === null;
}

/** Nobody has a route to them. */
function untoldDraft(missing: readonly Missing[]): Draft {
  const [first] = missing;
  if (first === undefined) throw new Error('a node of which all know is not told of');
  const { home, ips, witness } = first;
  const who = [...new Set(missing.map(({ node }) => node.label))];
  return {
    ...draft({
      node: home.label,
      title: `No other node has a route to the Pods of ${home.label}`,
      because: `${who.slice(0, EXAMPLES).join(', ')}${who.length > EXAMPLES ? ` and ${String(who.length - EXAMPLES)} more` : ''} have none to ${some(ips)} but the default one, if any, while ${witness.node.label} has ${routeText(witness.route)}: ${home.label} was not made known to the others.`,
      proofs: [
        ...missing.slice(0, EXAMPLES).flatMap(instead),
        ...proof(
          witness.route.family === 6 ? witness.node.snapshot.routes6 : witness.node.snapshot.routes4,
          witness.route.dst,
        ),
      ],
      mend: [
        `See what ${home.label} has told of itself: the annotations of its Node object, its subnet’s lease, its IPAM block, and the log of the CNI plugin’s daemon there.`,
        `kubectl get node ${shellWord(home.entity.kubernetesName ?? home.label)} -o yaml`,
      ],
      ...subjects(missing),
    }),
    ...familyOf(missing),
    ...sureness(missing),
  };
}

/** Its other Pods are known: these have addresses of another network, as a runtime's default one gives them where the CNI plugin's is not there yet. */
function oddDraft(cluster: Cluster, odd: readonly Missing[]): Draft {
  const [first] = odd;
  if (first === undefined) throw new Error('where no address is odd nothing is told');
  const { home, node, witness } = first;
  const ips = [...new Set(odd.flatMap((one) => one.ips))];
  const pods = housed(cluster).flatMap((one) => (ips.includes(one.ip) ? [podName(one.pod)] : []));
  const [who = null] = pods;
  return {
    ...draft({
      confidence: 'likely',
      surer: `See which network gave it: ls /etc/cni/net.d   # on ${home.label}`,
      node: home.label,
      pod: who,
      title: `Other nodes have no route to ${some(ips)} of ${who ?? home.label}${pods.length > 1 ? ` and ${String(pods.length - 1)} more` : ''}, an address outside of the cluster’s Pod networks`,
      because: `${node.label} has a route to other Pods of ${home.label}, and none to ${some(ips)} but the default one, if any. No node’s Pod network holds such an address: the runtime had another network for it (CRI-O’s default bridge, Podman’s), mostly because the Pod began before the CNI plugin had written its own.`,
      proofs: [
        ...instead(first),
        ...proof(
          witness.route.family === 6 ? home.snapshot.routes6 : home.snapshot.routes4,
          witness.route.dst,
        ),
        ...proof(cluster.inventory?.kinds.pods, ...ips.slice(0, EXAMPLES)),
      ],
      mend: [
        `Take the network that is none of the cluster’s out of /etc/cni/net.d on ${home.label}, and delete the Pod, so that it gets an address of its node’s.`,
        ...(who === null
          ? []
          : [`kubectl delete pod -n ${who.split('/')[0] ?? ''} ${who.split('/')[1] ?? ''}`]),
      ],
      breaks: [...ips.map(addressOf), ...pods.map(podCalled)],
      touches: [wholeNode(home.label), routesOf(home.label)],
    }),
    ...familyOf(odd),
  };
}
