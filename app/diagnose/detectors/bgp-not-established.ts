// A BGP session that should be up and is not, or is up and brings nothing, whatever the reason: others that know it explain this one.
import { shellWord } from '../../probe/shell-word.ts';
import { birdcl, culprits, endsOf, pairName, speaksBgp, touchedBy, troubledPairs } from '../bgp-pairs.ts';
import { everywhere, proof, type Cluster, type DiagnosedNode } from '../cluster.ts';
import { untoldDrafts } from '../bgp-untold.ts';
import { surveyOf } from '../paths/stops.ts';
import type { PathReason } from '../paths/stopped-path.ts';
import type { Detector, Draft } from '../detector.ts';
import { calicoNamespace } from '../pods.ts';
import type { BgpMatrixPair } from '../../topology/bgp-matrix-model.ts';
import { bgpOf, sessionOf, wholeNode } from '../subject.ts';

export const bgpNotEstablished: Detector = {
  id: 'bgp-not-established',
  concludes: 'a BGP session that should be up is not, or brings no routes, from what both its sides say',
  explainedBy: [
    'bgp-not-established',
    'bgp-port-blocked',
    'bgp-auth-mismatch',
    'bgp-as-mismatch',
    'stale-bgp-routes',
    'routes-flushed',
    'netmask-mismatch',
    'tc-drops',
    'link-down',
    'ipv6-disabled',
    'address-unusable',
    'node-identity-clash',
    'node-address-mismatch',
    'wrong-neighbour',
    'duplicate-mac',
    'own-address-not-local',
    'policy-routing-diverts',
  ],
  detect(cluster) {
    const pairs = troubledPairs(cluster);
    const first = culprits(pairs);
    // Whose addresses are not known may have a session that nobody recognises.
    const placed = ({ name }: { readonly name: string }): boolean =>
      (cluster.node(name)?.entity.addresses.length ?? 0) > 0;
    const missing = cluster.bgp.gaps.filter(({ sides }) =>
      sides.every((side) => placed(side) && speaksBgp(cluster, cluster.node(side.name))),
    );
    const gaps = missing.map(({ sides, sentence }): Draft => {
      const [one, other] = sides;
      return {
        severity: 'error',
        confidence: 'likely',
        surer: 'Read what confd wrote to the BIRD configuration of both nodes.',
        where: { node: one.name, interface: null, pod: null },
        title: `${one.name} and ${other.name} have no BGP session with each other`,
        because: `${sentence} ${cluster.bgp.mesh.sentence}`,
        proofs: [one, other].flatMap(({ name }) => birdProof(cluster.node(name), [])),
        suggestion: {
          sentence: 'See whether calico-node runs on both and knows of both nodes.',
          commands: ['calicoctl node status', 'calicoctl get nodes -o wide'],
        },
        breaks: [sessionOf(one.name, other.name)],
        touches: [one, other].flatMap(({ name }) => [wholeNode(name), bgpOf(name)]),
      };
    });
    const strangers = cluster.nodes.filter(({ entity }) =>
      ['unknown', 'not-permitted'].includes(entity.bird.state),
    );
    const skipped =
      strangers.length === 0
        ? null
        : `What BIRD says on ${strangers.map(({ label }) => label).join(', ')} is not known: log in as root, or name kubectl in the cluster file.`;
    return everywhere(
      [
        ...daemonsMissing(cluster, pairs),
        ...pairs.map((pair) => pairDraft(cluster, pair, first.get(pair) ?? '')),
        ...gaps,
        ...untoldDrafts(cluster),
      ],
      skipped,
    );
  },
};

