import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import { emptyTopology } from '../topology/build.ts';
import type { InterfaceEntity, NodeEntity, PodEntity, Topology } from '../topology/model.ts';
import { a, build, demo, fact, inventoryOf } from '../topology/testing/scenario.ts';
import { MOST_NODES, MOST_PEERS, planCaptures, watchedPod, type PlanInput } from './capture-plan.ts';

/** `perNode` Pods on each of `count` nodes; Pod `p0` is on `n0`, Pod `p<n>` on node n modulo count. */
function cluster(count: number, pods: number): Topology {
  const life = { since: { s: 1, ns: 0 }, until: null, evidence: [] };
  const nodes: Record<string, NodeEntity> = {};
  const table: Record<string, PodEntity> = {};
  const netns: Topology['netns'] & Record<string, Topology['netns'][string]> = {};
  const interfaces: Record<string, InterfaceEntity> = {};
  for (let n = 0; n < count; n++) {
    const id = `node:${n}`;
    nodes[id] = {
      ...life,
      id,
      label: `n${n}`,
      hostname: `n${n}`,
      hostKeyFingerprint: '',
      bootId: '',
      kernel: '',
      addresses: [`10.0.0.${n}`],
      rootNetns: `netns:${n}/root`,
      bird: { state: 'absent', version: null, kernelRoutes: 0, sentence: null },
      unknowns: [],
      unread: { routes: null, insidesOfPods: null },
      cni: { name: 'Calico', mode: 'BGP', opaque: null, evidence: [] },
      contradictions: [],
      kubernetesName: null,
    };
    interfaces[`if:${n}/2`] = device(`if:${n}/2`, id, `netns:${n}/root`, 2, 'ens192', 'nic');
  }
  for (let p = 0; p < pods; p++) {
    const n = p % count;
    const ns = `netns:${n}/pod${p}`;
    table[`pod:${p}`] = {
      ...life,
      id: `pod:${p}`,
      namespace: 'default',
      name: `p${p}`,
      nodeId: `node:${n}`,
      nodeName: `n${n}`,
      ips: [`192.168.0.${p}`],
      phase: 'Running',
      ready: null,
      hostNetwork: false,
      labels: {},
      moreLabels: 0,
      netnsId: ns,
      podInterfaceId: `if:${n}/pod${p}`,
      hostInterfaceId: `if:${n}/cali${p}`,
      contradictions: [],
    };
    netns[ns] = {
      ...life,
      id: ns,
      nodeId: `node:${n}`,
      inode: 100 + p,
      root: false,
      nsid: p,
      process: { pid: 1000 + p, comm: 'pause', startTicks: 5 },
      podId: `pod:${p}`,
    };
    const root = `netns:${n}/root`;
    interfaces[`if:${n}/cali${p}`] = device(
      `if:${n}/cali${p}`,
      `node:${n}`,
      root,
      10 + p,
      `cali${p}`,
      'workload',
    );
    interfaces[`if:${n}/pod${p}`] = device(`if:${n}/pod${p}`, `node:${n}`, ns, 3, 'eth0', 'pod');
  }
  return { ...emptyTopology('test'), nodes, pods: table, netns, interfaces };
}

function device(
  id: string,
  nodeId: string,
  netnsId: string,
  ifindex: number,
  name: string,
  role: InterfaceEntity['role'],
): InterfaceEntity {
  return {
    since: { s: 1, ns: 0 },
    until: null,
    evidence: [],
    id,
    nodeId,
    netnsId,
    ifindex,
    name,
    kind: 'veth',
    role,
    mac: null,
    mtu: 1500,
    operstate: 'UP',
    adminUp: true,
    carrier: true,
    addresses: [],
    peer: null,
    masterIfindex: null,
  };
}

function podOf(topology: Topology, id = 'pod:0'): PodEntity {
  const pod = topology.pods[id];
  if (pod === undefined) throw new Error(`no ${id}`);
  return pod;
}

const everyNode = (topology: Topology, connected = true) =>
  Object.values(topology.nodes).map(({ label }) => ({ label, connected }));

function plan(topology: Topology, extra: Partial<PlanInput> = {}) {
  const nodes = everyNode(topology);
  return planCaptures({
    topology,
    pod: extra.pod ?? podOf(topology),
    nodes,
    peers: [],
    interfaceByInterface: new Set(),
    ...extra,
  });
}

