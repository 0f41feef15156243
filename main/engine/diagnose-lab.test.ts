// A real lab: healthy it has no finding; each fault is named first, on its node, within 10 s of asking, and is gone once it is
// mended. In `npm test` a fault of one mode, by the commit; all of them in the full tier.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Diagnosis, FindingId } from '../../app/diagnose/finding.ts';
import { drawn } from '../../app/testing/runs.ts';
import { createEngine } from './create-engine.ts';
import type { Engine } from './engine.ts';
import { startLab, type Lab } from './testing/lab.ts';

interface Case {
  readonly fault: string;
  readonly id: FindingId;
  /** Left out: the node of the fault. Null: the whole cluster. */
  readonly node?: null;
  readonly device?: string;
}

const NODE = 'k8s-worker-1';
const POD_DEVICE = 'calid9d486e54a8';

/** `fault` as the lab takes it. */
const everywhere: readonly Case[] = [
  { fault: 'link-down', id: 'link-down', device: 'ens192' },
  { fault: 'far-end-down', id: 'link-down', device: 'ens192' },
  { fault: 'pod-link-down', id: 'link-down', device: 'eth0' },
  { fault: 'pod-mtu', id: 'mtu-mismatch' },
  { fault: 'mtu-mismatch', id: 'mtu-mismatch', device: 'ens192' },
  { fault: 'ip-forward-off', id: 'ip-forward-off' },
  { fault: 'forwarding-off', id: 'ip-forward-off', device: 'ens192' },
  { fault: 'unresolved-next-hop', id: 'unresolved-next-hop' },
  { fault: 'wrong-neighbour', id: 'wrong-neighbour', device: 'ens192' },
  { fault: 'duplicate-mac', id: 'duplicate-mac', device: 'ens192' },
  { fault: 'policy-routing-diverts', id: 'policy-routing-diverts' },
  { fault: 'forward-policy-drop', id: 'forward-policy-drop' },
  { fault: 'iptables-backend-split', id: 'iptables-backend-split' },
  { fault: 'service-without-endpoints', id: 'service-without-endpoints', node: null },
  { fault: 'socket-not-listening', id: 'socket-not-listening' },
  { fault: 'listen-overflow', id: 'listen-overflow' },
  { fault: 'stale-udp-conntrack', id: 'stale-udp-conntrack' },
  { fault: 'nic-drops', id: 'nic-drops', device: 'ens192' },
];
const calico: readonly Case[] = [
  { fault: 'pod-route-missing', id: 'pod-route-missing', device: POD_DEVICE },
  { fault: 'pod-default-route-missing', id: 'pod-default-route-missing' },
  { fault: 'duplicate-pod-ip', id: 'duplicate-pod-ip', device: POD_DEVICE },
  { fault: 'routes-flushed', id: 'routes-flushed' },
  { fault: 'proxy-arp-off', id: 'proxy-arp-off', device: POD_DEVICE },
  { fault: 'gateway-arp-unanswerable', id: 'gateway-arp-unanswerable' },
  { fault: 'node-address-mismatch', id: 'node-address-mismatch', device: 'docker0' },
  { fault: 'pool-overlaps-node-network', id: 'pool-overlaps-node-network', node: null },
  { fault: 'anti-spoof-drop', id: 'anti-spoof-drop', device: POD_DEVICE },
  { fault: 'policy-drop', id: 'policy-drop', device: POD_DEVICE },
  { fault: 'conntrack-full', id: 'conntrack-full' },
];
const routedBack: readonly Case[] = [{ fault: 'rp-filter-drop', id: 'rp-filter-drop', device: 'ens192' }];
const bgp: readonly Case[] = [
  { fault: 'bgp-cut', id: 'bgp-port-blocked' },
  { fault: 'route-withdraw', id: 'bgp-not-established' },
  { fault: 'bird-kill', id: 'stale-bgp-routes' },
  { fault: 'bird-term', id: 'stale-bgp-routes' },
  { fault: 'bgp-blocked', id: 'bgp-port-blocked' },
  { fault: 'bgp-disable', id: 'bgp-not-established' },
  { fault: 'bgp-auth-mismatch', id: 'bgp-auth-mismatch' },
  { fault: 'bgp-as-mismatch', id: 'bgp-as-mismatch' },
  { fault: 'blackhole-shadows-pod', id: 'blackhole-shadows-pod', device: POD_DEVICE },
  { fault: 'route-flapping', id: 'route-flapping' },
];
const vxlan: readonly Case[] = [
  { fault: 'vxlan-fdb-missing', id: 'vxlan-fdb-missing' },
  { fault: 'vxlan-mismatch', id: 'vxlan-mismatch' },
  { fault: 'vxlan-blocked', id: 'vxlan-blocked' },
  { fault: 'vxlan-checksum-offload', id: 'vxlan-checksum-offload' },
  { fault: 'node-identity-clash', id: 'node-identity-clash' },
  { fault: 'pod-ip-equals-tunnel-ip', id: 'pod-ip-equals-tunnel-ip' },
];
const matrix: readonly { readonly mode: string; readonly cases: readonly Case[] }[] = [
  { mode: 'bgp', cases: [...everywhere, ...calico, ...routedBack, ...bgp] },
  { mode: 'vxlan', cases: [...everywhere, ...calico, ...vxlan] },
  { mode: 'bridge', cases: [...everywhere, ...routedBack] },
  { mode: 'flannel', cases: [...everywhere, ...vxlan.slice(0, 5)] },
];

