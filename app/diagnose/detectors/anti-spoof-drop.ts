// A Pod sends from an address that its node does not route to it, and Calico's raw table drops that before routes are asked
// (felix/rules/endpoints.go, rpfilter --invert). Only what the Pod's own kernel would send so counts.
import { shellWord } from '../../probe/shell-word.ts';
import { everywhere, type Cluster } from '../cluster.ts';
import type { Detector, Draft } from '../detector.ts';
import { filterOf, stopsClaimedAs } from '../paths/claims.ts';
import { packetSource } from '../paths/packet-ends.ts';
import { pathDraft, pathNames } from '../paths/path-draft.ts';
import type { Stop } from '../paths/stops.ts';

export const antiSpoofDrop: Detector = {
  id: 'anti-spoof-drop',
  concludes: 'a Pod sends from an address that is not its own, and its node drops that as forged',
  explainedBy: [
    'pod-route-missing',
    'peer-route-missing',
    'masquerade-missing',
    'routes-flushed',
    'duplicate-pod-ip',
    'pod-ip-equals-tunnel-ip',
    'blackhole-shadows-pod',
    'policy-routing-diverts',
  ],
  detect: (cluster) =>
    everywhere(stopsClaimedAs(cluster, 'anti-spoof-drop').map((stop) => spoofed(cluster, stop))),
};

function spoofed(cluster: Cluster, stop: Stop): Draft {
  const { hop, paths } = stop;
  const rule = filterOf(stop);
  const source = packetSource(hop.packet);
  const device = hop.ingress ?? '';
  const pod = Object.values(cluster.topology.pods).find(
    ({ hostInterfaceId, until }) => until === null && hostInterfaceId === hop.ingressId,
  );
  const who = pod === undefined ? device : `${pod.namespace === null ? '' : `${pod.namespace}/`}${pod.name}`;
  const own = pod?.ips.join(', ') ?? '';
  const forged = pod !== undefined && !pod.ips.includes(source);
  return pathDraft(cluster, stop, {
    device,
    pod: pod === undefined ? null : who,
    // Whatever the node's routes are: that address is none of the Pod's.
    ...(forged ? { explainedBy: [] } : {}),
    title: forged
      ? `${who} sends from ${source}, which is not its address: ${hop.node} drops it as forged`
      : pod === undefined
        ? `${hop.node} drops what comes in by ${device} from ${source} as forged`
        : `${hop.node} drops what ${who} sends as forged, though ${source} is its address`,
    because: `${forged ? `Its address is ${own}, and its own routes make its kernel send from ${source}.` : `The route to ${source} does not lead back by ${device}.`} Rule ${rule?.number ?? 0} of ${rule?.table ?? ''} ${rule?.chain ?? ''} asks whether an answer would go back by ${device}, and it would not. ${pathNames(paths)} ${paths.length === 1 ? 'ends' : 'end'} there without a word.`,
    mend: [
      forged
        ? 'Take the address away inside the Pod, or tell Calico that it may (annotation cni.projectcalico.org/allowedSourcePrefixes).'
        : `Mend the route to ${source} on ${hop.node}, or what sends it there by ${device}.`,
      `ip route get ${source}   # on ${hop.node}`,
      ...(pod === undefined ? [] : ['ip addr show; ip route show   # inside the Pod']),
      `${rule === null ? 'iptables-save -c -t raw' : `iptables-save -c -t ${shellWord(rule.table)} | grep -- ${shellWord(rule.chain)}`}   # on ${hop.node}`,
    ],
    shows: [rule?.chain ?? 'rpfilter'],
  });
}
