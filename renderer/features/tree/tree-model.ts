// The tree as flat rows, so that it can be virtualised: nodes → Pods → interfaces, the node's own interfaces,
// BGP sessions, Pods without a node. Pure.
import type { NodeStatus } from '../../../app/contract/session.ts';
import type { InterfaceEntity, NodeEntity, PodEntity, Topology } from '../../../app/topology/model.ts';
import { bgpHealth, bgpPeerName, bgpStateText } from '../../state/bgp-health.ts';
import { downReason } from '../../state/network.ts';
import { orphanRemark, orphansOf } from '../../state/orphans.ts';
import { countTrouble, endsOf, podTrouble, troubleText } from '../../state/pod-trouble.ts';
import { asOfText, isCurrent, staleStanding } from '../../state/standing.ts';
import { addressText, numberOrDash, podTitle, shortAddress } from '../../state/text.ts';
import { indexOf } from '../../state/topology-index.ts';
import type { TreeRow } from './row.ts';
import { folded, matching, numbered } from './tree-search.ts';

const unplaced = { dimmed: false, position: 0, siblings: 0 };

export interface TreeInput {
  readonly topology: Topology | null;
  readonly statuses: readonly NodeStatus[];
  readonly query: string;
  /** Rows that were opened or closed; the others are as the defaults say. While searching, of this search alone. */
  readonly open: ReadonlyMap<string, boolean>;
  readonly defaults: TreeDefaults;
}

/** Which rows are open that nobody has opened or closed. */
export interface TreeDefaults {
  readonly nodes: boolean;
  readonly pods: boolean;
}

export function buildRows(input: TreeInput): TreeRow[] {
  const needle = input.query.trim().toLowerCase();
  if (needle === '') return numbered(allRows(input, (key, byDefault) => input.open.get(key) ?? byDefault));
  const found = matching(
    allRows(input, () => true),
    needle,
  );
  return numbered(folded(found, input.open));
}

function allRows({ topology, statuses, defaults }: TreeInput, isOpen: IsOpen): TreeRow[] {
  const index = topology === null ? null : indexOf(topology);
  const labels = new Set(statuses.map((status) => status.label));
  const strays = (index?.nodes ?? []).filter((node) => !labels.has(node.label));
  const rows: TreeRow[] = [];
  for (const status of statuses) {
    const node = index?.nodeByLabel.get(status.label) ?? null;
    const own = nodeRows(topology, node, status, isOpen, defaults);
    rows.push(...(isCurrent(status) ? own : own.map((row) => ({ ...row, dimmed: true }))));
  }
  for (const node of strays) rows.push(...nodeRows(topology, node, null, isOpen, defaults));
  if (topology !== null) rows.push(...homelessRows(topology), ...bgpRows(topology, statuses));
  return rows;
}

type IsOpen = (key: string, byDefault: boolean) => boolean;

function nodeRows(
  topology: Topology | null,
  node: NodeEntity | null,
  status: NodeStatus | null,
  isOpen: IsOpen,
  defaults: TreeDefaults,
): TreeRow[] {
  const label = status?.label ?? node?.label ?? '';
  const key = `node:${label}`;
  const open = node === null ? null : isOpen(key, defaults.nodes);
  const bird = node?.bird.sentence ?? null;
  const worst = worstOf(topology, node, open === false);
  const row: TreeRow = {
    key,
    testId: `node-${label}`,
    level: 1,
    kind: 'node',
    label,
    aside: node?.addresses[0] ?? status?.address ?? '',
    tone: worst?.tone ?? (bird === null ? 'plain' : 'faint'),
    remark: worst?.remark ?? '',
    tooltip: [
      status?.sentence ?? '',
      bird ?? '',
      worst?.remark === bird ? '' : (worst?.remark ?? ''),
      ...(node?.contradictions ?? []),
    ]
      .filter((part) => part !== '')
      .join('\n'),
    status,
    selects: node === null ? null : { kind: 'node', id: node.id },
    open,
    parent: null,
    ...unplaced,
  };
  if (topology === null || node === null || open !== true) return [row];
  const index = indexOf(topology);
  const own = (index.interfacesOf.get(node.rootNetns) ?? []).filter((each) => each.role !== 'workload');
  return [
    row,
    ...(index.podsOf.get(node.id) ?? []).flatMap((pod) =>
      podRows(topology, pod, label, key, isOpen, defaults.pods),
    ),
    ...own.map((each) => interfaceRow(each, label, each.name, 2, key)),
    ...orphansOf(topology, node).map((each) => orphanRow(interfaceRow(each, label, each.name, 2, key), each)),
  ];
}

/** What a node's row must not keep to itself; while it is closed also what is wrong below it. */
function worstOf(
  topology: Topology | null,
  node: NodeEntity | null,
  closed: boolean,
): { readonly remark: string; readonly tone: 'bad' | 'warn' } | null {
  if (topology === null || node === null) return null;
  if (node.bird.state === 'dead') return { remark: 'BIRD dead', tone: 'bad' };
  if (node.contradictions.length > 0) return { remark: 'sources differ', tone: 'warn' };
  if (!closed) return null;
  const index = indexOf(topology);
  const nic = (index.interfacesOf.get(node.rootNetns) ?? []).find(
    (each) => each.role === 'nic' && downReason(each) !== null,
  );
  if (nic !== undefined) return { remark: `${nic.name} ${downReason(nic) ?? ''}`, tone: 'bad' };
  const troubles = (index.podsOf.get(node.id) ?? []).flatMap((pod) => podTrouble(topology, pod) ?? []);
  const count = countTrouble(troubles);
  const text = troubleText(count);
  return text === '' ? null : { remark: `Pods: ${text}`, tone: count.down > 0 ? 'bad' : 'warn' };
}

