// Ends of one VXLAN that do not fit each other: another network number (VNI) or port, no device at all where others send to, or an address to
// send from that the node does not have. The kernel drops what comes with another number or to another port, and sends nothing from a foreign
// address (drivers/net/vxlan/vxlan_core.c vxlan_rcv, vxlan_get_route). Told by what packets meet, since devices that never meet may differ; and
// by what others' entries lead to, since of IPv6 the kernel does send from an address that is gone, and the others' packets reach nobody.
import { shellWord } from '../../probe/shell-word.ts';
import { everywhere, proof, type Cluster, type DiagnosedNode } from '../cluster.ts';
import type { Detector, Draft } from '../detector.ts';
import { draft } from '../draft.ts';
import { isByEntry, stopsClaimedAs } from '../paths/claims.ts';
import { pathDraft, pathNames } from '../paths/path-draft.ts';
import type { Stop } from '../paths/stops.ts';
import { addressOf, deviceOf, routesOf, wholeNode } from '../subject.ts';
import { PASTED } from '../../topology/input.ts';
import type { InterfaceEntity } from '../../topology/model.ts';

interface End {
  readonly node: DiagnosedNode;
  /** Null: it has none. */
  readonly device: InterfaceEntity | null;
}

interface Mismatch {
  /** Who differs from the others; of two that differ from each other, one. */
  readonly culprit: End;
  /** With whom it should fit. */
  readonly peer: End;
  /** It is the sender itself that cannot send. */
  readonly isSource: boolean;
  readonly stop: Stop;
}

/** Of an address that nobody has. */
const OF_LOST = ['link-down', 'node-address-mismatch'] as const;
const OF_SIX = [...OF_LOST, 'ipv6-disabled', 'address-unusable'] as const;
/** Another machine of the same name has that address, and whatever Kubernetes says of this one. */
const EXPLAINED_BY = ['node-identity-clash', ...OF_LOST] as const;

export const vxlanMismatch: Detector = {
  id: 'vxlan-mismatch',
  concludes:
    'packets between nodes meet a VXLAN device of another VNI or port, none at all, or one that sends from an address that its node does not have',
  explainedBy: ['node-identity-clash', ...OF_SIX],
  detect(cluster) {
    const places = new Map<string, Mismatch>();
    for (const all of stopsClaimedAs(cluster, 'vxlan-mismatch')) {
      const stop: Stop = { ...all, paths: all.paths.filter((path) => !isByEntry(cluster, all, path)) };
      const found = mismatchAt(cluster, stop);
      if (found === null) continue;
      const { culprit, peer } = found;
      const key = `${culprit.node.label} ${String(found.isSource)}`;
      const other = `${peer.node.label} ${String(found.isSource)}`;
      const before = places.get(key) ?? (isUndecided(cluster, found) ? places.get(other) : undefined);
      if (before === undefined) places.set(key, found);
      else
        places.set(`${before.culprit.node.label} ${String(before.isSource)}`, {
          ...before,
          stop: { ...before.stop, paths: [...before.stop.paths, ...stop.paths] },
        });
    }
    const told = [...places.values()].filter(({ isSource }) => isSource).map(({ culprit }) => culprit.node);
    return everywhere([
      ...[...places.values()].map((one) => mismatchDraft(cluster, one)),
      ...cluster.nodes.filter((node) => !told.includes(node)).flatMap((node) => ofLostAddress(cluster, node)),
    ]);
  },
};

