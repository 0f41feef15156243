// Packets of a tunnel do not pass between two nodes. Either a filter that was read takes them: a trace through the tunnel, followed in
// the network below, stops at its rule. Or nothing that was read does, and the counters of all ends show that they do not arrive, or connection
// tracking of two of them that they do not get from the one to the other.
import { shellWord } from '../probe/shell-word.ts';
import { everywhere, proof, type Cluster, type DiagnosedNode } from './cluster.ts';
import type { Detector, Draft } from './detector.ts';
import { draft } from './draft.ts';
import type { FindingId } from './finding.ts';
import { lostBetween, type LostBetween } from './lost-between.ts';
import { lostInTunnels, type LostInTunnel } from './lost-in-tunnel.ts';
import { filterOf, stopsClaimedAs } from './paths/claims.ts';
import { countedLately } from './paths/counted-lately.ts';
import { pathDraft, pathNames } from './paths/path-draft.ts';
import { surveyOf, type Stop } from './paths/stops.ts';
import { deviceOf, wholeNode } from './subject.ts';
import type { CarryingKind, TunnelEnd } from './tunnel-traffic.ts';
import type { InterfaceEntity } from '../topology/model.ts';
import type { TraceHop } from '../trace/model.ts';

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

/** Where one end sends to, or from which address: it ends no packet of the other's. */
const OF_WHO_SENDS: readonly FindingId[] = ['vxlan-fdb-missing', 'vxlan-mismatch'];
const EXPLAINED_BY: readonly FindingId[] = [
  'iptables-backend-split',
  'node-identity-clash',
  'duplicate-mac',
  'link-down',
  'wrong-neighbour',
  'node-address-mismatch',
  'netmask-mismatch',
  ...OF_WHO_SENDS,
  'vxlan-checksum-offload',
  'conntrack-full',
  'own-address-not-local',
  'peer-route-missing',
];

