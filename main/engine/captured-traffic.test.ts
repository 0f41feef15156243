import { expect, it } from 'vitest';
import { build, a, fact, inventoryOf } from '../../app/topology/testing/scenario.ts';
import { CaptureRecord } from './capture-record.ts';
import { CapturedTraffic } from './captured-traffic.ts';
import { KeptCapture, otherAddresses } from './kept-capture.ts';
import { FakeNode } from './testing/fake-node.ts';

const topology = build([a(1000)], { inventory: inventoryOf(fact()) });
const pod = topology.pods['pod:u1'];
const place = {
  ...{ nodeLabel: 'a', netnsId: 'ns:a', pod: null, device: null, snaplen: 128, addresses: ['192.168.1.2'] },
  outside: [],
};

it('begins a capture anew once, however long the one before takes to end, and others as soon as they may', () => {
  if (pod === undefined) throw new Error('no Pod');
  let addresses = ['10.96.0.7', '192.168.2.3'];
  const traffic = new CapturedTraffic({
    ...{ pod: () => pod, hasFilter: false, few: () => null },
    only: () => ({ to: 'svc/default/web', name: 'default/web', addresses, podIds: [] }),
    outside: () => ({ outside: [], isAll: true }),
  });
  const running = (id: number): CaptureRecord => {
    const record = new CaptureRecord(id, { ...place, peers: addresses }, 0);
    record.begin(0);
    record.tell('running', null, 0);
    return record;
  };
  const [slow, later] = [running(1), running(2)];
  expect(traffic.outdated(0, [slow, later]).size).toBe(0);
  addresses = [...addresses, '192.168.2.4'];
  expect([...traffic.outdated(1_000, [slow])]).toEqual([[slow, otherAddresses]]);
  slow.toldToEnd();
  for (let now = 2_000; now <= 20_000; now += 1_000) expect(traffic.outdated(now, [slow]).size).toBe(0);
  expect([...traffic.outdated(21_000, [slow, later]).keys()]).toEqual([later]);
});

it('knows of a capture that it was told to end before it has ended', async () => {
  const node = new FakeNode('a');
  node.closesAfterMs = 300;
  const plan = { ...place, key: 'a', place: 'a', namespace: null, peers: null };
  const records: CaptureRecord[] = [];
  await using kept = new KeptCapture({
    ...{ plan, node, gap: null, now: () => Date.now() },
    request: () => ({
      ...{ namespace: null, interfaceName: null, addresses: plan.addresses, expression: null },
      ...{ exclude: [], snaplen: 128 },
    }),
    input: () => ({ push: () => Promise.resolve(), end: () => Promise.resolve() }),
    record: () => {
      const record = new CaptureRecord(records.length + 1, plan, Date.now());
      records.push(record);
      return record;
    },
    onChange: () => undefined,
    onProgress: () => undefined,
    onGap: () => undefined,
    onInterfacesUntold: () => undefined,
  });
  const nodeTime = { s: 1_000, ns: 0 };
  node.captures[0]?.say({ kind: 'tick', exact: true, nodeTime, captured: 0, received: 0, dropped: 0 });
  await expect.poll(() => records[0]?.state).toBe('running');
  expect(records[0]).toMatchObject({ ending: false, over: false });
  kept.startOver(otherAddresses);
  expect(records[0]).toMatchObject({ state: 'running', ending: true, over: false });
  await expect.poll(() => records.length).toBe(2);
  expect(records).toMatchObject([
    { ending: true, over: true },
    { ending: false, over: false },
  ]);
});