function podRows(
  topology: Topology,
  pod: PodEntity,
  nodeLabel: string,
  parent: string | null,
  isOpen: IsOpen,
  openByDefault: boolean,
): TreeRow[] {
  const key = `pod:${pod.id}`;
  const ends = endsOf(topology, pod);
  const open = ends.length === 0 ? null : isOpen(key, openByDefault);
  const trouble = podTrouble(topology, pod);
  const row: TreeRow = {
    key,
    testId: `tree-pod-${pod.name}`,
    level: parent === null ? 1 : 2,
    kind: 'pod',
    label: pod.name,
    aside: pod.hostNetwork ? 'host network' : shortAddress(pod.ips[0] ?? ''),
    tone: trouble?.tone ?? (pod.hostNetwork || pod.phase === 'Succeeded' ? 'faint' : 'path'),
    remark: trouble?.sentence ?? '',
    tooltip: [podTitle(pod), pod.ips.join(', '), ...pod.contradictions]
      .filter((part) => part !== '')
      .join('\n'),
    status: null,
    selects: { kind: 'pod', id: pod.id },
    open,
    parent,
    ...unplaced,
  };
  if (open !== true) return [row];
  return [
    row,
    ...ends.map((each) =>
      interfaceRow(each, nodeLabel, each.role === 'pod' ? `${pod.name}-${each.name}` : each.name, 3, key),
    ),
  ];
}

/** A link that is down says that first. */
function orphanRow(row: TreeRow, each: InterfaceEntity): TreeRow {
  if (row.remark !== '') return row;
  const remark = orphanRemark(each);
  const tooltip = [row.tooltip, each.peer?.why ?? ''].filter((part) => part !== '').join('\n');
  return { ...row, tone: 'warn', aside: remark, remark, tooltip };
}

function interfaceRow(
  each: InterfaceEntity,
  nodeLabel: string,
  testName: string,
  level: 2 | 3,
  parent: string,
): TreeRow {
  const reason = downReason(each);
  const first = each.addresses.find((address) => address.scope !== 'link');
  const expected = each.role === 'nic' || each.role === 'workload' || each.role === 'pod';
  return {
    key: `${parent}/if:${each.id}`,
    testId: `tree-iface-${nodeLabel}-${testName}`,
    level,
    kind: 'interface',
    label: each.name,
    aside: reason === null ? (first === undefined ? '' : addressText(first)) : reason,
    tone: reason === null ? 'plain' : expected ? 'bad' : 'faint',
    remark: reason ?? '',
    tooltip: `${each.kind}${each.mtu === null ? '' : `, mtu ${String(each.mtu)}`}`,
    status: null,
    selects: { kind: 'interface', id: each.id },
    open: null,
    parent,
    ...unplaced,
  };
}

function homelessRows(topology: Topology): TreeRow[] {
  const { homelessPods } = indexOf(topology);
  if (homelessPods.length === 0) return [];
  return [
    headingRow('Pods on no node we see'),
    ...homelessPods.flatMap((pod) => podRows(topology, pod, '', null, () => false, false)),
  ];
}

function bgpRows(topology: Topology, statuses: readonly NodeStatus[]): TreeRow[] {
  const index = indexOf(topology);
  const rows = index.nodes.flatMap((node) => {
    const stale = staleStanding(statuses, node.label);
    return (index.bgpOf.get(node.id) ?? []).map((session): TreeRow => {
      const health = bgpHealth(session);
      return {
        key: `bgp:${session.id}`,
        testId: `tree-bgp-${node.label}-${session.name}`,
        level: 1,
        kind: 'bgp',
        label: `${node.label} → ${bgpPeerName(topology, session)}`,
        aside: health === 'established' ? '' : bgpStateText(session),
        tone: health === 'established' ? 'bgp' : health === 'stale' ? 'warn' : 'bad',
        remark: bgpStateText(session),
        tooltip: [
          `${session.name}, ${bgpStateText(session)} since ${session.changed}`,
          `${numberOrDash(session.imported)} in, ${numberOrDash(session.exported)} out`,
          session.stale ?? '',
          stale === null ? '' : asOfText(stale),
        ]
          .filter((part) => part !== '')
          .join('\n'),
        status: null,
        selects: { kind: 'bgp', id: session.id },
        open: null,
        parent: null,
        ...unplaced,
        dimmed: stale !== null,
      };
    });
  });
  return rows.length === 0 ? [] : [headingRow('BGP sessions'), ...rows];
}

function headingRow(label: string): TreeRow {
  return {
    key: `heading:${label}`,
    testId: `tree-heading-${label}`,
    level: 1,
    kind: 'heading',
    label,
    aside: '',
    tone: 'faint',
    remark: '',
    tooltip: '',
    status: null,
    selects: null,
    open: null,
    parent: null,
    ...unplaced,
  };
}
