// A BGP session that is up and brings nothing (FIELD-NOTES §1: Established alone is not enough): nodes that have it, or have a reflector
// in common, and no route to each other's Pods but the default one.
import { dependsOnBgp, isAway, pairName } from './bgp-pairs.ts';
import { proof, type Cluster, type DiagnosedNode } from './cluster.ts';
import type { Draft } from './detector.ts';
import { destination } from './destinations.ts';
import { draft } from './draft.ts';
import { housed } from './housed-addresses.ts';
import { LongestPrefix } from './longest-prefix.ts';
import { overlap } from './prefixes.ts';
import { addressOf, bgpOf, routesOf, sessionOf, wholeNode } from './subject.ts';
import type { BgpMatrixPair } from '../topology/bgp-matrix-model.ts';

/** Of a session that has just come up routes are on their way. */
const YOUNG_S = 10;
const EXAMPLES = 3;

interface Untold {
  /** Whose Pods are meant. */
  readonly home: DiagnosedNode;
  readonly ips: readonly string[];
  /** Who should know the way to them. */
  readonly peers: readonly DiagnosedNode[];
  readonly lacking: readonly DiagnosedNode[];
}

export function untoldDrafts(cluster: Cluster): Draft[] {
  const ears = earsOf(cluster);
  return cluster.nodes.flatMap((home) => {
    const untold = untoldOf(cluster, home, ears);
    return untold === null ? [] : draftsOf(cluster, untold);
  });
}

function untoldOf(cluster: Cluster, home: DiagnosedNode, ears: ReadonlyMap<string, Ears>): Untold | null {
  if (!speaks(cluster, home)) return null;
  const ips = housed(cluster).flatMap(({ node, ip }) =>
    node === home && !ip.includes(':') && !isKept(cluster, ip) ? [ip] : [],
  );
  if (ips.length === 0) return null;
  const peers = cluster.nodes.filter(
    (peer) => peer !== home && speaks(cluster, peer) && hears(ears, peer.label, home.label),
  );
  // Each of its blocks is a route of its own.
  const unknown = ips.filter((ip) => peers.some((peer) => isUnknown(peer, ip)));
  const lacking = peers.filter((peer) => unknown.some((ip) => isUnknown(peer, ip)));
  return lacking.length === 0 ? null : { home, ips: unknown, peers, lacking };
}

/** Its pool is one of which BGP is to tell nobody. */
function isKept({ inventory }: Cluster, ip: string): boolean {
  return Object.values(inventory?.calico.pools ?? {}).some(
    ({ cidr, disableBgpExport }) => disableBgpExport && overlap(cidr, ip),
  );
}

function speaks(cluster: Cluster, node: DiagnosedNode): boolean {
  return node.entity.bird.state === 'running' && dependsOnBgp(node) && !isAway(cluster, node);
}

interface Ears {
  readonly peers: ReadonlySet<string>;
  /** Peers that pass on to it what others told them. */
  readonly reflectors: ReadonlySet<string>;
}

/** By label, from the sessions that are up: a full mesh of a hundred nodes has 5,000. */
function earsOf({ bgp }: Cluster): ReadonlyMap<string, Ears> {
  const found = new Map<string, { peers: Set<string>; reflectors: Set<string> }>();
  for (const { sides, ends } of bgp.pairs.filter(isSettled))
    for (const { name } of sides) {
      const own = found.get(name) ?? { peers: new Set(), reflectors: new Set() };
      found.set(name, own);
      for (const side of sides) if (side.name !== name) own.peers.add(side.name);
      for (const end of ends)
        if (end?.reflects === true && end.nodeLabel !== name) own.reflectors.add(end.nodeLabel);
    }
  return found;
}

function hears(ears: ReadonlyMap<string, Ears>, one: string, other: string): boolean {
  const [own, far] = [ears.get(one), ears.get(other)];
  if (own === undefined || far === undefined) return false;
  return own.peers.has(other) || [...own.reflectors].some((label) => far.reflectors.has(label));
}

/** Of IPv4, up on both sides, for a while. */
function isSettled({ family, ends }: BgpMatrixPair): boolean {
  return (
    family === 4 &&
    ends.every((end) => {
      const [since, asked] = [end?.sinceAt ?? null, end?.readAt ?? null];
      return (
        end?.health === 'established' && since !== null && asked !== null && asked.s - since.s >= YOUNG_S
      );
    })
  );
}

/** It has no route that is meant for it. */
function isUnknown(node: DiagnosedNode, ip: string): boolean {
  const answer = destination(node, ip);
  return answer?.kind === 'none' || (answer?.kind === 'route' && /\/0$|^default$/.test(answer.route.dst));
}

