import { expect, it } from 'vitest';
import { buildTopology } from '../dev/fixture.ts';
import { fakeTrace, type TracePlan } from '../dev/fake-trace.ts';
import { classic } from '../dev/plans.ts';
import { wayOfFlow, wayOfInterface, wayOfTrace } from './watch-way.ts';

const topology = buildTopology(classic, 'classic');
const podNamed = (name: string) => Object.values(topology.pods).find((pod) => pod.name === name);
const demo = podNamed('c2c-network-demo');
const other = podNamed('c2c-network-demo-w2');

const asked = { from: 'default/c2c-network-demo', to: '192.168.2.3' };
const ofTrace = (plan: TracePlan, change = (paths: readonly unknown[]) => paths) => {
  const answer = fakeTrace(plan);
  if (!answer.ok) throw new Error('this plan has no answer');
  const paths = change(answer.paths) as typeof answer.paths;
  return wayOfTrace(topology, { paths }, asked);
};

it('a traced way is watched from the Pod that sends, with the other end alone', () => {
  expect(ofTrace('delivered')).toEqual({ ok: true, value: { pod: demo, to: '192.168.2.3' } });
  // It need not arrive: that is why one looks.
  expect(ofTrace('dropped')).toEqual({ ok: true, value: { pod: demo, to: '192.168.2.3' } });
});

it('one from elsewhere is watched from the Pod that it comes to; where no end is a Pod nothing is', () => {
  const fromNode = (paths: readonly unknown[]) =>
    (paths as readonly { hops: readonly object[] }[]).map((path) => ({ ...path, hops: path.hops.slice(1) }));
  expect(ofTrace('delivered', fromNode)).toEqual({
    ok: true,
    value: { pod: other, to: 'default/c2c-network-demo' },
  });
  expect(ofTrace('dropped', fromNode)).toMatchObject({ ok: false });
  // Which endpoint a Service chooses is not known: one of them is not the way.
  const twice = (paths: readonly unknown[]) => [...fromNode(paths), ...fromNode(paths)];
  expect(ofTrace('delivered', twice)).toMatchObject({ ok: false });
});

const end = (address: string, port = 40_000) => ({ address, port, name: null });

it('a flow is watched at the Pod that is watched already, else at who sends, else at who is sent to', () => {
  const flow = { source: end('192.168.1.2'), destination: end('192.168.2.3', 8080) };
  const from = { ok: true, value: { pod: demo, to: '192.168.2.3' } };
  const to = { ok: true, value: { pod: other, to: '192.168.1.2' } };
  expect(wayOfFlow(topology, flow, null)).toEqual(from);
  expect(wayOfFlow(topology, flow, demo?.id ?? '')).toEqual(from);
  expect(wayOfFlow(topology, flow, other?.id ?? '')).toEqual(to);
  expect(wayOfFlow(topology, { ...flow, source: end('10.9.9.9') }, null)).toEqual({
    ok: true,
    value: { pod: other, to: '10.9.9.9' },
  });
  const strangers = { source: end('10.9.9.9'), destination: end('10.9.9.8') };
  expect(wayOfFlow(topology, strangers, null)).toMatchObject({ ok: false });
});

it('a flow is not watched at a Pod that has finished and whose address another one has', () => {
  if (demo === undefined) throw new Error('no such Pod');
  const finished = { ...demo, id: 'pod:job', name: 'job', phase: 'Succeeded' } as const;
  const pods = { [finished.id]: finished, ...topology.pods };
  const flow = { source: end('192.168.1.2'), destination: end('10.9.9.9', 80) };
  for (const watched of [null, finished.id])
    expect(wayOfFlow({ pods }, flow, watched)).toEqual({ ok: true, value: { pod: demo, to: '10.9.9.9' } });
});

it('an interface is watched where it is the end of a Pod’s cable, and says so where it is not', () => {
  const inner = topology.interfaces[demo?.podInterfaceId ?? ''];
  const host = topology.interfaces[demo?.hostInterfaceId ?? ''];
  const nic = Object.values(topology.interfaces).find(({ role }) => role === 'nic');
  if (inner === undefined || host === undefined || nic === undefined) throw new Error('no such interfaces');
  for (const one of [inner, host])
    expect(wayOfInterface(topology, one, false)).toEqual({ ok: true, value: { pod: demo, to: null } });
  expect(wayOfInterface(topology, inner, true), 'nothing is connected').toEqual({
    ok: false,
    failure: expect.stringContaining('This was pasted') as string,
  });
  expect(wayOfInterface(topology, nic, false)).toEqual({
    ok: false,
    failure: expect.stringContaining(`Packets of many pass ${nic.name}`) as string,
  });
  expect(wayOfInterface(topology, { ...host, until: { s: 1, ns: 0 } }, false)).toMatchObject({ ok: false });
});
