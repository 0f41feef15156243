// VXLAN packets arrive with a wrong UDP or inner checksum (calico#4865, #9433): a NIC's or tunnel's offload at the sender computes it wrongly.
// ICMP passes, since the kernel computes that one itself; TCP and UDP do not. Only the receiver's counters show it: at the sender a wrong
// checksum in a capture is how offload looks.
import { shellWord } from '../../probe/shell-word.ts';
import { proof, type DiagnosedNode } from '../cluster.ts';
import { whereLost } from '../counted-losses.ts';
import type { Detector } from '../detector.ts';
import { draft } from '../draft.ts';
import { placeOf } from '../drop-places.ts';
import type { InterfaceEntity } from '../../topology/model.ts';

const CHECKSUM = /^(Udp|Tcp|Udp6)InCsumErrors$/;

export const vxlanChecksumOffload: Detector = {
  id: 'vxlan-checksum-offload',
  concludes: 'a node with a VXLAN device, or a Pod on it, receives TCP or UDP with wrong checksums now',
  explainedBy: [],
  detect: (cluster) =>
    whereLost(
      cluster,
      ({ reason, proof: counted }, node) =>
        reason === 'bad-checksum' &&
        tunnelOf(node) !== undefined &&
        counted.some(({ counter, rise }) => rise > 0 && CHECKSUM.test(counter))
          ? 'node'
          : undefined,
      (node, _, { packets, counters, entries: [first] }) => {
        const tunnel = tunnelOf(node);
        if (tunnel === undefined) return [];
        const place = placeOf(cluster, node, first.namespace);
        // Who sends with the offload on is the culprit; of several each may be.
        const senders = cluster.nodes.filter(
          (other) =>
            other !== node &&
            [...(other.snapshot.settings?.value?.offloads ?? [])].some(
              ([device, features]) =>
                other.devices.get(device)?.kind === 'vxlan' &&
                features.get('tx-checksum-ip-generic')?.startsWith('on') === true,
            ),
        );
        return [
          draft({
            confidence: 'likely',
            surer: 'Switch the offload off at the sender and see whether the counter stands still.',
            node: node.label,
            device: tunnel.name,
            pod: place.podName,
            title: `${node.label} receives packets with wrong checksums through ${tunnel.name}`,
            because: `${packets} in the last seconds (${counters.join(', ')} of ${place.name}). With VXLAN that is a sender’s checksum offload${senders.length === 0 ? '' : `: tx-checksum-ip-generic is on at ${senders.map(({ label }) => label).join(', ')}`}. Ping works, TCP and UDP do not.`,
            proofs: [
              ...proof(node.snapshot.counters, 'Udp', 'Tcp'),
              ...senders
                .slice(0, 2)
                .flatMap(({ snapshot }) => proof(snapshot.settings, 'tx-checksum-ip-generic')),
            ],
            mend: [
              'Switch it off on the VXLAN device of the senders; Calico: FELIX_FEATUREDETECTOVERRIDE="ChecksumOffloadBroken=true".',
              `ethtool -K ${shellWord(tunnel.name)} tx-checksum-ip-generic off   # on ${senders.map(({ label }) => label).join(', ') || 'the senders'}`,
            ],
          }),
        ];
      },
    ),
};

function tunnelOf({ devices }: DiagnosedNode): InterfaceEntity | undefined {
  return [...devices.values()].find(({ kind }) => kind === 'vxlan');
}
