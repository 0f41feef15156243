// Packets of a tunnel do not pass between two nodes. Either a filter that was read takes them: a trace through the tunnel, followed in
// the network below, stops at its rule. Or nothing that was read does, and the counters of both ends show that they do not arrive.
import { shellWord } from '../probe/shell-word.ts';
import { everywhere, proof, type Cluster, type DiagnosedNode } from './cluster.ts';
import type { Detector, Draft } from './detector.ts';
import { draft } from './draft.ts';
import type { FindingId } from './finding.ts';
import { lostInTunnels, type LostInTunnel } from './lost-in-tunnel.ts';
import { filterOf, stopsClaimedAs } from './paths/claims.ts';
import { countedLately } from './paths/counted-lately.ts';
import { pathDraft, pathNames } from './paths/path-draft.ts';
import { surveyOf, type Stop } from './paths/stops.ts';
import { deviceOf, wholeNode } from './subject.ts';
import type { CarryingKind } from './tunnel-traffic.ts';
import type { InterfaceEntity } from '../topology/model.ts';

interface BlockedTunnel {
  readonly id: FindingId;
  readonly kind: CarryingKind;
  /** `VXLAN`. */
  readonly name: string;
  /** What has to pass between the nodes, for a device: `UDP port 4789`. */
  readonly passes: (device: InterfaceEntity | null) => string;
  /** The same as tcpdump's expression. */
  readonly captured: (device: InterfaceEntity | null) => string;
  /** What to ask beside, on an end. */
  readonly ask: (device: InterfaceEntity) => string;
}

export function blockedTunnel(tunnel: BlockedTunnel): Detector {
  const { id, kind, name } = tunnel;
  return {
    id,
    concludes: `${name} does not pass between nodes: a filter that was read drops it, or it is sent and nowhere received`,
    explainedBy: [
      'iptables-backend-split',
      'node-identity-clash',
      'duplicate-mac',
      'link-down',
      'wrong-neighbour',
      'node-address-mismatch',
      'netmask-mismatch',
      'vxlan-fdb-missing',
      'vxlan-mismatch',
      'vxlan-checksum-offload',
      'conntrack-full',
      'own-address-not-local',
    ],
    detect: (cluster) =>
      everywhere([
        ...stopsClaimedAs(cluster, id).map((stop) => taken(cluster, tunnel, stop)),
        ...lostInTunnels(cluster, kind).map((lost) => missing(cluster, tunnel, lost)),
      ]),
  };
}

function deviceAt(node: DiagnosedNode | null, kind: CarryingKind): InterfaceEntity | null {
  return [...(node?.devices.values() ?? [])].find((one) => one.kind === kind) ?? null;
}

function taken(cluster: Cluster, { kind, name, passes }: BlockedTunnel, stop: Stop): Draft {
  const { hop, step, paths, reason } = stop;
  const rule = filterOf(stop);
  const device = deviceAt(cluster.node(hop.node), kind);
  const counted = countedLately(cluster, stop);
  const [outer = ''] = hop.packet.split(' · ');
  const which =
    rule === null
      ? 'a filter'
      : rule.number === 0
        ? `the policy of ${rule.table} ${rule.chain}`
        : `rule ${rule.number} of ${rule.table} ${rule.chain}`;
  return pathDraft(cluster, stop, {
    device: device?.name ?? hop.ingress ?? hop.egress,
    ...(counted === null ? {} : { confidence: 'certain' as const, surer: null }),
    title: `${hop.node} ${reason === 'filter-reject' ? 'rejects' : 'drops'} ${name} between the nodes: ${which}`,
    because: `${outer} is what carries ${pathNames(paths)}. ${step.sentence}${rule === null || rule.number === 0 ? '' : ` The rule is “${rule.text}”.`}${counted === null ? '' : ` ${counted.sentence}`}`,
    mend: [
      `Find whose rule it is, and have it let ${passes(device)} pass between the nodes.`,
      `${step.command ?? 'iptables-save -c'}   # on ${hop.node}: that rule, and its counter`,
    ],
    shows: [rule?.chain ?? name],
    ...(device === null ? {} : { breaks: [deviceOf(hop.node, device.name)] }),
  });
}

function missing(
  cluster: Cluster,
  { kind, name, passes, captured, ask }: BlockedTunnel,
  { end, others, all }: LostInTunnel,
): Draft {
  const { node, device, sent, seconds } = end;
  const nic = [...node.devices.values()].find(({ role }) => role === 'nic')?.name ?? 'any';
  const heard = others
    .map((one) => `${one.received} by ${one.device.name} of ${one.node.label}`)
    .slice(0, 4)
    .join(', ');
  const over = kind === 'ipip' ? '' : ' UDP counted no others, and';
  const whose = all
    ? `No end of it receives anything: at which of them it is blocked, or between which, counters do not tell.`
    : `The others hear each other.`;
  return {
    ...draft({
      confidence: 'possible',
      surer: `Look at both ends at once: tcpdump -ni ${nic} ${captured(device)}. What leaves one and does not come to the other is lost between them.`,
      node: node.label,
      device: device.name,
      title: `${name} seems blocked between ${node.label} and ${others.length === 1 ? (others[0]?.node.label ?? '') : 'the other nodes'}`,
      because: `${device.name} of ${node.label} sent ${sent} packets in ${Math.round(seconds)} s and received none; in about the same seconds ${heard} were received.${over} other packets came in at both ends. Nothing that was read of the nodes stops them. ${whose}`,
      // Of its outputs the first has what devices counted.
      proofs: [end, ...others.slice(0, 2)].flatMap((one) =>
        proof(one.node.snapshot.counters, `${one.device.name}:`).slice(0, 1),
      ),
      mend: [
        `Let ${passes(device)} pass between the nodes, both ways: security groups, host firewalls, switches between them.`,
        `tcpdump -ni ${shellWord(nic)} ${captured(device)}   # on ${node.label}, and on another node`,
        ask(device),
      ],
      breaks: [deviceOf(node.label, device.name)],
      touches: [
        deviceOf(node.label, device.name),
        wholeNode(node.label),
        ...others.flatMap((one) => [wholeNode(one.node.label), deviceOf(one.node.label, one.device.name)]),
      ],
    }),
    paths: waysThrough(cluster, end),
  };
}

/** Those that were followed and go into the tunnel, or come out of it, there. */
function waysThrough(cluster: Cluster, { node, device }: LostInTunnel['end']): string[] {
  return surveyOf(cluster)
    .ended.filter(({ paths }) =>
      paths.some(({ hops }) =>
        hops.some(
          (hop) => hop.node === node.label && (hop.egress === device.name || hop.ingress === device.name),
        ),
      ),
    )
    .map(({ pair }) => pair.name);
}
