// The host would answer Pods' ARP for their gateway and cannot: it has no unicast route to that address by another device, as where the
// node has no default route (calico#3270). Other reasons for the same silence (forwarding or proxy_arp off, the Pod's route missing) are
// told as what they are.
import { onEachNode, podName, proof } from '../cluster.ts';
import { destination, waysOut } from '../destinations.ts';
import type { Detector, Draft } from '../detector.ts';
import { draft } from '../draft.ts';
import { podsBehindGateways } from '../pod-gateway.ts';
import { podCalled, routesOf, wholeNode } from '../subject.ts';

export const gatewayArpUnanswerable: Detector = {
  id: 'gateway-arp-unanswerable',
  concludes: 'a node has no route by which it could answer its Pods’ ARP for their gateway',
  explainedBy: ['link-down', 'routes-flushed', 'ip-forward-off'],
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
        if (first === undefined) return [];
        const { label, snapshot } = node;
        const answer = destination(node, first.gateway);
        const why =
          answer?.kind === 'rejected'
            ? `it finds ${answer.type} ${answer.route?.dst ?? answer.rule.text}`
            : answer?.kind === 'route'
              ? 'the only route leads back into the Pod’s own cable'
              : 'no route fits: there is no default route';
        const drafted: Draft[] = [
          draft({
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
        ];
        return drafted;
      },
    ),
};
