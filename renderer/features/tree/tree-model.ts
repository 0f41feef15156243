// The tree as flat rows, so that it can be virtualised: nodes → Pods → interfaces, the node's own interfaces,
// BGP sessions, Pods without a node. Pure.
import type { NodeStatus } from '../../../app/contract/session.ts';
import type { InterfaceEntity, NodeEntity, PodEntity, Topology } from '../../../app/topology/model.ts';
import { bgpHealth, bgpPeerName, bgpStateText } from '../../state/bgp-health.ts';
import { downReason } from '../../state/network.ts';
import type { Selection } from '../../state/selection.ts';
import { addressText, numberOrDash, podTitle, shortAddress } from '../../state/text.ts';
import { indexOf } from '../../state/topology-index.ts';

export interface TreeRow {
  readonly key: string;
  readonly testId: string;
  readonly level: 1 | 2 | 3;
  readonly kind: 'heading' | 'node' | 'pod' | 'interface' | 'bgp';
  readonly label: string;
  /** Right-hand side: an address, a time. */
  readonly aside: string;
  readonly tone: 'plain' | 'ok' | 'warn' | 'bad' | 'faint' | 'bgp' | 'path';
  /** What the colour says, in words; also read out. */
  readonly remark: string;
  readonly tooltip: string;
  readonly status: NodeStatus | null;
  readonly selects: Selection | null;
  /** Null for a leaf. */
  readonly open: boolean | null;
  readonly parent: string | null;
}

export interface TreeInput {
  readonly topology: Topology | null;
  readonly statuses: readonly NodeStatus[];
  readonly query: string;
  /** Rows the operator has opened or closed, against their default. */
  readonly toggled: ReadonlySet<string>;
}

/** With few Pods all of the tree is open; with many one opens what one wants. */
const OPEN_PODS = 12;
const OPEN_NODES = 8;

export function buildRows(input: TreeInput): TreeRow[] {
  const needle = input.query.trim().toLowerCase();
  const rows = allRows(input, needle !== '');
  return needle === '' ? rows : matching(rows, needle);
}

function allRows({ topology, statuses, toggled }: TreeInput, openAll: boolean): TreeRow[] {
  const index = topology === null ? null : indexOf(topology);
  const labels = new Set(statuses.map((status) => status.label));
  const strays = (index?.nodes ?? []).filter((node) => !labels.has(node.label));
  const pods =
    topology === null ? 0 : [...(index?.podsOf.values() ?? [])].reduce((sum, each) => sum + each.length, 0);
  const isOpen = (key: string, byDefault: boolean): boolean => openAll || byDefault !== toggled.has(key);
  const defaults = { nodes: statuses.length <= OPEN_NODES, pods: pods <= OPEN_PODS };
  const rows: TreeRow[] = [];
  for (const status of statuses) {
    const node = index?.nodeByLabel.get(status.label) ?? null;
    rows.push(...nodeRows(topology, node, status, isOpen, defaults));
  }
  for (const node of strays) rows.push(...nodeRows(topology, node, null, isOpen, defaults));
  if (topology !== null) rows.push(...homelessRows(topology), ...bgpRows(topology));
  return rows;
}

type IsOpen = (key: string, byDefault: boolean) => boolean;

function nodeRows(
  topology: Topology | null,
  node: NodeEntity | null,
  status: NodeStatus | null,
  isOpen: IsOpen,
  defaults: { readonly nodes: boolean; readonly pods: boolean },
): TreeRow[] {
  const label = status?.label ?? node?.label ?? '';
  const key = `node:${label}`;
  const open = node === null ? null : isOpen(key, defaults.nodes);
  const bird = node?.bird.sentence ?? null;
  const row: TreeRow = {
    key,
    testId: `node-${label}`,
    level: 1,
    kind: 'node',
    label,
    aside: node?.addresses[0] ?? status?.address ?? '',
    tone: bird === null ? 'plain' : node?.bird.state === 'dead' ? 'bad' : 'faint',
    remark: node?.bird.state === 'dead' ? (bird ?? '') : '',
    tooltip: [status?.sentence ?? '', bird ?? ''].filter((part) => part !== '').join('\n'),
    status,
    selects: node === null ? null : { kind: 'node', id: node.id },
    open,
    parent: null,
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
    ...orphans(topology, node).map((each) => interfaceRow(each, label, each.name, 2, key)),
  ];
}