function isToldNothing(cluster: Cluster, home: DiagnosedNode, peer: DiagnosedNode): boolean {
  const between = cluster.bgp.pairs.filter(
    ({ family, sides }) =>
      family === 4 && sides.every(({ name }) => name === home.label || name === peer.label),
  );
  const own = between.flatMap(({ ends }) => ends.filter((end) => end?.nodeLabel === home.label));
  return own.length > 0 && own.every((end) => end?.exported === 0);
}

function draftsOf(cluster: Cluster, { home, ips, peers, lacking }: Untold): Draft[] {
  const some = `${ips.slice(0, EXAMPLES).join(', ')}${ips.length > EXAMPLES ? ', …' : ''}`;
  // Where nobody knows them, or BIRD there says that it tells them nothing, it is who should have told.
  const all =
    lacking.length === peers.length &&
    (peers.length > 1 || lacking.every((one) => isToldNothing(cluster, home, one)));
  const guilty = all ? [home] : lacking;
  return guilty.map((node) => {
    const whose = all ? lacking : [node];
    const pairs = cluster.bgp.pairs.filter(({ sides }) =>
      sides.every(({ name }) => name === home.label || whose.some(({ label }) => label === name)),
    );
    // What it has learned and not put into its kernel, nobody refused.
    const kept = all ? [] : learned(node, ips);
    return draft({
      confidence: all ? 'certain' : 'likely',
      surer: all
        ? null
        : kept.length > 0
          ? `Ask BIRD on ${node.label}: birdcl show protocols, whether its kernel protocol is up.`
          : `See whether ${home.label} tells them and ${node.label} refuses them: birdcl show route export, and filtered.`,
      node: node.label,
      title: all
        ? `${home.label} tells nobody of its Pods’ addresses, though its BGP sessions are up`
        : kept.length > 0
          ? `${node.label} has no route to Pods of ${home.label}, though its BIRD has learned one`
          : `${node.label} has no route to Pods of ${home.label}, though their BGP session is up`,
      because: `${whose.map(({ label }) => label).join(', ')} ${whose.length === 1 ? 'knows' : 'know'} no way to ${some} but the default route, if any. ${pairs
        .flatMap((pair) =>
          pair.ends.flatMap((end) =>
            end === null
              ? []
              : [
                  `${end.nodeLabel} exports ${end.exported ?? '?'} and has imported ${end.imported ?? '?'} over ${pairName(pair)}`,
                ],
          ),
        )
        .slice(0, 4)
        .join(
          '; ',
        )}.${kept.length > 0 ? ` BIRD on ${node.label} has ${kept.slice(0, EXAMPLES).join(', ')} and has not put it into the kernel’s table main: its kernel protocol is disabled, exports something else, or into another table.` : ''}`,
      proofs: [
        ...proof(home.snapshot.bird, 'Routes', 'Established'),
        ...whose.slice(0, 2).flatMap((one) => proof(one.snapshot.routes4, 'default', 'bird')),
      ],
      mend: [
        all
          ? `See what BIRD on ${home.label} has of its own block, and what its export filter lets pass: confd’s templates, a BGPFilter, a protocol that is disabled.`
          : kept.length > 0
            ? `See BIRD’s kernel protocol on ${node.label}: whether it is up, what its export filter lets pass, and into which table it writes.`
            : 'See what each side exports and imports, and which filter refuses it.',
        `birdcl show protocols; birdcl show route   # on ${home.label}`,
        `birdcl show route filtered   # on ${whose[0]?.label ?? ''}`,
      ],
      breaks: ips.map(addressOf),
      // Who tells nobody does so whatever is the matter with one of those.
      touches: [
        wholeNode(home.label),
        bgpOf(home.label),
        ...(all ? [] : whose).flatMap(({ label }) => [
          wholeNode(label),
          bgpOf(label),
          routesOf(label),
          sessionOf(home.label, label),
        ]),
      ],
    });
  });
}

/** Routes that lead there which its daemon would use. */
function learned({ snapshot }: DiagnosedNode, ips: readonly string[]): string[] {
  const routes = new LongestPrefix(
    (snapshot.bird?.value?.routes?.routes ?? []).filter(
      ({ dst, type, source, primary }) =>
        source === 'BGP' && type === 'unicast' && primary && !dst.endsWith('/0'),
    ),
  );
  return [...new Set(ips.flatMap((ip) => routes.of(ip)?.dst ?? []))];
}
