import { describe, expect, it } from 'vitest';
import { buildTopology, emptyTopology } from './build.ts';
import type { TopologyInput } from './input.ts';
import { inputOf, route, type SyntheticNode, type SyntheticPod } from './testing/synthetic-node.ts';
import type { PodFact } from '../probe/kube-facts.ts';
import { demo, fact, inventoryOf, kubeNode, build, a, sentences, node } from './testing/scenario.ts';

describe('Pods', () => {
  it('are named by Kubernetes, and tied to both ends with every proof there is', () => {
    const topology = build([a(1000)], { inventory: inventoryOf(fact()) });
    const pod = topology.pods['pod:u1'];
    expect(pod).toMatchObject({
      namespace: 'default',
      nodeName: 'a',
      contradictions: [],
      since: { s: 900, ns: 0 },
    });
    const host = topology.interfaces[pod?.hostInterfaceId ?? ''];
    const inside = topology.interfaces[pod?.podInterfaceId ?? ''];
    expect([host?.name, inside?.name, host?.role, inside?.role]).toEqual([
      'calid9d486e54a8',
      'eth0',
      'workload',
      'pod',
    ]);
    expect(host?.peer).toMatchObject({
      podId: 'pod:u1',
      interfaceId: inside?.id,
      proofs: ['link-netnsid', 'mutual-ifindex', 'host-route', 'calico-name-hash'],
    });
    expect(node(topology, 'a')?.kubernetesName).toBe('a');
    expect(Object.keys(topology.pods)).toEqual(['pod:u1']);
  });

  it('are found by name and route where we may not look inside', () => {
    const topology = build([a(1000, { blind: true })], { inventory: inventoryOf(fact()) });
    const pod = topology.pods['pod:u1'];
    const host = topology.interfaces[pod?.hostInterfaceId ?? ''];
    expect([pod?.podInterfaceId, pod?.contradictions, host?.name]).toEqual([null, [], 'calid9d486e54a8']);
    expect(host?.peer).toMatchObject({
      interfaceId: null,
      podId: 'pod:u1',
      proofs: ['host-route', 'calico-name-hash'],
    });
    expect(host?.peer?.why).toContain('may not look into');
    expect(node(topology, 'a')?.unknowns).toHaveLength(3);
  });

  it('have no name without an inventory, and get one without ending', () => {
    const first = build([a(1000)]);
    expect(Object.values(first.pods)).toMatchObject([
      { namespace: null, name: 'pause (process 50)', ips: ['192.168.1.2'] },
    ]);
    const second = build([a(1001)], { inventory: inventoryOf(fact()) }, first);
    expect(Object.keys(second.pods)).toEqual(['pod:u1']);
    const blind = build([a(1000, { blind: true })]);
    expect(Object.values(blind.pods)).toMatchObject([
      { namespace: null, name: 'behind calid9d486e54a8', ips: ['192.168.1.2'] },
    ]);
    expect(
      Object.keys(build([a(1001, { blind: true })], { inventory: inventoryOf(fact()) }, blind).pods),
    ).toEqual(['pod:u1']);
  });

  it('that came and went between two readings of their node do not end before they begin', () => {
    const healthy = build([a(1000)], { inventory: inventoryOf(fact()) });
    const brief = fact({ uid: 'u2', name: 'brief', ips: ['192.168.1.3'], createdAt: 1004 });
    const come = build([a(1000)], { inventory: inventoryOf(fact(), brief) }, healthy);
    const gone = build([a(1000)], { inventory: inventoryOf(fact()) }, come);
    expect(gone.pods['pod:u2']).toMatchObject({ since: { s: 1004, ns: 0 }, until: { s: 1004, ns: 0 } });
  });

  it('show where the sources contradict each other', () => {
    const said = (pod: PodFact, extra: Partial<SyntheticNode> = {}) =>
      build([a(1000, extra)], { inventory: inventoryOf(pod) }).pods['pod:u1']?.contradictions ?? [];
    expect(said(fact({ ips: ['192.168.1.99'] }))[0]).toContain('no network namespace there has this address');
    expect(said(fact({ name: 'another' }))).toEqual([
      expect.stringContaining(
        'The host end of default/another is calid9d486e54a8, but Calico’s name for this Pod is cali',
      ),
    ]);
    const elsewhere = inputOf([a(1000)], { inventory: inventoryOf(fact()) });
    const reading = elsewhere.readings['a'];
    if (reading === undefined) throw new Error('no reading');
    const withRoutes = (dev: string | null): TopologyInput => ({
      ...elsewhere,
      readings: {
        a: {
          ...reading,
          snapshot: {
            ...reading.snapshot,
            routes4: {
              ...reading.snapshot.routes4,
              state: 'ok',
              evidence: [],
              at: null,
              sentence: null,
              value: dev === null ? [] : [route('192.168.1.2/32', { dev })],
            },
          },
        },
      },
    });
    const of = (input: TopologyInput) =>
      buildTopology(emptyTopology('test'), input).pods['pod:u1']?.contradictions;
    expect(of(withRoutes(null))?.[0]).toContain('has no host route to 192.168.1.2');
    expect(of(withRoutes('docker0'))?.[0]).toContain(
      'leaves by docker0, but default/c2c-network-demo is behind calid9d486e54a8',
    );
    for (const quiet of [
      fact({ phase: 'Succeeded' }),
      fact({ terminating: true, ips: ['192.168.1.99'] }),
      fact({ hostNetwork: true, ips: ['10.0.0.1'] }),
    ]) {
      expect(said(quiet)).toEqual([]);
    }
  });

  it('are found on nodes that share one boot id by their addresses, then names', () => {
    const nodes = Object.fromEntries(
      [
        ['a', '10.0.0.1'],
        ['b', '10.0.0.2'],
        ['c', '10.9.9.9'],
      ].map(([name = '', address = '']) => [name, { ...kubeNode(name, address), bootId: 'boot-1' }]),
    );
    const topology = build(
      [a(1000), { label: 'b', at: 1000, address: '10.0.0.2' }, { label: 'c', at: 1000, address: '10.0.0.3' }],
      { inventory: { ...inventoryOf(fact()), nodes } },
    );
    expect(['a', 'b', 'c'].map((label) => node(topology, label)?.kubernetesName)).toEqual(['a', 'b', 'c']);
  });

  it('that lost their address are found by their second interface, and the loss is said', () => {
    const networks = [{ name: 'x/sriov', interfaceName: 'net1', ips: [demo.ip], mac: null }];
    const lost = fact({ name: 'moved', ips: ['192.168.1.99'], networks });
    const pod = build([a(1000)], { inventory: inventoryOf(lost) }).pods['pod:u1'];
    expect(pod?.netnsId).toMatch(/\/100@/);
    expect(pod?.contradictions.join()).toMatch(/no network namespace there has this address/);
    expect(
      build([a(1000)], { inventory: inventoryOf(fact({ name: 'moved', ips: lost.ips })) }).pods['pod:u1']
        ?.netnsId,
    ).toBeNull();
  });

  it('are the one behind Calico’s name where two namespaces have one address, and say so', () => {
    const twin = { ...demo, inode: 200, nsid: 2, pid: 60, startTicks: 90, hostIfindex: 9, hostName: 'veth9' };
    for (const pods of [
      [demo, twin],
      [twin, demo],
    ]) {
      const topology = build([a(1000, { pods })], { inventory: inventoryOf(fact()) });
      const pod = topology.pods['pod:u1'];
      expect(topology.netns[pod?.netnsId ?? '']?.inode).toBe(100);
      expect(topology.interfaces[pod?.hostInterfaceId ?? '']?.name).toBe('calid9d486e54a8');
      expect(pod?.contradictions[0]).toMatch(/^2 network namespaces on a have the address of default/);
    }
  });

  it('are not invented behind a NIC with a route to its gateway', () => {
    const routes = [route('172.31.1.1/32', { dev: 'ens192', scope: 'link' })];
    expect(build([a(1000, { pods: [], routes })]).pods).toEqual({});
  });

  it('with one address between two are a warning', () => {
    const twins = inventoryOf(
      fact(),
      fact({ uid: 'u2', name: 'twin' }),
      fact({ uid: 'u3', name: 'done', phase: 'Succeeded' }),
    );
    expect(build([a(1000)], { inventory: twins }).warnings).toEqual([
      'default/c2c-network-demo and default/twin have the same address, 192.168.1.2.',
    ]);
  });

  it('come and go, in a sentence each', () => {
    const first = build([a(1000)], { inventory: inventoryOf(fact()) });
    const other = fact({ uid: 'u2', name: 'web', ips: ['192.168.1.3'] });
    const web: SyntheticPod = {
      ...demo,
      inode: 101,
      nsid: 2,
      pid: 51,
      hostIfindex: 5,
      hostName: 'cali0761ccbeace',
      ip: '192.168.1.3',
    };
    const second = build([a(1001, { pods: [demo, web] })], { inventory: inventoryOf(fact(), other) }, first);
    expect(sentences(second, first.events.length)).toEqual([
      'a: cali0761ccbeace appeared (ifindex 5).',
      'default/web appeared with 192.168.1.3 on a.',
      'a: route 192.168.1.3/32 dev cali0761ccbeace proto 80 appeared.',
    ]);
    const third = build([a(1002)], { inventory: inventoryOf(fact()) }, second);
    expect(sentences(third, second.events.length)).toEqual([
      'a: cali0761ccbeace is gone (ifindex 5).',
      'default/web has ended on a.',
      'a: route 192.168.1.3/32 dev cali0761ccbeace proto 80 ended.',
    ]);
    expect(third.pods['pod:u2']?.until).toEqual({ s: 1002, ns: 0 });
  });
});
