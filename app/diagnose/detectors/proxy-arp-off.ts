// The host does not answer a Pod's ARP for its gateway: proxy_arp is off on the Pod's cable, or its answers are delayed.
import { shellWord } from '../../probe/shell-word.ts';
import { onEachNode, podName, proof } from '../cluster.ts';
import type { Detector, Draft } from '../detector.ts';
import { draft } from '../draft.ts';
import { podsBehindGateways } from '../pod-gateway.ts';
import { deviceOf, podCalled } from '../subject.ts';

export const proxyArpOff: Detector = {
  id: 'proxy-arp-off',
  concludes: 'the host does not answer for a Pod’s gateway: proxy_arp is off on its cable',
  explainedBy: [],
  detect: (cluster) =>
    onEachNode(
      cluster,
      'settings',
      ({ snapshot }) => snapshot.settings,
      (node, { sysctls }) =>
        podsBehindGateways(cluster, node).flatMap(({ pod, gateway, device }): Draft[] => {
          const path = `ipv4/conf/${device}/proxy_arp`;
          const delayPath = `ipv4/neigh/${device}/proxy_delay`;
          const off = sysctls.get(path) === '0' && sysctls.get('ipv4/conf/all/proxy_arp') !== '1';
          const delay = Number(sysctls.get(delayPath) ?? 0);
          if (!off && !(delay > 0)) return [];
          const who = podName(pod);
          return [
            draft({
              severity: off ? 'error' : 'warning',
              node: node.label,
              device,
              pod: who,
              title: off
                ? `${node.label} does not answer ${who}’s ARP for its gateway: proxy_arp of ${device} is 0`
                : `${node.label} answers ${who}’s ARP for its gateway late: proxy_delay of ${device} is ${delay}`,
              because: off
                ? `The Pod asks for ${gateway}, which nobody has; the host has to answer in its place. It lives on what it learned before until that neighbour entry ages, then sends nothing any more.`
                : `The kernel waits up to ${delay} hundredths of a second before it answers for ${gateway}: connections begin late.`,
              proofs: proof(node.snapshot.settings, off ? path : delayPath),
              mend: off
                ? [
                    'Switch it on; Felix does when it starts. See who switched it off.',
                    `sysctl -w ${shellWord(`net/ipv4/conf/${device}/proxy_arp=1`)}   # on ${node.label}`,
                  ]
                : [
                    'Set it to 0, as Felix does.',
                    `sysctl -w ${shellWord(`net/ipv4/neigh/${device}/proxy_delay=0`)}   # on ${node.label}`,
                  ],
              breaks: off ? [podCalled(who), deviceOf(node.label, device)] : [],
            }),
          ];
        }),
    ),
};
