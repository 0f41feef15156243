// For tests: a cluster described in a few words, and what is found in it.
import type { BgpProtocol, Link, Neighbour } from '../../probe/facts.ts';
import type { CountersReading, NamespaceCounters } from '../../probe/counter-facts.ts';
import { applyList, emptyInventory, type Inventory } from '../../probe/inventory.ts';
import type { KubeFacts, KubeKind } from '../../probe/kube-facts.ts';
import type { SettingsReading } from '../../probe/settings-facts.ts';
import type { NodeSnapshot, Section } from '../../probe/snapshot.ts';
import { dropContext } from '../../ledger/drop-context.ts';
import { nextLedger, type Ledger } from '../../ledger/ledger.ts';
import { buildTopology, emptyTopology } from '../../topology/build.ts';
import type { NodeReading } from '../../topology/input.ts';
import type { Topology } from '../../topology/model.ts';
import { bgp, inputOf, snapshotOf, type SyntheticNode } from '../../topology/testing/synthetic-node.ts';
import { calicoInterfaceName } from '../../topology/calico-name.ts';
import { demo, fact, kubeNode } from '../../topology/testing/scenario.ts';
import { clusterOf, type Cluster } from '../cluster.ts';
import type { Detector, Draft, KnownFacts } from '../detector.ts';
import { diagnose } from '../diagnose.ts';
import type { Diagnosis } from '../finding.ts';

/** A node, and what was read of it beyond what its description says. */
export interface CaseNode extends SyntheticNode {
  readonly facts?: (snapshot: NodeSnapshot) => Partial<NodeSnapshot>;
}

export function section<T>(name: string, value: T): Section<T> {
  return { state: 'ok', evidence: [name], at: { s: 1000, ns: 0 }, value, sentence: null };
}

/** Its NIC has a MAC address of its own. */
function withOwnMac(snapshot: NodeSnapshot): NodeSnapshot {
  const mac = nicMac(snapshot.nodeLabel);
  const links = snapshot.links?.value ?? [];
  return {
    ...snapshot,
    links: section(
      'links',
      links.map((one) => (one.name === 'ens192' ? { ...one, mac } : one)),
    ),
  };
}

