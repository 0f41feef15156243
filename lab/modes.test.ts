import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { NETWORK_MODES, type NetworkMode } from './lab-plan.ts';
import { readState } from './state.ts';
import { runFolder } from './run-folder.ts';
import { eventually, lab, onNode, success } from './testing/lab-run.ts';
import { fetchFromPod } from './testing/pod-request.ts';

// Each way of networking Pods, really: a request from a Pod of one node arrives at a Pod of the other, before and after
// Pods came and went. Needs root.

const NAME = `modes-${process.pid}`;
const WORKERS = ['k8s-worker-1', 'k8s-worker-2'] as const;

afterEach(async () => {
  await lab('down', '--name', NAME);
});
afterAll(() => lab('down', '--name', NAME));

async function arrives(from: string, pod: string, address: string, at: string): Promise<void> {
  const answer = await eventually(
    () => fetchFromPod(NAME, from, pod, address),
    (said) => said.includes(at),
    10_000,
  );
  expect(answer).toContain(`Hello from ${at} `);
}

const full = process.env['HOPSCOPE_TIER'] === 'full';
const cases: [NetworkMode, boolean][] = full
  ? NETWORK_MODES.flatMap((mode): [NetworkMode, boolean][] => [
      [mode, false],
      [mode, true],
    ])
  : NETWORK_MODES.filter((mode) => mode !== 'bgp').map((mode) => [mode, true]);

describe.each(cases)('mode %s, IPv6 %s', (mode, ipv6) => {
  it('carries requests between Pods of two nodes, old ones and new ones', async () => {
    await lab('up', '--name', NAME, '--mode', mode, ...(ipv6 ? ['--ipv6'] : []));
    await lab('pod', 'add', 'late', '--node', WORKERS[1], '--name', NAME);
    const { plan } = await success(readState(runFolder(NAME)));
    const [client] = plan.nodes[1]?.pods ?? [];
    const targets = plan.nodes[2]?.pods ?? [];
    expect(targets.map(({ name }) => name)).toEqual(['c2c-network-demo-w2', 'web-2', 'late']);
    for (const { name, address, address6 } of targets) {
      expect(address6 === undefined).toBe(!ipv6);
      for (const to of [address, address6])
        if (to !== undefined) await arrives(WORKERS[0], client?.name ?? '', to, name);
    }
    await lab('pod', 'recreate', 'late', '--name', NAME);
    await arrives(WORKERS[0], client?.name ?? '', targets[2]?.address ?? '', 'late');
    await lab('pod', 'delete', 'late', '--name', NAME);
    const devices = await onNode(NAME, WORKERS[1], 'ls /sys/class/net');
    expect(devices.split('\n')).not.toContain(targets[2]?.hostInterface);
    // BIRD only where it carries the routes.
    const processes = (await onNode(NAME, WORKERS[0], 'ps -eo comm=')).split('\n');
    expect(processes.filter((comm) => /^bird6?$/.test(comm)).length).toBe(
      mode === 'bgp' ? (ipv6 ? 2 : 1) : 0,
    );
  });
});

it('is one of the modes it knows, and another one than runs is refused', async () => {
  await expect(lab('up', '--name', NAME, '--mode', 'ipip')).rejects.toThrow(/Allowed choices are bgp/);
  await lab('up', '--name', NAME, '--nodes', '2', '--pods', '1', '--mode', 'bridge');
  await expect(lab('up', '--name', NAME, '--mode', 'vxlan')).rejects.toThrow(
    /is up with 2 nodes and 1 Pods a worker in mode bridge; for another shape/,
  );
  // Asking for nothing else is asking for what runs.
  expect(await lab('up', '--name', NAME)).toContain('was up already');
});
