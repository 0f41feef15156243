// A living Pod has an address of a block that belongs to another node (borrowed), and that node throws it away: its own block is a
// blackhole there, and the /32 that would win was never told to it (calico#3246). Or the Pod's own node has such a route before the /32.
import { everywhere, podName, proof, type Cluster, type DiagnosedNode } from '../cluster.ts';
import { destination, refusal } from '../destinations.ts';
import type { Detector, Draft } from '../detector.ts';
import { draft } from '../draft.ts';
import { housed, ownBlock, type Housed } from '../housed-addresses.ts';
import { addressOf, bgpOf, podCalled, routesOf, wholeNode } from '../subject.ts';

export const blackholeShadowsPod: Detector = {
  id: 'blackhole-shadows-pod',
  concludes:
    'a Pod’s address is thrown away by the blackhole of a node’s own block, or on the Pod’s own node',
  explainedBy: [
    'pod-route-missing',
    'link-down',
    'routes-flushed',
    'stale-bgp-routes',
    'duplicate-pod-ip',
    'bgp-not-established',
    'bgp-port-blocked',
    'bgp-auth-mismatch',
    'bgp-as-mismatch',
  ],
  detect: (cluster) =>
    everywhere(
      housed(cluster).flatMap((house) => {
        const shadows = cluster.nodes.flatMap((node) => {
          const answer = refusal(node, house.ip);
          if (answer === null) return [];
          const dst = answer.route?.dst ?? `rule ${answer.rule.text}`;
          return node === house.node || ownBlock(cluster, node, dst)
            ? [{ node, what: `${answer.type} ${dst}`, dst }]
            : [];
        });
        return shadows.length === 0 ? [] : [shadowed(cluster, house, shadows)];
      }),
    ),
};

function shadowed(
  cluster: Cluster,
  { node, pod, ip, device }: Housed,
  shadows: readonly { readonly node: DiagnosedNode; readonly what: string; readonly dst: string }[],
): Draft {
  const who = podName(pod);
  const names = shadows.map((one) => one.node.label);
  const here = names.includes(node.label);
  const what = [...new Set(shadows.map((one) => one.what))].join(', ');
  return draft({
    node: node.label,
    device,
    pod: who,
    title: `Packets for ${ip} of ${who} end in a blackhole on ${names.join(', ')}`,
    because: here
      ? `It lives on ${node.label}, where its address finds ${what} before its own route.`
      : `It lives on ${node.label} with an address of a block of ${names.join(', ')} (borrowed). There the block itself is ${what}, and no /32 of that address is known, which would win: ${node.label} does not tell it, or it is refused.`,
    proofs: [
      ...shadows.flatMap((one) => [
        ...proof(one.node.snapshot.routes4, one.dst),
        ...proof(one.node.snapshot.routes6, one.dst),
      ]),
      ...proof(node.snapshot.routes4, ip),
      ...proof(cluster.inventory?.kinds['calico.blocks'], ...shadows.map((one) => one.dst)),
    ],
    mend: here
      ? [
          'Take that route or rule away unless somebody means it.',
          `ip route get ${ip}   # on ${node.label}`,
          'ip rule',
        ]
      : [
          `Let ${node.label} tell the /32 to the others, and them take it: BIRD’s export filter there, its import filter at ${names.join(', ')}. Or delete the Pod, so that it gets an address of its own node’s block.`,
          `birdcl show route for ${ip} all   # on ${node.label} and ${names[0] ?? ''}`,
          `ip route get ${ip}   # on ${names[0] ?? ''}`,
          'calicoctl ipam show --show-borrowed',
        ],
    family: ip.includes(':') ? 6 : 4,
    breaks: [podCalled(who), addressOf(ip)],
    touches: [...new Set([...(isKeptBack(cluster, node, ip, names) ? [] : names), node.label])].flatMap(
      (label) => [wholeNode(label), routesOf(label), bgpOf(label), addressOf(ip), podCalled(who)],
    ),
  });
}

/** Another, whose session with its node is up, was not told it either: nothing at those who throw it away is behind that. */
function isKeptBack(
  cluster: Cluster,
  home: DiagnosedNode,
  ip: string,
  shadowing: readonly string[],
): boolean {
  return cluster.bgp.pairs.some(({ sides, ends }) => {
    const other = sides.find(({ name }) => name !== home.label);
    const witness = other === undefined ? null : cluster.node(other.name);
    if (witness === null || !sides.some(({ name }) => name === home.label)) return false;
    if (shadowing.includes(witness.label) || !ends.every((end) => end?.health === 'established'))
      return false;
    const answer = destination(witness, ip);
    return answer?.kind === 'route' && !/\/(32|128)$/.test(answer.route.dst);
  });
}
