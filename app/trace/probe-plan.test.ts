import { describe, expect, it } from 'vitest';
import type { Shot } from '../probe/active-shots.ts';
import type { NetnsEntity } from '../topology/model.ts';
import type { TraceRequest } from './model.ts';
import type { ProbeRequest } from './probe-model.ts';
import {
  addressIn,
  countedCommand,
  planId,
  planProbe,
  type PlannedProbe,
  type TierOf,
} from './probe-plan.ts';
import { knownCluster } from './testing/real-cluster.ts';
import { tracePath } from './trace.ts';

const shot: Shot = {
  kind: 'echo',
  inside: { pid: 42, inode: 4026532001 },
  destination: '192.168.2.3',
  port: null,
  sourcePort: null,
  size: 84,
  whole: false,
  count: 3,
};

it('a plan that was agreed to is another one as soon as its process number is another namespace’s', () => {
  const commands = [countedCommand('a', () => 3)];
  expect(planId(commands, [shot])).toBe(planId(commands, [{ ...shot }]));
  expect(planId(commands, [{ ...shot, inside: { pid: 42, inode: 4026532002 } }])).not.toBe(
    planId(commands, [shot]),
  );
});

it.each([
  [null, 'login'],
  [0, 'login'],
  [1, 'login'],
  [2, 'root'],
  [3, 'root'],
] as const)('who reads what is counted, with tier %j: %s', (tier, rights) => {
  expect(countedCommand('a', () => tier)).toMatchObject({ rights, changes: null });
});

it.each([
  ['default/web-1 (192.168.1.3)', '192.168.1.3'],
  ['default/web-1 (fd00::3)', 'fd00::3'],
  ['10.0.0.1', '10.0.0.1'],
  ['default/web-1', null],
  ['web (1.2.3.4; reboot)', null],
])('where %j is sent to', (text, address) => {
  expect(addressIn(text)).toBe(address);
});

describe('what a probe would run', () => {
  const known = knownCluster(new URL('./fixtures/vxlan-bridge/', import.meta.url));
  const question: TraceRequest = {
    ...{ from: 'node/node-A', to: '10.244.2.2' },
    ...{ proto: 'icmp', port: null, size: null },
  };
  const planned = (
    asked: Partial<ProbeRequest> = {},
    tierOf: TierOf = () => 3,
    topology = known.topology,
  ): ReturnType<typeof planProbe> => {
    const request = { ...question, sizes: false, rules: false, consent: null, ...asked };
    const traced = tracePath(known, request);
    if (!traced.ok) throw new Error(traced.sentence);
    return planProbe(request, traced, topology, tierOf);
  };
  const made = (...given: Parameters<typeof planned>): PlannedProbe => {
    const plan = planned(...given);
    if (!plan.ok) throw new Error(plan.failure);
    return plan.value;
  };
  const why = (...given: Parameters<typeof planned>): string => {
    const plan = planned(...given);
    return plan.ok ? '' : plan.failure;
  };

  it('three packets from where the way begins, and counters of the nodes on it before and after', () => {
    const { plan, sender, destination, shots, sizesFrom, counted, flows } = made();
    expect({ sender, destination, counted }).toEqual({
      ...{ sender: 'node-A', destination: '10.244.2.2' },
      counted: ['node-A', 'node-B'],
    });
    expect(shots).toMatchObject([{ kind: 'echo', inside: null, count: 3, size: 84, whole: false }]);
    expect([sizesFrom, flows]).toEqual([1, []]);
    // What it changes is said of what sends alone.
    expect(plan.commands.map(({ node, changes }) => [node, changes === null])).toEqual([
      ['node-A', true],
      ['node-B', true],
      ['node-A', false],
    ]);
    expect(plan.sentence).toContain('1 command sends packets from node-A on their way to 10.244.2.2');
  });

  it('connections one by one, datagrams at a port that somebody has to say', () => {
    const { shots } = made({ proto: 'tcp', port: 8080 });
    expect(shots.map(({ kind, port, count }) => [kind, port, count])).toEqual(
      Array.from({ length: 3 }, () => ['connect', 8080, 1]),
    );
    expect(made({ proto: 'udp', port: 53, size: 500 }).shots).toMatchObject([
      { kind: 'datagram', port: 53, size: 500, whole: true },
    ]);
    expect(why({ proto: 'udp' })).toBe('A udp probe needs a port: say --port.');
  });

  it('sizes that may not be cut, the largest first, none beyond what the first device takes', () => {
    const { shots, sizesFrom } = made({ sizes: true });
    const sizes = shots.slice(sizesFrom).map(({ size }) => size);
    expect(sizes).toEqual([...new Set(sizes)].sort((a, b) => b - a));
    // The VXLAN's own, by which the node sends.
    expect(sizes[0]).toBe(1450);
    expect(sizes).toContain(576);
    expect(shots.slice(sizesFrom).every(({ whole, count }) => whole && count === 2)).toBe(true);
  });

  it('rules for this probe’s packets alone: by their length, or by the ports that they are sent from', () => {
    const told = (asked: Partial<ProbeRequest>) =>
      made({ rules: true, ...asked }).flows.map(({ node, flow }) => [node, flow.told]);
    expect(told({})).toEqual([
      ['node-A', { bytes: 97 }],
      ['node-B', { bytes: 97 }],
    ]);
    expect(made({ rules: true }).shots[0]?.size).toBe(97);
    expect(told({ size: 300 })[0]).toEqual(['node-A', { bytes: 300 }]);
    expect(told({ proto: 'tcp', port: 8080 })[0]).toEqual(['node-A', 'by-source-port']);
    const rules = made({ rules: true }).plan.commands.filter(({ command }) => command.startsWith('nft '));
    expect(rules.map(({ node, rights }) => [node, rights])).toEqual([
      ['node-A', 'root'],
      ['node-B', 'root'],
    ]);
    expect(made({ rules: true }).plan.id).not.toBe(made().plan.id);
  });

  it('what a login may not do, and who is not connected, is said', () => {
    const plain = made({ rules: true }, () => 1);
    expect(plain.flows).toEqual([]);
    expect(plain.plan.lacks.filter((one) => one.includes('tracing rules takes root there'))).toHaveLength(2);
    const alone = made({}, (node) => (node === 'node-A' ? 3 : null));
    expect(alone.counted).toEqual(['node-A']);
    expect(alone.plan.lacks).toEqual(['node-B is not connected: what it counts is not read.']);
    expect(why({}, () => null)).toContain('node-A is not connected: a probe is sent from there.');
  });

  it('from inside a Pod by root, through a process of it', () => {
    const from = { from: '10.244.1.2' };
    expect(why(from, () => 2)).toContain('takes root on node-A');
    // What was pasted knows no processes.
    expect(why(from)).toContain('No process of');
    const traced = tracePath(known, { ...question, ...from });
    const { netnsId = '', nodeId = '' } = traced.ok ? (traced.paths[0]?.hops[0] ?? {}) : {};
    const space: NetnsEntity = {
      ...{ id: netnsId, nodeId, inode: 900, root: false, nsid: null, podId: null },
      ...{ since: { s: 0, ns: 0 }, until: null, evidence: [] },
      process: { pid: 42, comm: 'p', startTicks: 1 },
    };
    const topology = { ...known.topology, netns: { ...known.topology.netns, [netnsId]: space } };
    const { shots, plan } = made(from, () => 3, topology);
    expect(shots).toMatchObject([{ inside: { pid: 42, inode: 900 } }]);
    expect(plan.commands.at(-1)).toMatchObject({ node: 'node-A', rights: 'root' });
  });
});