/** From asking on; asserted at three times that. */
const NAMED_MS = 10_000;
const { signal } = new AbortController();

/** All modes in the full tier; in `npm test` the one with the most faults. */
const modes = drawn(matrix, 1).length === 1 ? matrix.slice(0, 1) : matrix;

describe.each(modes)('in mode $mode', ({ mode, cases }) => {
  let lab: Lab;
  let engine: Engine;

  beforeAll(async () => {
    lab = await startLab('diagnose', '--mode', mode);
  }, 60_000);
  afterAll(() => lab[Symbol.asyncDispose]());
  // Each time with nothing seen before: faults one upon another are a session that flaps, and a route that does.
  beforeEach(async () => {
    engine = createEngine({ attended: false, follow: true });
    const opened = await engine.open(lab.clusterFile, { signal });
    if (!opened.ok) throw new Error(opened.failure.sentence);
  }, 60_000);
  afterEach(() => engine[Symbol.asyncDispose]());

  async function diagnosis(): Promise<Diagnosis> {
    const answer = await engine.diagnose({ signal });
    if (!answer.ok) throw new Error(answer.failure.sentence);
    return answer.value.diagnosis;
  }

  /** Asks again and again, as `hopscope doctor` and the window do. */
  async function becomes(what: string, holds: (now: Diagnosis) => boolean): Promise<Diagnosis> {
    const began = performance.now();
    for (let round = 0; ; round += 1) {
      const now = await diagnosis();
      if (engine.settled && engine.inventoryWhole && now.awaits.length === 0 && holds(now)) {
        console.log(`${what}: ${(performance.now() - began).toFixed(0)} ms`);
        return now;
      }
      if (performance.now() - began > 3 * NAMED_MS) return now;
    }
  }
  const nothing = ({ findings }: Diagnosis): boolean => findings.length === 0;
  const told = ({ findings }: Diagnosis): string[] => findings.map(({ id, title }) => `${id}: ${title}`);

  /** Pod pairs, by their nodes, that would lose their path. */
  async function lostWithout(device: string): Promise<string[]> {
    await becomes(`${mode}, before`, nothing);
    expect(await cutOff()).toEqual([]);
    const answer = await engine.ask('whatIf.run', { fails: { kind: 'link', node: NODE, device } });
    if (!answer.ok || !answer.value.ok) throw new Error('the model does not know this link');
    const counts = new Map<string, number>();
    for (const { from, to, pairs } of answer.value.lost) {
      const ends = `${from} → ${to}`;
      counts.set(ends, (counts.get(ends) ?? 0) + pairs);
    }
    return [...counts].map(([ends, count]) => `${ends}: ${count}`).sort();
  }

  /** Those that have none, each Pod with each other. */
  async function cutOff(): Promise<string[]> {
    const { pods, nodes } = engine.topology;
    const living = Object.values(pods).filter(({ until, ips }) => until === null && ips.length > 0);
    const counts = new Map<string, number>();
    for (const from of living)
      for (const to of living) {
        if (from === to || (from.hostNetwork && to.hostNetwork && from.nodeId === to.nodeId)) continue;
        const asked = {
          from: from.ips[0] ?? '',
          to: to.ips[0] ?? '',
          proto: 'tcp',
          port: null,
          size: null,
        } as const;
        const answer = await engine.ask('trace.path', asked);
        if (!answer.ok || !answer.value.ok) throw new Error('a Pod is not known');
        const { paths, reverse } = answer.value;
        if ([...paths, reverse].every((path) => path?.verdict === 'delivered')) continue;
        const ends = [from, to].map(({ nodeId }) => nodes[nodeId ?? '']?.label ?? '').join(' → ');
        counts.set(ends, (counts.get(ends) ?? 0) + 1);
      }
    return [...counts].map(([ends, count]) => `${ends}: ${count}`).sort();
  }

  it('healthy: no finding', async () => {
    expect(told(await becomes(`${mode}, healthy`, nothing))).toEqual([]);
    const looked = await engine.diagnose({ signal });
    expect(looked).toMatchObject({
      ok: true,
      value: {
        diagnosis: { findings: [] },
        looked: { pods: 4, left: 0, nodes: ['k8s-master', 'k8s-worker-1', 'k8s-worker-2'], silent: [] },
      },
    });
  }, 90_000);

  it.each(drawn(cases, 1))(
    '$fault is named first, with the lines that prove it, and is gone once it is mended',
    async (one) => {
      // What the model says of this link is held against the lab without it.
      const fails = one.fault === 'link-down' ? one.device : undefined;
      const predicted = fails === undefined ? null : await lostWithout(fails);
      await lab.run('fault', one.fault, '--on', NODE);
      const first = ({ findings }: Diagnosis): boolean => findings[0]?.id === one.id;
      const now = await becomes(one.fault, first);
      expect(now.findings[0], told(now).join('\n')).toMatchObject({
        id: one.id,
        where: {
          node: one.node === null ? null : NODE,
          ...(one.device === undefined ? {} : { interface: one.device }),
        },
      });
      expect(now.findings[0]?.evidence.filter(({ output }) => output !== '')).not.toEqual([]);
      if (predicted !== null) {
        expect(predicted.length).toBeGreaterThan(0);
        expect(await cutOff()).toEqual(predicted);
      }
      await lab.run('heal');
      expect(told(await becomes(`${one.fault} mended`, nothing))).toEqual([]);
    },
    90_000,
  );
});
