// A node has no route of the cluster's network to Pods of another node: what is for them goes by the default route, if any, to somebody who
// need not know them. Told where the network keeps such routes on the nodes (flannel, Calico's VXLAN, plain routes): another node of the same
// subnet has one, or the other end has one back. Where routes are a router's or a cloud's nobody has; between nodes that speak BGP
// bgp-not-established tells. Or its route leaves by the NIC where the others' lead into a tunnel, and a reverse path filter drops what comes so.
import { shellWord } from '../../probe/shell-word.ts';
import { routeText } from '../../route/route-text.ts';
import { dependsOnBgp, isAway } from '../bgp-pairs.ts';
import { everywhere, proof, type Cluster, type DiagnosedNode } from '../cluster.ts';
import { destination } from '../destinations.ts';
import type { Detector, Draft } from '../detector.ts';
import { draft } from '../draft.ts';
import { housed } from '../housed-addresses.ts';
import { pastTunnel } from '../past-tunnel.ts';
import { leading, routeFor } from '../peer-routes.ts';
import { addressOf, prefixOf, routesOf, wholeNode } from '../subject.ts';
import type { Route } from '../../topology/model.ts';

interface Missing {
  /** Who lacks the route. */
  readonly node: DiagnosedNode;
  /** Whose Pods are meant, and their addresses. */
  readonly home: DiagnosedNode;
  readonly ips: readonly string[];
  /** Who has such a route, and which: another node's to the same Pods, or the home's to the node's own. */
  readonly witness: { readonly node: DiagnosedNode; readonly route: Route };
  /** How many other nodes have Pods of `home` to reach as this one has. */
  readonly peers: number;
}

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
    const missing = ([4, 6] as const).flatMap((family) => missingOf(cluster, family));
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
      ...pastTunnel(cluster),
    ]);
  },
};

function missingOf(cluster: Cluster, family: 4 | 6): Missing[] {
  const isOf = (ip: string): boolean => (family === 6) === ip.includes(':');
  const homes = new Map<DiagnosedNode, string[]>();
  for (const { node, ip } of [
    ...housed(cluster),
    ...cluster.nodes.flatMap((node) => atTunnels(cluster, node)),
  ])
    if (isOf(ip) && !isAway(cluster, node)) homes.set(node, [...(homes.get(node) ?? []), ip]);
  const speakers = new Set(cluster.nodes.filter(speaksBgp));
  return [...homes].flatMap(([home, all]) => {
    const peers = cluster.nodes.filter(
      (node) =>
        node !== home &&
        !isAway(cluster, node) &&
        hasRoutes(node, family) &&
        node.entity.addresses.some(isOf) &&
        !(speakers.has(node) && speakers.has(home)),
    );
    return peers.flatMap((node): Missing[] => {
      const ips = all.filter((ip) => routeFor(node, ip) === null);
      const witness = ips.length === 0 ? null : witnessOf(cluster, node, home, ips, homes.get(node) ?? []);
      if (witness === null || ips.every((ip) => isPassedOn(cluster, node, home, ip))) return [];
      return [{ node, home, ips, witness, peers: peers.length }];
    });
  });
}

/** From which a node itself sends to Pods of others: those of a tunnel that carries to them, and of no other one that somebody has. */
function atTunnels(
  cluster: Cluster,
  node: DiagnosedNode,
): { readonly node: DiagnosedNode; readonly ip: string }[] {
  const carrying = new Set(
    housed(cluster).flatMap((one) => (one.node === node ? [] : (routeFor(node, one.ip)?.dev ?? []))),
  );
  return [...node.devices].flatMap(([name, { role, addresses }]) =>
    role === 'tunnel' && carrying.has(name)
      ? addresses.flatMap(({ address, scope }) => (scope === 'global' ? [{ node, ip: address }] : []))
      : [],
  );
}

/** Of what was not read in full nothing is lacking. */
function hasRoutes({ snapshot }: DiagnosedNode, family: 4 | 6): boolean {
  return (family === 4 ? snapshot.routes4 : snapshot.routes6)?.state === 'ok';
}

/** Its router is a node itself, and knows the way. */
function isPassedOn(cluster: Cluster, node: DiagnosedNode, home: DiagnosedNode, ip: string): boolean {
  const answer = destination(node, ip);
  const via = answer?.kind === 'route' ? answer.route.via : null;
  const [router] = via === null ? [] : cluster.nodesAt(via);
  return router !== undefined && router !== node && (router === home || routeFor(router, ip) !== null);
}

function speaksBgp(node: DiagnosedNode): boolean {
  return node.entity.bird.state !== 'absent' && dependsOnBgp(node);
}

/** Somebody in the same subnet as the node knows these, or the home, which is in it itself, knows the node's. */
function witnessOf(
  { nodes }: Cluster,
  node: DiagnosedNode,
  home: DiagnosedNode,
  ips: readonly string[],
  own: readonly string[],
): Missing['witness'] | null {
  for (const other of nodes) {
    if (other === node || other === home) continue;
    const route = leadingAll(other, ips, home);
    if (route !== null && isBeside(node, other) && mayTake(node, other, route)) return { node: other, route };
  }
  const back = leadingAll(home, own, node);
  return back !== null && isBeside(node, home) ? { node: home, route: back } : null;
}