export function blockedTunnel(tunnel: BlockedTunnel): Detector {
  const { id, kind, name } = tunnel;
  return {
    id,
    concludes: `${name} does not pass between nodes: a filter that was read drops it, or it is sent and nowhere received`,
    explainedBy: EXPLAINED_BY,
    detect(cluster) {
      const lost = lostInTunnels(cluster, kind);
      const between = lostBetween(cluster, kind);
      const isCutOff = (one: TunnelEnd): boolean => lost.some(({ end, all }) => all || end.node === one.node);
      return everywhere([
        ...stopsClaimedAs(cluster, id).map((stop) => taken(cluster, tunnel, stop)),
        ...lost.map((one) => missing(cluster, tunnel, one, between)),
        ...between
          .filter(({ end, other, lasts }) => lasts && !isCutOff(end) && !isCutOff(other))
          .map((one) => parted(cluster, tunnel, one)),
      ]);
    },
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
  tunnel: BlockedTunnel,
  { end, others, all, mute }: LostInTunnel,
  between: readonly LostBetween[],
): Draft {
  const { node, device, sent, seconds } = end;
  // Who else is sent to in vain, as far as connections tell.
  const tried = others.filter((other) => between.some((one) => isOf(one, end) && isOf(one, other)));
  const known = tried.length > 0 && tried.length < others.length ? tried : others;
  const heard = others
    .map((one) => `${one.received} by ${one.device.name} of ${one.node.label}`)
    .slice(0, 4)
    .join(', ');
  const over = tunnel.kind === 'ipip' ? '' : ' UDP counted no others, and';
  const beside =
    mute.length === 0
      ? 'other packets came in at both ends.'
      : `by NICs of ${namesOf(mute.slice(0, 3))} nothing came in: it may be more than the tunnel that is cut off, which ping between the nodes tells.`;
  const nobody = all ? ' No end of it receives anything' : '';
  const whose =
    known !== others
      ? `${nobody === '' ? '' : `${nobody}.`} Connections without an answer are to Pods of ${namesOf(known)} alone: whether it passes to others only a probe would tell.`
      : nobody === ''
        ? ' The others hear each other.'
        : `${nobody}: at which of them it is blocked, or between which, counters do not tell.`;
  return seemsBlocked(tunnel, end, known, {
    whom: known === others && others.length > 1 ? 'the other nodes' : namesOf(known),
    because: `${device.name} of ${node.label} sent ${sent} packets in ${Math.round(seconds)} s and received none; in about the same seconds ${heard} were received.${over} ${beside} Nothing that was read of the nodes stops them.${whose}`,
    // Of its outputs the first has what devices counted.
    proofs: [end, ...others.slice(0, 2)].flatMap((one) =>
      proof(one.node.snapshot.counters, `${one.device.name}:`).slice(0, 1),
    ),
    paths:
      known === others
        ? waysThrough(cluster, end)
        : [...new Set(known.flatMap((other) => waysThrough(cluster, end, other)))],
  });
}

function parted(
  cluster: Cluster,
  tunnel: BlockedTunnel,
  { end, other, tries, answered, isFreeBack }: LostBetween,
): Draft {
  const [{ entry, quietS }] = tries;
  const count = tries.reduce((sum, one) => sum + one.count, 0);
  const { original, reply } = entry;
  const from = end.node.label;
  const to = other.node.label;
  const fate = answered
    ? `${to} has seen and answered it, and no answer has come to ${from}`
    : `conntrack of ${to} has never seen it`;
  const more = count > 1 ? ` ${count - 1} more from there to Pods of ${to} are alike.` : '';
  const alive =
    end.received === 0
      ? ''
      : ` Others’ packets come through ${end.device.name}: they are lost between these two nodes.`;
  const seems = seemsBlocked(tunnel, end, [other], {
    whom: to,
    because: `A connection of ${original.src} to ${reply.src} port ${reply.sport} sent its last packet ${quietS ?? 0} s before it was read and has no answer: ${fate}.${more} By all that was read its way through ${end.device.name} is free${isFreeBack ? ', both ways' : ''}, and ${to} counts nothing that it refused.${alive}`,
    proofs: [
      ...proof(end.node.snapshot.tracked, `${original.src} ${reply.src}`),
      ...proof(other.node.snapshot.tracked, `${reply.dst} ${reply.src}`),
    ],
    paths: waysThrough(cluster, end, other),
  });
  // It got into the tunnel, and would get out of it: whatever ends the answers, it is not what ends this.
  if (isFreeBack) return seems;
  return { ...seems, explainedBy: EXPLAINED_BY.filter((id) => !OF_WHO_SENDS.includes(id)) };
}

function isOf({ end, other }: LostBetween, { node }: TunnelEnd): boolean {
  return end.node === node || other.node === node;
}

function namesOf(ends: readonly TunnelEnd[]): string {
  return ends.map(({ node }) => node.label).join(', ');
}

/** @param others those that do not hear it. */
function seemsBlocked(
  { name, passes, captured, ask }: BlockedTunnel,
  { node, device }: TunnelEnd,
  others: readonly TunnelEnd[],
  {
    whom,
    paths,
    ...told
  }: Pick<Draft, 'because' | 'proofs'> & { readonly whom: string; readonly paths: string[] },
): Draft {
  const nic = [...node.devices.values()].find(({ role }) => role === 'nic')?.name ?? 'any';
  const far = others.length === 1 ? whom : 'another node';
  return {
    ...draft({
      confidence: 'possible',
      surer: `Look at both ends at once: tcpdump -ni ${nic} ${captured(device)}. What leaves one and does not come to the other is lost between them.`,
      node: node.label,
      device: device.name,
      title: `${name} seems blocked between ${node.label} and ${whom}`,
      ...told,
      mend: [
        `Let ${passes(device)} pass between the nodes, both ways: security groups, host firewalls, switches between them.`,
        `tcpdump -ni ${shellWord(nic)} ${captured(device)}   # on ${node.label}, and on ${far}`,
        ask(device),
      ],
      breaks: [deviceOf(node.label, device.name)],
      touches: [
        deviceOf(node.label, device.name),
        wholeNode(node.label),
        ...others.flatMap((one) => [wholeNode(one.node.label), deviceOf(one.node.label, one.device.name)]),
      ],
    }),
    paths,
  };
}

/** Those that were followed and go into the tunnel, or come out of it, there; where another end is named, between the two. */
function waysThrough(cluster: Cluster, end: TunnelEnd, other: TunnelEnd = end): string[] {
  return surveyOf(cluster)
    .ended.filter(({ paths }) =>
      paths.some(({ hops }) => [end, other].every((one) => hops.some((hop) => isThrough(hop, one)))),
    )
    .map(({ pair }) => pair.name);
}

function isThrough({ node, egress, ingress }: TraceHop, end: TunnelEnd): boolean {
  return node === end.node.label && (egress === end.device.name || ingress === end.device.name);
}