/** Host ends of Pods that no Pod claims: they exist, so the tree says so. */
function orphans(topology: Topology, node: NodeEntity): InterfaceEntity[] {
  const index = indexOf(topology);
  const claimed = new Set((index.podsOf.get(node.id) ?? []).map((pod) => pod.hostInterfaceId));
  return (index.interfacesOf.get(node.rootNetns) ?? []).filter(
    (each) => each.role === 'workload' && !claimed.has(each.id),
  );
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
  const ends = [pod.hostInterfaceId, pod.podInterfaceId].flatMap((id) => {
    const each = id === null ? undefined : topology.interfaces[id];
    return each === undefined ? [] : [each];
  });
  const open = ends.length === 0 ? null : isOpen(key, openByDefault);
  const { tone, remark } = podState(pod, ends);
  const row: TreeRow = {
    key,
    testId: `tree-pod-${pod.name}`,
    level: parent === null ? 1 : 2,
    kind: 'pod',
    label: pod.name,
    aside: pod.hostNetwork ? 'host network' : shortAddress(pod.ips[0] ?? ''),
    tone,
    remark,
    tooltip: [podTitle(pod), pod.ips.join(', '), ...pod.contradictions]
      .filter((part) => part !== '')
      .join('\n'),
    status: null,
    selects: { kind: 'pod', id: pod.id },
    open,
    parent,
  };
  if (open !== true) return [row];
  return [
    row,
    ...ends.map((each) =>
      interfaceRow(each, nodeLabel, each.role === 'pod' ? `${pod.name}-${each.name}` : each.name, 3, key),
    ),
  ];
}

function podState(
  pod: PodEntity,
  ends: readonly InterfaceEntity[],
): { tone: TreeRow['tone']; remark: string } {
  const down = ends.find((each) => downReason(each) !== null);
  if (down !== undefined) return { tone: 'bad', remark: `${down.name} ${downReason(down) ?? ''}` };
  if (pod.contradictions.length > 0) return { tone: 'warn', remark: 'sources disagree' };
  if (pod.phase !== null && pod.phase !== 'Running') return { tone: 'warn', remark: pod.phase };
  return pod.hostNetwork ? { tone: 'faint', remark: '' } : { tone: 'path', remark: '' };
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
    aside: reason === null ? (first === undefined ? '' : addressText(first)) : `↓ ${reason}`,
    tone: reason === null ? 'plain' : expected ? 'bad' : 'faint',
    remark: reason ?? '',
    tooltip: `${each.kind}${each.mtu === null ? '' : `, mtu ${String(each.mtu)}`}`,
    status: null,
    selects: { kind: 'interface', id: each.id },
    open: null,
    parent,
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

function bgpRows(topology: Topology): TreeRow[] {
  const index = indexOf(topology);
  const rows = index.nodes.flatMap((node) =>
    (index.bgpOf.get(node.id) ?? []).map((session): TreeRow => {
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
        ]
          .filter((part) => part !== '')
          .join('\n'),
        status: null,
        selects: { kind: 'bgp', id: session.id },
        open: null,
        parent: null,
      };
    }),
  );
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
  };
}

/** Rows that match, with all above them, and the headings that still have something below. */
export function matching(rows: readonly TreeRow[], needle: string): TreeRow[] {
  const byKey = new Map(rows.map((row) => [row.key, row]));
  const kept = new Set<string>();
  let heading: TreeRow | null = null;
  for (const row of rows) {
    if (row.kind === 'heading') {
      heading = row;
      continue;
    }
    const text = `${row.label} ${row.aside} ${row.tooltip} ${row.remark}`.toLowerCase();
    if (!text.includes(needle)) continue;
    if (heading !== null) kept.add(heading.key);
    for (let each: TreeRow | undefined = row; each !== undefined;) {
      kept.add(each.key);
      each = each.parent === null ? undefined : byKey.get(each.parent);
    }
  }
  const found = rows.filter((row) => kept.has(row.key));
  const parents = new Set(found.map((row) => row.parent));
  return found.map((row) => (row.open === true && !parents.has(row.key) ? { ...row, open: null } : row));
}