const where = ({ captures }: ReturnType<typeof plan>) =>
  captures.map(({ place, device: one }) => (one === null ? place : `${place}:${one.name}`));

describe('which captures there should be', () => {
  it('one at every node, by the Pod’s addresses, and one inside it', () => {
    const planned = plan(cluster(3, 3));
    expect(where(planned)).toEqual(['n0', 'n1', 'n2', 'n0/pod:0']);
    expect(planned.captures.every(({ addresses }) => addresses[0] === '192.168.0.0')).toBe(true);
    expect(planned.captures.map(({ namespace }) => namespace)).toEqual([
      null,
      null,
      null,
      { pid: 1000, inode: 100 },
    ]);
    expect(planned.captures.map(({ snaplen }) => snaplen)).toEqual([128, 128, 128, 128]);
    expect([planned.impossible, planned.sentences]).toEqual([[], []]);
  });

  it('inside peers too, at most four, the first seen first, and says who is left', () => {
    const peers = ['pod:3', 'pod:1', 'pod:0', 'pod:9', 'pod:2', 'pod:4', 'pod:5', 'pod:6'];
    const planned = plan(cluster(3, 7), { peers });
    expect(where(planned).slice(3)).toEqual(['n0/pod:0', 'n0/pod:3', 'n1/pod:1', 'n2/pod:2', 'n1/pod:4']);
    expect(planned.sentences).toEqual([
      'At most 4 peers are captured from inside at a time; p5 and p6 are seen at the nodes only.',
    ]);
  });

  it('at sixteen nodes: the Pod’s, its peers’, the connected ones in order', () => {
    const topology = cluster(20, 20);
    const nodes = everyNode(topology).map((one) => ({ ...one, connected: one.label !== 'n1' }));
    const planned = plan(topology, { pod: podOf(topology, 'pod:19'), peers: ['pod:18'], nodes });
    const roots = planned.captures.filter(({ pod }) => pod === null).map(({ nodeLabel }) => nodeLabel);
    expect(roots.slice(0, 4)).toEqual(['n19', 'n18', 'n0', 'n2']);
    expect(roots).toHaveLength(MOST_NODES);
    expect(planned.sentences).toEqual([
      'At most 16 nodes are captured at a time; n15, n16, n17 and n1 are not.',
    ]);
  });

  it('keeps 192 bytes where a tunnel adds headers, and not inside Pods', () => {
    const topology = cluster(2, 2);
    const vxlan = device('if:0/vx', 'node:0', 'netns:0/root', 7, 'vxlan.calico', 'tunnel');
    const planned = plan({ ...topology, interfaces: { ...topology.interfaces, vx: vxlan } });
    expect(planned.captures.map(({ place, snaplen }) => [place, snaplen])).toEqual([
      ['n0', 192],
      ['n1', 128],
      ['n0/pod:0', 128],
    ]);
  });

  it('of a Pod on its node’s network: that node’s address, and nothing inside', () => {
    const topology = cluster(2, 2);
    const pod = { ...podOf(topology), hostNetwork: true, netnsId: 'netns:0/root', ips: ['10.0.0.0'] };
    const planned = plan(topology, { pod });
    expect(where(planned)).toEqual(['n0', 'n1']);
    expect(planned.captures[0]?.addresses).toEqual(['10.0.0.0']);
    expect(planned.sentences).toEqual([expect.stringContaining('not this Pod’s packets alone')]);
  });

  it('interface by interface where the node cannot tell them apart', () => {
    const topology = cluster(2, 2);
    const planned = plan(topology, { interfaceByInterface: new Set(['n0', 'n0/pod:0']) });
    expect(where(planned)).toEqual(['n0:cali0', 'n0:ens192', 'n1', 'n0/pod:0:eth0']);
  });

  it('says so where none of the interfaces to capture one by one is known yet', () => {
    const topology = { ...cluster(2, 2), interfaces: {} };
    const planned = plan(topology, { interfaceByInterface: new Set(['n0', 'n0/pod:0']) });
    expect(where(planned)).toEqual(['n1']);
    const why = 'which of its interfaces to capture is not known yet; it is captured as soon as it is.';
    expect(planned.impossible).toEqual([
      { place: 'n0', nodeLabel: 'n0', pod: null, sentence: `Nothing is captured at n0: ${why}` },
      {
        ...{ place: 'n0/pod:0', nodeLabel: 'n0', pod: { id: 'pod:0', name: 'p0' } },
        sentence: `The inside of p0 is not captured: ${why}`,
      },
    ]);
  });

  it('says why where the inside cannot be entered, and where the Pod’s node is not ours', () => {
    const blind = build([a(1000, { blind: true })], { inventory: inventoryOf(fact()) });
    const planned = plan(blind, { pod: podOf(blind, 'pod:u1') });
    expect(where(planned)).toEqual(['a']);
    expect(planned.impossible.map(({ place }) => place)).toEqual(['a/pod:u1']);
    expect(planned.impossible[0]?.sentence).toMatch(/^The inside of c2c-network-demo is not captured: /);
    const elsewhere = build([a(1000)], { inventory: inventoryOf(fact({ nodeName: 'far' })) });
    expect(plan(elsewhere, { pod: podOf(elsewhere, 'pod:u1') }).sentences).toEqual([
      expect.stringContaining('runs on far, which was not read'),
    ]);
  });

  it('is the same capture as long as nothing about it changes', () => {
    const keys = (topology: Topology) =>
      new Map(
        plan(topology, { pod: podOf(topology, 'pod:u1') }).captures.map(({ place, key }) => [place, key]),
      );
    const inventory = inventoryOf(fact());
    const first = build([a(1000)], { inventory });
    const before = keys(first);
    expect(keys(build([a(1005)], { inventory }, first))).toEqual(before);
    const restarted = keys(
      build([a(1010, { pods: [{ ...demo, pid: 77, startTicks: 99 }] })], { inventory }, first),
    );
    expect(restarted.get('a')).toBe(before.get('a'));
    expect(restarted.get('a/pod:u1')).not.toBe(before.get('a/pod:u1'));
  });

  it('is bounded, and never the same twice, whatever the cluster', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 25 }),
        fc.integer({ min: 1, max: 30 }),
        fc.array(fc.nat(35)),
        fc.array(fc.boolean(), { minLength: 25, maxLength: 25 }),
        fc.array(fc.nat(25)),
        (count, pods, peers, connected, separate) => {
          const topology = cluster(count, pods);
          const nodes = everyNode(topology).map((one, index) => ({
            ...one,
            connected: connected[index] === true,
          }));
          const planned = plan(topology, {
            nodes,
            peers: peers.map((p) => `pod:${p}`),
            interfaceByInterface: new Set(separate.flatMap((n) => [`n${n}`, `n${n % count}/pod:${n}`])),
          });
          const { captures } = planned;
          expect(new Set(captures.map(({ key }) => key)).size).toBe(captures.length);
          expect(new Set(captures.map(({ nodeLabel }) => nodeLabel)).size).toBeLessThanOrEqual(MOST_NODES);
          const insides = new Set(captures.flatMap(({ pod }) => (pod === null ? [] : [pod.id])));
          expect(insides.size).toBeLessThanOrEqual(1 + MOST_PEERS);
          expect(insides.has('pod:0'), 'the watched one').toBe(true);
        },
      ),
      { numRuns: runs(100) },
    );
  });
});

describe('what became of the watched Pod', () => {
  it('that had no name: the same under its name', () => {
    const nameless = build([a(1000)]);
    const pod = Object.values(nameless.pods)[0];
    if (pod === undefined) throw new Error('no Pod');
    const named = build([a(1001)], { inventory: inventoryOf(fact()) }, nameless);
    expect(watchedPod(named, pod)?.name).toBe('c2c-network-demo');
  });

  it('that was deleted, finished or replaced: gone', () => {
    const first = build([a(1000)], { inventory: inventoryOf(fact()) });
    const pod = podOf(first, 'pod:u1');
    expect(watchedPod(first, pod)).toBe(pod);
    expect(watchedPod(build([a(1001, { pods: [] })], { inventory: inventoryOf() }, first), pod)).toBeNull();
    const heir = inventoryOf(fact({ uid: 'u2' }));
    expect(watchedPod(build([a(1001)], { inventory: heir }, first), pod)).toBeNull();
    const finished = inventoryOf(fact({ phase: 'Succeeded' }));
    expect(watchedPod(build([a(1001)], { inventory: finished }, first), pod)).toBeNull();
  });
});