/** The first of its routes to these, where each leads to that node. */
function leadingAll(from: DiagnosedNode, ips: readonly string[], to: DiagnosedNode): Route | null {
  const [first] = ips;
  const route = first === undefined ? null : leading(from, first, to);
  return route !== null && ips.every((ip) => leading(from, ip, to) !== null) ? route : null;
}

/** In one network: no router between them would know the way. */
function isBeside(node: DiagnosedNode, other: DiagnosedNode): boolean {
  return other.entity.addresses.some((address) => isOnWire(node, address));
}

/** What leads past all tunnels is for those alone who have the next hop on a wire of their own: others leave that to their router. */
function mayTake(node: DiagnosedNode, other: DiagnosedNode, { dev, via }: Route): boolean {
  return other.devices.get(dev ?? '')?.role === 'tunnel' || isOnWire(node, via ?? '');
}

/** It reaches that address by a NIC, and no router. */
function isOnWire(node: DiagnosedNode, address: string): boolean {
  const answer = destination(node, address);
  if (answer?.kind !== 'route' || answer.route.via !== null || answer.route.nexthops.length > 0) return false;
  return node.devices.get(answer.route.dev ?? '')?.role === 'nic';
}

function some(ips: readonly string[]): string {
  return `${ips.slice(0, EXAMPLES).join(', ')}${ips.length > EXAMPLES ? ', …' : ''}`;
}

function familyOf(missing: readonly Missing[]): Pick<Draft, 'family'> {
  const families = new Set(missing.flatMap(({ ips }) => ips).map((ip) => (ip.includes(':') ? 6 : 4)));
  const [first] = families;
  return first === undefined || families.size > 1 ? {} : { family: first };
}

/** A router that was not read may know what the nodes tell each other without tunnels. */
function sureness(missing: readonly Missing[]): Partial<Pick<Draft, 'confidence' | 'surer'>> {
  const led = missing.find(
    ({ node, witness }) =>
      witness.node.devices.get(witness.route.dev ?? '')?.role !== 'tunnel' &&
      node.routes.some(
        ({ dst, family, via }) => dst.endsWith('/0') && family === witness.route.family && via !== null,
      ),
  );
  return led === undefined
    ? {}
    : {
        confidence: 'likely',
        surer: `See whether the router of ${led.node.label} knows the way: traceroute -n ${led.ips[0] ?? ''}   # on ${led.node.label}`,
      };
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
  const { label, snapshot } = node;
  const homes = [...new Set(missing.map(({ home }) => home.label))];
  const isSame = witness.node !== first.home;
  const ips = missing.flatMap((one) => one.ips);
  return {
    ...draft({
      node: label,
      device: witness.route.dev !== null && node.devices.has(witness.route.dev) ? witness.route.dev : null,
      title: `${label} has no route to Pods of ${homes.slice(0, EXAMPLES).join(', ')}${homes.length > EXAMPLES ? ` and ${String(homes.length - EXAMPLES)} more` : ''}`,
      because: `What is for ${some(ips)} goes by the default route of ${label}, if it has one. ${witness.node.label} has a route to ${isSame ? 'them' : `the Pods of ${label}`}: ${routeText(witness.route)}. Answers to packets from there are lost as well, and a reverse path filter drops the packets themselves.`,
      proofs: [
        ...(ips.some((ip) => !ip.includes(':')) ? proof(snapshot.routes4, 'default') : []),
        ...(ips.some((ip) => ip.includes(':')) ? proof(snapshot.routes6, 'default') : []),
        ...proof(
          witness.route.family === 6 ? witness.node.snapshot.routes6 : witness.node.snapshot.routes4,
          witness.route.dst,
        ),
      ],
      mend: [
        `Restart what writes these routes on ${label} (flanneld, calico-node, the CNI plugin’s daemon) and see its log.${isSame ? ' By hand, as on the other nodes:' : ''}`,
        `ip route get ${ips[0] ?? ''}   # on ${label}`,
        ...(isSame
          ? [
              `ip${witness.route.family === 6 ? ' -6' : ''} route add ${shellWord(witness.route.dst)} via ${shellWord(witness.route.via ?? '')} dev ${shellWord(witness.route.dev ?? '')}${witness.route.via !== null && !isOnLink(node, witness.route) ? ' onlink' : ''}   # on ${label}`,
            ]
          : []),
      ],
      ...subjects(missing),
    }),
    ...familyOf(missing),
    ...sureness(missing),
  };
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
        ...missing
          .slice(0, EXAMPLES)
          .flatMap(({ node }) => [
            ...(ips.some((ip) => !ip.includes(':')) ? proof(node.snapshot.routes4, 'default') : []),
            ...(ips.some((ip) => ip.includes(':')) ? proof(node.snapshot.routes6, 'default') : []),
          ]),
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
