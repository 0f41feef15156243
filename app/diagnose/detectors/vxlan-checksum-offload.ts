// VXLAN packets arrive with a wrong UDP or inner checksum (calico#4865, #9433): a NIC's or tunnel's offload at the sender computes it wrongly.
// ICMP passes, since the kernel computes that one itself; TCP and UDP do not. Only the receiver's counters show it: at the sender a wrong
// checksum in a capture is how offload looks. Where one node alone sends through the tunnel, it is the place; else each may be.
import { shellWord } from '../../probe/shell-word.ts';
import { proof, type DiagnosedNode } from '../cluster.ts';
import { whereLost } from '../counted-losses.ts';
import type { Detector, Draft } from '../detector.ts';
import { draft } from '../draft.ts';
import { placeOf } from '../drop-places.ts';
import { tunnelNetworks, type TunnelEnd } from '../tunnel-traffic.ts';
import type { InterfaceEntity } from '../../topology/model.ts';

const CHECKSUM = /^(Udp|Tcp|Udp6)InCsumErrors$/;
const FEATURE = 'tx-checksum-ip-generic';

export const vxlanChecksumOffload: Detector = {
  id: 'vxlan-checksum-offload',
  concludes: 'a node with a VXLAN device, or a Pod on it, receives TCP or UDP with wrong checksums now',
  explainedBy: [],
  detect(cluster) {
    const networks = tunnelNetworks(cluster, 'vxlan');
    const found = whereLost(
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
        const counted = `${packets} in the last seconds (${counters.join(', ')} of ${place.name})`;
        const proofs = proof(node.snapshot.counters, 'Udp', 'Tcp');
        const senders = sendersTo(networks, node, tunnel);
        const [only, ...more] = senders;
        return only !== undefined && more.length === 0
          ? [sentBy(only, node, { counted, proofs })]
          : [receivedBy(senders, node, tunnel, { counted, proofs, pod: place.podName })];
      },
    );
    return { ...found, drafts: oncePerSender(found.drafts) };
  },
};

/** Other ends of its tunnel that sent something lately, or of which that is not known. */
function sendersTo(
  networks: readonly (readonly TunnelEnd[])[],
  node: DiagnosedNode,
  tunnel: InterfaceEntity,
): readonly TunnelEnd[] {
  const ends = networks.find((network) =>
    network.some((end) => end.node === node && end.device.name === tunnel.name),
  );
  return (ends ?? []).filter((end) => end.node !== node && (end.sent > 0 || end.seconds === 0));
}

interface Counted {
  readonly counted: string;
  readonly proofs: Draft['proofs'];
}

const SURER = 'Switch the offload off at the sender and see whether the counter stands still.';

function sentBy({ node, device }: TunnelEnd, receiver: DiagnosedNode, { counted, proofs }: Counted): Draft {
  const state = offloadOf(node, device);
  const why =
    state === 'off'
      ? `its ${FEATURE} is off, so that what is below the tunnel damages them: the NIC’s own offloads, or something on the wire`
      : `with VXLAN that is the sender’s checksum offload${state === 'on' ? `: ${FEATURE} is on there` : ''}`;
  return draft({
    confidence: 'likely',
    surer: SURER,
    node: node.label,
    device: device.name,
    title: `${node.label} sends packets with wrong checksums through ${device.name}`,
    because: `${receiver.label} received ${counted}, and nobody but ${node.label} sends through that tunnel; ${why}. Ping works, TCP and UDP do not.`,
    proofs: [...proofs, ...proof(node.snapshot.settings, FEATURE)],
    mend: mendAt(device, node.label),
  });
}

function receivedBy(
  senders: readonly TunnelEnd[],
  node: DiagnosedNode,
  tunnel: InterfaceEntity,
  { counted, proofs, pod }: Counted & { readonly pod: string | null },
): Draft {
  const on = senders.filter((end) => offloadOf(end.node, end.device) === 'on').map((end) => end.node);
  const names = on.map(({ label }) => label).join(', ');
  return draft({
    confidence: 'likely',
    surer: SURER,
    node: node.label,
    device: tunnel.name,
    pod,
    title: `${node.label} receives packets with wrong checksums through ${tunnel.name}`,
    because: `${counted}. With VXLAN that is a sender’s checksum offload${on.length === 0 ? '' : `: ${FEATURE} is on at ${names}`}. Ping works, TCP and UDP do not.`,
    proofs: [...proofs, ...on.slice(0, 2).flatMap(({ snapshot }) => proof(snapshot.settings, FEATURE))],
    mend: mendAt(tunnel, names === '' ? 'the senders' : names),
  });
}

function mendAt({ name }: InterfaceEntity, where: string): readonly [string, string] {
  return [
    'Switch it off on the VXLAN device of the sender; Calico: FELIX_FEATUREDETECTOVERRIDE="ChecksumOffloadBroken=true".',
    `ethtool -K ${shellWord(name)} ${FEATURE} off   # on ${where}`,
  ];
}

function offloadOf({ snapshot }: DiagnosedNode, { name }: InterfaceEntity): 'on' | 'off' | null {
  const state = snapshot.settings?.value?.offloads.get(name)?.get(FEATURE);
  return state === undefined ? null : state.startsWith('on') ? 'on' : 'off';
}

/** What several receive of one sender is told once. */
function oncePerSender(drafts: readonly Draft[]): Draft[] {
  const places = new Map<string, Draft>();
  for (const one of drafts) {
    const key = `${one.title} ${one.where.pod ?? ''}`;
    const before = places.get(key);
    places.set(
      key,
      before === undefined
        ? one
        : {
            ...before,
            because: `${before.because} ${one.because}`,
            proofs: [...before.proofs, ...one.proofs],
          },
    );
  }
  return [...places.values()];
}

function tunnelOf({ devices }: DiagnosedNode): InterfaceEntity | undefined {
  return [...devices.values()].find(({ kind }) => kind === 'vxlan');
}