/** Peers have sessions with a node on which no daemon runs. One that left routes behind is stale-bgp-routes' to tell. */
function daemonsMissing(cluster: Cluster, pairs: readonly BgpMatrixPair[]): Draft[] {
  return cluster.nodes.flatMap((node): Draft[] => {
    const { label, entity } = node;
    const { state, sentence, kernelRoutes } = entity.bird;
    const wanted = pairs.filter(({ sides }) => sides.some(({ nodeId }) => nodeId === entity.id));
    if ((state !== 'dead' && state !== 'absent') || wanted.length === 0) return [];
    if (state === 'dead' && kernelRoutes > 0) return [];
    return [
      {
        severity: 'error',
        confidence: 'certain',
        surer: null,
        where: { node: label, interface: null, pod: null },
        title: `No BGP daemon runs on ${label}`,
        because: `${wanted.length === 1 ? 'Another node has' : `${wanted.length} others have`} a session with ${label}, where ${sentence === null ? 'no BIRD answers' : `BIRD is: ${sentence}`}. Its Pods’ addresses are no longer told to anybody, and it learns of nobody’s.`,
        proofs: proof(node.snapshot.bird),
        suggestion: {
          sentence: `Start BIRD on ${label}: with Calico it runs in calico-node.`,
          commands: [
            `kubectl -n ${calicoNamespace(cluster)} get pods -o wide --field-selector spec.nodeName=${entity.kubernetesName ?? label}`,
            `kubectl -n ${calicoNamespace(cluster)} logs -l k8s-app=calico-node -c calico-node --tail=50`,
          ],
        },
        breaks: [bgpOf(label)],
        touches: [wholeNode(label)],
      },
    ];
  });
}

function pairDraft(cluster: Cluster, pair: BgpMatrixPair, suspect: string): Draft {
  const ends = endsOf(pair);
  const disabled = ends.find(({ health }) => health === 'disabled');
  const lacking = pair.sides.find(
    ({ name }, at) => pair.ends[at] === null && cluster.node(name)?.entity.bird.state === 'running',
  );
  const node = disabled?.nodeLabel ?? lacking?.name ?? suspect;
  const known = disabled !== undefined || lacking !== undefined;
  const limited = pair.verdict === 'flapping';
  return {
    severity: isSpare(cluster, pair) ? 'warning' : 'error',
    confidence: known ? 'certain' : 'likely',
    surer: known ? null : 'Ask the kernel’s log and BIRD’s on both nodes why it goes no further.',
    where: { node, interface: null, pod: null },
    title:
      disabled !== undefined
        ? `The BGP session ${pairName(pair)} is switched off on ${disabled.nodeLabel}`
        : limited
          ? `The BGP session ${pairName(pair)} goes up and down`
          : `The BGP session ${pairName(pair)} is not up`,
    because: pair.sentences.slice(0, 3).join(' '),
    proofs: ends.flatMap((end) =>
      birdProof(cluster.node(end.nodeLabel), [end.name, end.neighbourAddress ?? end.name]),
    ),
    suggestion:
      disabled !== undefined
        ? {
            sentence: `Enable it on ${disabled.nodeLabel}.`,
            commands: [birdcl(disabled, `enable ${shellWord(disabled.name)}`)],
          }
        : lacking !== undefined
          ? {
              sentence: `Configure it on ${lacking.name}, too: Calico’s nodes and BGPPeers have to name both.`,
              commands: ['calicoctl get bgppeers -o yaml', 'calicoctl get nodes -o wide'],
            }
          : {
              sentence: 'Look at the session’s state and last error on both sides.',
              commands: ends.map((end) => birdcl(end, `show protocols all ${shellWord(end.name)}`)),
            },
    family: pair.family,
    breaks: [sessionOf(pair.sides[0].name, pair.sides[1].name)],
    touches: touchedBy(pair),
    // That it is switched off was somebody's choice, whatever else is the matter.
    ...(disabled === undefined ? {} : { explainedBy: [] }),
  };
}

/**
 * With somebody who is none of the nodes, while its one node has other sessions and no packet that was followed ends there for want of a
 * route: a router that is off for good, or one of two.
 */
function isSpare(cluster: Cluster, pair: BgpMatrixPair): boolean {
  const own = pair.sides.filter(({ nodeId }) => nodeId !== null);
  const [side] = own;
  const node = cluster.nodes.find(({ entity }) => entity.id === side?.nodeId);
  if (own.length !== 1 || node === undefined) return false;
  const others = cluster.bgp.pairs.some(
    (one) =>
      one !== pair &&
      one.family === pair.family &&
      one.ends.some((end) => end?.nodeId === side?.nodeId && end?.health === 'established'),
  );
  const lost = surveyOf(cluster).stops.some(
    ({ reason, hop }) => ROUTELESS.has(reason) && hop.netnsId === node.entity.rootNetns,
  );
  return others && !lost;
}

const ROUTELESS: ReadonlySet<PathReason> = new Set<PathReason>([
  'no-route',
  'unreachable',
  'blackhole',
  'away',
]);

function birdProof(node: DiagnosedNode | null, shows: readonly string[]) {
  return proof(node?.snapshot.bird, ...shows);
}