/** Others' entries lead its frames to the address that it sends from, and neither it nor anybody else has that. */
function ofLostAddress(cluster: Cluster, node: DiagnosedNode): Draft[] {
  const { label, snapshot } = node;
  if (snapshot.addresses?.state !== 'ok') return [];
  return [...node.devices.values()].flatMap((device): Draft[] => {
    const local = device.kind === 'vxlan' && device.adminUp !== false ? (device.tunnel?.local ?? null) : null;
    if (local === null || device.mac === null || isHad(cluster, node, local)) return [];
    if (!hasItsOwn(cluster, node, local)) return [];
    const senders = cluster.nodes.filter(
      (other) =>
        other !== node &&
        other.snapshot.fdb?.value?.some(({ mac, dst }) => mac === device.mac && dst === local),
    );
    if (senders.length === 0) return [];
    const words = sourceWords({ node, device }, device.name);
    return [
      {
        ...draft({
          ...words,
          because: `${words.because} The forwarding entries of ${senders.map((one) => one.label).join(', ')} lead there, to nobody.`,
          node: label,
          device: device.name,
          proofs: [
            ...proof(snapshot.links, `${device.name}:`, 'vxlan id', `"ifname":"${device.name}"`),
            ...senders.flatMap((one) => proof(one.snapshot.fdb, `${device.mac ?? ''} ${local}`)),
          ],
          breaks: [deviceOf(label, device.name), addressOf(local)],
          touches: [wholeNode(label), deviceOf(label, device.name)],
        }),
        explainedBy: local.includes(':') ? OF_SIX : OF_LOST,
      },
    ];
  });
}

function isHad({ nodes }: Cluster, own: DiagnosedNode, local: string): boolean {
  const has = ({ devices }: DiagnosedNode): boolean =>
    [...devices.values()].some(({ addresses }) => addresses.some(({ address }) => address === local));
  return has(own) || nodes.some(has);
}

/** Who pastes what one device has, or “ip -4 addr”, has shown nothing of where a tunnel's frames come from. */
function hasItsOwn({ known }: Cluster, { label, devices }: DiagnosedNode, local: string): boolean {
  if (known.readings.get(label)?.hostKeyFingerprint !== PASTED) return true;
  const family = local.includes(':') ? 6 : 4;
  return [...devices.values()].some(
    ({ role, addresses }) =>
      role === 'nic' && addresses.some((one) => one.family === family && one.scope === 'global'),
  );
}

function mismatchAt(cluster: Cluster, stop: Stop): Mismatch | null {
  const receiver = cluster.node(stop.hop.node);
  const sender = sendingEnd(cluster, stop);
  if (receiver === null || sender === null) return null;
  if (stop.reason === 'source-not-local') return { culprit: sender, peer: sender, isSource: true, stop };
  const met = { node: receiver, device: receiver.devices.get(stop.device ?? '') ?? null };
  const [culprit, peer] =
    votes(cluster, sender, met) < votes(cluster, met, sender) ? [sender, met] : [met, sender];
  return { culprit, peer, isSource: false, stop };
}

/** The device that put it into the VXLAN. */
function sendingEnd(cluster: Cluster, { paths: [first] }: Stop): End | null {
  for (const { node: label, egress } of first?.path.hops.toReversed() ?? []) {
    const node = cluster.node(label);
    const device = node?.devices.get(egress ?? '');
    if (node !== null && device?.kind === 'vxlan') return { node, device };
  }
  return null;
}

/** How many of the nodes have a device that is set as this one is. */
function votes({ nodes }: Cluster, { device }: End, other: End): number {
  return nodes.filter(
    (node) =>
      node !== other.node &&
      device !== null &&
      [...node.devices.values()].some((one) => one.kind === 'vxlan' && setAs(one) === setAs(device)),
  ).length;
}

function isUndecided(cluster: Cluster, { culprit, peer, isSource }: Mismatch): boolean {
  return !isSource && votes(cluster, culprit, peer) === votes(cluster, peer, culprit);
}

function setAs({ tunnel }: InterfaceEntity): string {
  return `VNI ${String(tunnel?.vni ?? '?')} on UDP port ${String(tunnel?.port ?? '?')}`;
}