export function nicMac(label: string): string {
  return `02:00:00:00:01:${label.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

/** @param moments one after another: what the topology remembers of the earlier ones is history. */
export function known(
  moments: readonly (readonly CaseNode[])[],
  inventory: Inventory | null = null,
): KnownFacts {
  let topology: Topology = emptyTopology('test');
  let readings = new Map<string, NodeReading>();
  const ledgers = new Map<string, Ledger>();
  for (const nodes of moments) {
    readings = new Map(
      nodes.map((node) => {
        const snapshot = withOwnMac(snapshotOf(node));
        return [
          node.label,
          {
            snapshot: { ...snapshot, ...node.facts?.(snapshot) },
            hostKeyFingerprint: `SHA256:${node.label}`,
          },
        ];
      }),
    );
    const input = { ...inputOf([], { inventory }), readings: Object.fromEntries(readings) };
    topology = buildTopology(topology, input);
    for (const [label, { snapshot }] of readings) {
      const ledger = nextLedger(ledgers.get(label) ?? null, snapshot, dropContext(topology, readings, label));
      if (ledger !== null) ledgers.set(label, ledger);
    }
  }
  return { topology, readings, inventory, ledgers };
}

export function caseOf(nodes: readonly CaseNode[], inventory: Inventory | null = null): Cluster {
  return clusterOf(known([nodes], inventory));
}

/** What one detector drafts. */
export function drafted(
  detector: Detector,
  nodes: readonly CaseNode[],
  inventory: Inventory | null = null,
): readonly Draft[] {
  return detector.detect(caseOf(nodes, inventory)).drafts;
}

/** `ID node` of each finding, in order, with its consequences' ids in brackets. */
export function told({ findings }: Diagnosis): string[] {
  return findings.map(({ id, where, consequences }) => {
    // Which ways of packets end because of it, tests of ways tell.
    const explained = consequences.filter((one) => !one.includes('→') || one.startsWith('bgp'));
    const under = explained.map((one) => one.split(':')[0]).join(', ');
    return `${id} ${where.node ?? ''}${under === '' ? '' : ` (${under})`}`;
  });
}

export function found(nodes: readonly CaseNode[], inventory: Inventory | null = null): string[] {
  return told(diagnose(known([nodes], inventory)));
}

/** Three nodes of a full mesh, a, b and c; `change` says how a session's side differs, null for none at all. */
export function mesh(
  change: (own: string, peer: string) => Partial<BgpProtocol> | null = () => ({}),
  extra: (label: string) => Partial<CaseNode> = () => ({}),
): CaseNode[] {
  const addresses = { a: '10.0.0.1', b: '10.0.0.2', c: '10.0.0.3' } as const;
  const labels = Object.keys(addresses) as (keyof typeof addresses)[];
  return labels.map((label) => ({
    label,
    at: 1000,
    address: addresses[label],
    bird: {
      state: 'running',
      protocols: labels.flatMap((peer) => {
        const changed = peer === label ? null : change(label, peer);
        if (changed === null) return [];
        return [
          bgp(`Mesh_${addresses[peer].replaceAll('.', '_')}`, {
            localAddress: addresses[label],
            neighbourAddress: addresses[peer],
            ...changed,
          }),
        ];
      }),
    },
    ...extra(label),
  }));
}

/** A session's side that knocks and hears nothing. */
export const knocking: Partial<BgpProtocol> = {
  state: 'start',
  info: 'Connect',
  bgpState: 'Connect',
  imported: null,
  exported: null,
  holdTimer: null,
  holdTime: null,
  keepaliveTimer: null,
  keepaliveTime: null,
};

export const neighbour = (dst: string, extra: Partial<Neighbour> = {}): Neighbour => ({
  dst,
  dev: 'ens192',
  mac: '02:00:00:00:00:99',
  state: 'REACHABLE',
  ...extra,
});

/** What a node's own namespace has counted; `others` are Pods'. */
export function counters(
  own: Readonly<Record<string, number>>,
  extra: Partial<CountersReading> = {},
  others: readonly NamespaceCounters[] = [],
): Section<CountersReading> {
  return section('counters', {
    namespaces: [
      { identity: null, pid: null, counters: new Map(Object.entries(own)), devices: [] },
      ...others,
    ],
    softnetDropped: [],
    conntrack: new Map(),
    conntrackTable: null,
    routing: new Map(),
    arp: new Map(),
    ndisc: new Map(),
    links: [],
    qdiscs: [],
    wholeMachine: true,
    hooks: null,
    hooksCut: false,
    unread: 0,
    ...extra,
  });
}

/** By path below /proc/sys/net. */
export function settings(
  sysctls: Readonly<Record<string, string>>,
  extra: Partial<SettingsReading> = {},
): Section<SettingsReading> {
  return section('settings', {
    sysctls: new Map(Object.entries(sysctls)),
    offloads: new Map(),
    wireguard: [],
    felix: new Map(),
    sockets: [],
    socketsCut: [],
    unanswered: [],
    keyedPeers: null,
    unread: 0,
    ...extra,
  });
}

export const link = (name: string, extra: Partial<Link> = {}): Link => ({
  ifindex: 90,
  name,
  kind: 'physical',
  mac: '02:00:00:00:00:90',
  mtu: 1500,
  operstate: 'UP',
  adminUp: true,
  carrier: true,
  peerIfindex: null,
  peerName: null,
  peerNsid: null,
  peerNetnsName: null,
  masterName: null,
  ...extra,
});

/** Two nodes with a Pod each, as Calico wires them: 192.168.1.2 on `a`, 192.168.2.3 on `b`; Kubernetes knows both. */
export const POD_A = 'calid9d486e54a8';
export const POD_B = calicoInterfaceName('default', 'c2c-network-demo-w2');

export function pods(change: Partial<Record<'a' | 'b', Partial<CaseNode>>> = {}): {
  readonly nodes: CaseNode[];
  readonly inventory: Inventory;
} {
  const podB = { ...demo, ip: '192.168.2.3', hostName: POD_B, mac: '02:00:00:00:00:bb' };
  const nodes: CaseNode[] = [
    { label: 'a', at: 1000, address: '10.0.0.1', pods: [demo], ...change.a },
    { label: 'b', at: 1000, address: '10.0.0.2', pods: [podB], bootId: 'boot-2', ...change.b },
  ];
  const list = { resourceVersion: '1', next: null, unread: { count: 0, first: null } };
  const named = applyList(emptyInventory, [
    { ...list, kind: 'nodes', facts: [kubeNode('a', '10.0.0.1'), kubeNode('b', '10.0.0.2')] },
  ]);
  const inventory = applyList(named, [
    {
      ...list,
      kind: 'pods',
      facts: [fact(), fact({ uid: 'u2', name: 'c2c-network-demo-w2', nodeName: 'b', ips: ['192.168.2.3'] })],
    },
  ]);
  return { nodes, inventory };
}

/** One more list of Kubernetes' objects. */
export function withList<K extends KubeKind>(
  inventory: Inventory,
  kind: K,
  facts: readonly KubeFacts[K][],
): Inventory {
  const list = { resourceVersion: '1', next: null, unread: { count: 0, first: null } };
  return applyList(inventory, [{ ...list, kind, facts: [...facts] }]);
}

/** The same readings, where Kubernetes says something else. */
export function withInventory(facts: KnownFacts, inventory: Inventory): KnownFacts {
  const input = { ...inputOf([], { inventory }), readings: Object.fromEntries(facts.readings) };
  return { ...facts, inventory, topology: buildTopology(emptyTopology('test'), input) };
}

/** What is found in the cluster of `pods`. */
export function foundAt(
  change: Partial<Record<'a' | 'b', Partial<CaseNode>>>,
  known_: (inventory: Inventory) => Inventory = (inventory) => inventory,
): string[] {
  const { nodes, inventory } = pods(change);
  return found(nodes, known_(inventory));
}

/** The value of a section, changed. */
export function changed<T>(
  from: Section<readonly T[]> | null,
  change: (one: T) => T | null,
): Section<readonly T[]> {
  const value = (from?.value ?? []).flatMap((one) => change(one) ?? []);
  return { ...(from ?? section('changed', value)), value };
}
