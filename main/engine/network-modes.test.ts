// Each of the lab's networks as a session reads it: every cable paired, every Pod behind its device, the tunnel named, the
// network and its mode known, and no warning.
import { afterEach, describe, expect, it } from 'vitest';
import { drawn } from '../../app/testing/runs.ts';
import { createEngine } from './create-engine.ts';
import { discoverDocument } from './discover-document.ts';
import { startLab, type Lab } from './testing/lab.ts';

const { signal } = new AbortController();
let lab: Lab | null = null;
let engine: ReturnType<typeof createEngine> | null = null;

afterEach(async () => {
  await engine?.[Symbol.asyncDispose]();
  await lab?.[Symbol.asyncDispose]();
  engine = lab = null;
});

const VXLAN = {
  name: 'vxlan.calico',
  kind: 'vxlan',
  tunnel: { vni: 4096, port: 4789, local: '10.12.22.151' },
};
const VXLAN6 = { name: 'vxlan-v6.calico', tunnel: { vni: 4096, port: 4789, local: 'fd00:10:12:22::151' } };
const FLANNEL = { name: 'flannel.1', kind: 'vxlan', tunnel: { vni: 1, port: 8472, local: '10.12.22.151' } };
const FLANNEL6 = { name: 'flannel-v6.1', tunnel: { vni: 1, port: 8472, local: 'fd00:10:12:22::151' } };

const cases = [
  { mode: 'vxlan', ipv6: true, cni: ['Calico', 'VXLAN'], tunnels: [VXLAN, VXLAN6] },
  { mode: 'flannel', ipv6: false, cni: ['Flannel', 'VXLAN'], tunnels: [FLANNEL] },
  { mode: 'bridge', ipv6: true, cni: ['bridge', 'host-gw'], tunnels: [] },
  { mode: 'bgp', ipv6: true, cni: ['Calico', 'BGP'], tunnels: [] },
  { mode: 'vxlan', ipv6: false, cni: ['Calico', 'VXLAN'], tunnels: [VXLAN] },
  { mode: 'bridge', ipv6: false, cni: ['bridge', 'host-gw'], tunnels: [] },
  { mode: 'flannel', ipv6: true, cni: ['Flannel', 'VXLAN'], tunnels: [FLANNEL, FLANNEL6] },
];

describe.each(drawn(cases, 1))('a lab in mode $mode, IPv6 $ipv6', ({ mode, ipv6, cni, tunnels }) => {
  it('is read whole and without a warning, and again when a Pod comes', async () => {
    lab = await startLab(`mode-${mode}`, '--mode', mode, ...(ipv6 ? ['--ipv6'] : []));
    const session = (engine = createEngine({ follow: 'everything' }));
    const opened = await session.open(lab.clusterFile, { signal });
    if (!opened.ok) throw new Error(opened.failure.sentence);
    await expect.poll(() => session.settled && session.inventoried).toBe(true);
    const pods = () => Object.values(session.topology.pods).filter(({ until }) => until === null);
    await expect.poll(() => pods().filter(({ hostInterfaceId }) => hostInterfaceId !== null)).toHaveLength(4);
    const { topology } = session;
    const document = discoverDocument(topology);
    expect(document.warnings).toEqual([]);
    for (const node of document.nodes)
      expect([node.cni.name, node.cni.mode, node.cni.opaque], node.cni.evidence.join('\n')).toEqual([
        ...(node.name === 'k8s-master' && mode === 'bridge' ? [null, null] : cni),
        null,
      ]);
    const [, worker] = document.nodes;
    expect(worker?.interfaces.filter(({ tunnel }) => tunnel !== null)).toMatchObject(tunnels);
    for (const pod of pods()) {
      expect(pod.namespace).toBe('default');
      expect(pod.ips).toHaveLength(ipv6 ? 2 : 1);
      const host = topology.interfaces[pod.hostInterfaceId ?? ''];
      const inside = topology.interfaces[pod.podInterfaceId ?? ''];
      expect(host).toMatchObject({
        kind: 'veth',
        role: 'workload',
        peer: { interfaceId: inside?.id, why: null },
      });
      expect(inside).toMatchObject({
        name: 'eth0',
        role: 'pod',
        peer: { interfaceId: host?.id, podId: null },
      });
      expect(inside?.addresses.map(({ address }) => address)).toEqual(expect.arrayContaining([...pod.ips]));
    }
    await lab.run('pod', 'add', 'late', '--node', 'k8s-worker-2');
    const late = () => pods().find(({ name }) => name === 'late');
    await expect.poll(() => late()?.podInterfaceId ?? null).not.toBeNull();
    await lab.run('pod', 'delete', 'late');
    await expect.poll(late).toBeUndefined();
    // What was read while its processes ended is read again.
    await expect.poll(() => discoverDocument(session.topology).warnings).toEqual([]);
  });
});