function mismatchDraft(cluster: Cluster, { culprit, peer, isSource, stop }: Mismatch): Draft {
  const { node, device } = culprit;
  const name = device?.name ?? peer.device?.name ?? 'vxlan';
  const { label } = node;
  const local = device?.tunnel?.local ?? null;
  const isLost = isSource && local !== null && !isHad(cluster, node, local);
  const words = isSource
    ? sourceWords(culprit, name)
    : device === null
      ? absentWords(label, peer, name)
      : settingWords(label, device, peer, name);
  return pathDraft(cluster, stop, {
    ...words,
    node: label,
    device: name,
    confidence: 'certain',
    surer: null,
    because: `${words.because} So ${pathNames(stop.paths)} ${stop.paths.length === 1 ? 'ends' : 'end'} there.`,
    proofs: [culprit, ...(isSource ? [] : [peer])].flatMap(({ node: { snapshot } }) =>
      proof(snapshot.links, `${name}:`, 'vxlan id', `"ifname":"${name}"`),
    ),
    breaks: [deviceOf(label, name), ...(device === null ? [routesOf(label)] : [])],
    // How it is made is its node's own matter, whatever else is wrong where packets through it go.
    touches: [wholeNode(label), deviceOf(label, name)],
    shows: [name],
    explainedBy: isLost ? OF_LOST : EXPLAINED_BY,
  });
}

type Words = Pick<Parameters<typeof pathDraft>[2], 'title' | 'because' | 'mend'>;

function settingWords(
  label: string,
  device: InterfaceEntity,
  { node, device: other }: End,
  name: string,
): Words {
  const far = other === null ? '' : setAs(other);
  const port = device.tunnel?.port !== other?.tunnel?.port;
  const vni = device.tunnel?.vni !== other?.tunnel?.vni;
  const differs = [
    ...(vni ? [`VNI ${String(device.tunnel?.vni)} and not ${String(other?.tunnel?.vni)}`] : []),
    ...(port ? [`UDP port ${String(device.tunnel?.port)} and not ${String(other?.tunnel?.port)}`] : []),
  ].join(', ');
  return {
    title: `${name} of ${label} has ${differs} as ${other?.name ?? 'the device'} of ${node.label}`,
    because: `${name} of ${label} is ${setAs(device)}, ${other?.name ?? 'the device'} of ${node.label} ${far}. Each drops what the other sends, and no one is told.`,
    mend: [
      'Set all nodes alike (Calico: vxlanVNI and vxlanPort of the FelixConfiguration; flannel: Backend in net-conf.json), and have the device made anew where it differs.',
      `ip -d link show dev ${shellWord(name)}   # on each: vxlan id, dstport`,
      `ip link del ${shellWord(name)}   # on ${label}; then restart calico-node or flanneld, which makes it anew`,
    ],
  };
}

function absentWords(label: string, { node, device }: End, name: string): Words {
  return {
    title: `${label} has no VXLAN device, and ${node.label} sends to it by ${name}`,
    because: `${name} of ${node.label} (${device === null ? '' : setAs(device)}) sends to ${label}, where no device opens VXLAN: it was deleted or never made, and routes by it went with it.`,
    mend: [
      `Restart calico-node or flanneld on ${label}: it makes the device, its routes and its entries.`,
      `ip -d link show type vxlan   # on ${label}, and on a node where it works`,
    ],
  };
}

function sourceWords({ node: { label, entity }, device }: End, name: string): Words {
  const local = device?.tunnel?.local ?? '';
  return {
    title: `${name} of ${label} sends from ${local}, which ${label} does not have`,
    because: `${name} was made to send from ${local} (local), and no interface of ${label} has that address: ${local.includes(':') ? 'what it sends has a source that nobody can answer to' : 'the kernel sends nothing'}. Its own are ${entity.addresses.slice(0, 4).join(', ')}.`,
    mend: [
      `Give ${label} that address back, or have calico-node or flanneld find its new one and make the device anew.`,
      `ip -d link show dev ${shellWord(name)}; ip -br addr   # on ${label}`,
      `ip link del ${shellWord(name)}   # on ${label}; then restart calico-node or flanneld`,
    ],
  };
}
