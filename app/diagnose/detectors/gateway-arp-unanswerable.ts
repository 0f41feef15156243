// The host would answer Pods' ARP for their gateway and cannot: it has no unicast route to that address by another device, as where the
// node has no default route (calico#3270). Other reasons for the same silence (forwarding or proxy_arp off, the Pod's route missing) are
// told as what they are. Of Pods behind a bridge the gateway is an address of the bridge: where nobody has it any more, nobody answers either.
import { onEachNode, podName, proof, type DiagnosedNode } from '../cluster.ts';
import { destination, waysOut } from '../destinations.ts';
import { tableName } from '../../route/rule-match.ts';
import type { Detector, Draft } from '../detector.ts';
import { draft } from '../draft.ts';
import { shellWord } from '../../probe/shell-word.ts';
import { lostGateways, podsBehindGateways, type LostGateway } from '../pod-gateway.ts';
import { deviceOf, podCalled, routesOf, wholeNode } from '../subject.ts';

const OF_ROUTES = ['link-down', 'routes-flushed', 'ip-forward-off'] as const;

export const gatewayArpUnanswerable: Detector = {
  id: 'gateway-arp-unanswerable',
  concludes:
    'a node has no route by which it could answer its Pods’ ARP for their gateway, or lost its address',
  explainedBy: [...OF_ROUTES, 'policy-routing-diverts'],
  detect: (cluster) =>
    onEachNode(
      cluster,
      'IPv4 routes',
      ({ snapshot }) => snapshot.routes4,
      (node) => {
        const unanswered = podsBehindGateways(cluster, node).filter(({ gateway, device }) => {
          const answer = destination(node, gateway);
          return answer !== null && !waysOut(answer).some((dev) => dev !== device);
        });
        const [first] = unanswered;
        const lost = lostGateways(cluster, node).map((one) => withoutAddress(node, one));
        if (first === undefined) return lost;
        const { label, snapshot } = node;
        const answer = destination(node, first.gateway);
        // Then it is the rules that do not lead there.
        const mainHas = node.routes.some(
          ({ dst, table, type }) => dst === '0.0.0.0/0' && tableName(table) === 'main' && type === 'unicast',
        );
        const why =
          answer?.kind === 'rejected'
            ? `it finds ${answer.type} ${answer.route?.dst ?? answer.rule.text}`
            : answer?.kind === 'route'
              ? 'the only route leads back into the Pod’s own cable'
              : mainHas
                ? 'no policy rule leads to a route that fits'
                : 'no route fits: there is no default route';
        const drafted: Draft[] = [
          {
            ...(mainHas ? {} : { explainedBy: OF_ROUTES }),
            ...draft({
              node: label,
              pod: unanswered.length === 1 ? podName(first.pod) : null,
              title: `${label} cannot answer its Pods’ ARP for ${first.gateway}`,
              because: `Proxy ARP answers only for what the node itself would send out by another device, and of ${first.gateway} ${why}. ${unanswered.length === 1 ? podName(first.pod) : `${unanswered.length} Pods`} there cannot send anything once what they learned before has aged.`,
              proofs: proof(snapshot.routes4, 'default', '0.0.0.0/0', first.gateway),
              mend: [
                'Give the node a default route, or one to that address alone.',
                `ip route get ${first.gateway}   # on ${label}`,
                `ip route add ${first.gateway}/32 dev NIC   # enough for ARP`,
              ],
              breaks: unanswered.map(({ pod }) => podCalled(podName(pod))),
              touches: [wholeNode(label), routesOf(label)],
            }),
          },
        ];
        return [...drafted, ...lost];
      },
    ),
};

function withoutAddress({ label, snapshot }: DiagnosedNode, lost: LostGateway): Draft {
  const { bridge, gateway, prefixLength, pods } = lost;
  const { name, addresses } = bridge;
  const has = addresses.filter(({ scope }) => scope === 'global').map(({ address }) => address);
  const [first] = pods;
  const who = pods.length === 1 && first !== undefined ? podName(first) : `${String(pods.length)} Pods`;
  return draft({
    node: label,
    device: name,
    title: `${name} on ${label} does not have ${gateway}, the gateway of ${who} behind it`,
    because: `${who} there ${pods.length === 1 ? 'sends' : 'send'} what is for others to ${gateway} on ${name}, and nobody has that address: ${name} has ${has.length === 0 ? 'no address of its own' : has.join(', ')}. Their ARP stays without an answer, and the node’s route to them, which goes with the address, may be lost as well.`,
    proofs: [...proof(snapshot.links, name), ...proof(snapshot.routes4, name)],
    mend: [
      `Give ${name} its address back; see who took it (a network service, another CNI plugin).`,
      `ip addr show dev ${shellWord(name)}   # on ${label}`,
      `ip addr add ${gateway}/${String(prefixLength)} brd + dev ${shellWord(name)}   # on ${label}`,
    ],
    breaks: [...pods.map((pod) => podCalled(podName(pod))), deviceOf(label, name)],
    touches: [wholeNode(label), deviceOf(label, name)],
  });
}
