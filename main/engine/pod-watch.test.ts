// The watch over played nodes, with the real packet worker: what it starts, keeps, ends, and says.
import { afterEach, describe, expect, it } from 'vitest';
import { noWatch, type CaptureView, type PacketWindow } from '../../app/contract/watch.ts';
import { applyList, type Inventory } from '../../app/probe/inventory.ts';
import type { PodFact } from '../../app/probe/kube-facts.ts';
import { fail, ok, type Result } from '../../app/result.ts';
import { emptyTopology } from '../../app/topology/build.ts';
import type { Topology } from '../../app/topology/model.ts';
import { a, build, demo, fact, inventoryOf, kubeNode } from '../../app/topology/testing/scenario.ts';
import { PodWatch } from './pod-watch.ts';
import type { OtherEnd } from './watch.ts';
import { ended, FakeNode } from './testing/fake-node.ts';
import { pcapStream, type TestPacket } from './testing/pcap-stream.ts';

const all: PacketWindow = { type: 'window', from: 0, count: 500, filter: '', until: null };
const other = {
  ...demo,
  inode: 200,
  nsid: 2,
  pid: 80,
  ip: '192.168.2.3',
  hostIfindex: 9,
  hostName: 'calia4d5046802b',
};
const inventory = inventoryOfBoth(
  fact(),
  fact({ uid: 'u2', name: 'w2', nodeName: 'b', ips: ['192.168.2.3'] }),
);
const twoNodes = (at: number, extra: Parameters<typeof a>[1] = {}) => [
  a(at, extra),
  a(at, { label: 'b', address: '10.0.0.2', pods: [other] }),
];
const syn = (s: number, extra: Partial<TestPacket> = {}): TestPacket => ({
  at: { s, ns: 7 },
  ifindex: demo.hostIfindex,
  packetType: 0,
  source: '192.168.1.2',
  destination: '192.168.2.3',
  ...extra,
});
const bytes = (...packets: TestPacket[]) => ({ kind: 'bytes' as const, bytes: pcapStream(packets) });

function inventoryOfBoth(...pods: PodFact[]): Inventory {
  const facts = ['a', 'b'].map((name, n) => kubeNode(name, `10.0.0.${n + 1}`));
  const list = { kind: 'nodes' as const, resourceVersion: '1', next: null, facts };
  return applyList(inventoryOf(...pods), [{ ...list, unread: { count: 0, first: null } }]);
}

let open: PodWatch | null = null;

function start(first: Topology = build(twoNodes(1000), { inventory })) {
  const nodes = [new FakeNode('a'), new FakeNode('b')] as const;
  const scene = { topology: first };
  const watch = new PodWatch({
    workerFile: new URL('./packet-worker.ts', import.meta.url),
    trailWorkerFile: new URL('./trail-worker.ts', import.meta.url),
    trace: () => Promise.resolve(null),
    tracked: () => Promise.resolve([]),
    topology: () => scene.topology,
    nodes: () => nodes,
    now: () => Date.now(),
  });
  for (const node of nodes) node.onMoved = () => watch.moved();
  open = watch;
  const learn = (topology: Topology): void => {
    scene.topology = topology;
    watch.moved();
  };
  const begin = async (podId = 'pod:u1') => {
    const started = await watch.start(podId, { expression: null });
    expect(started).toEqual({ ok: true, value: undefined });
  };
  const captures = () => watch.view.captures.map((one) => `${placeOf(one)} ${one.state}`);
  return { watch, nodes, learn, begin, captures, topology: () => scene.topology };
}

const placeOf = ({ nodeLabel, pod }: CaptureView) => (pod === null ? nodeLabel : `${nodeLabel}/${pod.name}`);
const at = (list: readonly FakeNode[], index: number, capture: number) => {
  const found = list[index]?.captures[capture];
  if (found === undefined) throw new Error(`node ${index} has no capture ${capture}`);
  return found;
};

const roots = ({ captures }: FakeNode) => captures.filter(({ request }) => request.namespace === null);

afterEach(async () => {
  await open?.[Symbol.asyncDispose]();
  open = null;
});

describe('a watch', () => {
  it('captures at every node and inside the Pod, then inside the peer that packets name', async () => {
    const { watch, nodes, begin, captures } = start();
    await begin();
    expect(nodes.map((node) => node.captures.map(({ request }) => request.namespace))).toEqual([
      [null, { pid: 50, inode: 100 }],
      [null],
    ]);
    expect(at(nodes, 0, 0).request).toMatchObject({
      addresses: ['192.168.1.2'],
      snaplen: 128,
      expression: null,
    });
    await expect.poll(captures).toEqual(['a starting', 'b starting', 'a/c2c-network-demo starting']);
    at(nodes, 0, 0).say(bytes(syn(1000), syn(1000, { ifindex: 2, packetType: 4 })));
    await expect.poll(captures).toContain('b/w2 starting');
    expect(at(nodes, 1, 1).request).toMatchObject({
      namespace: { pid: 80, inode: 200 },
      addresses: ['192.168.1.2'],
    });
    at(nodes, 0, 0).say({
      kind: 'tick',
      exact: true,
      nodeTime: { s: 1001, ns: 0 },
      captured: 2,
      received: 4,
      dropped: 2,
    });
    await expect
      .poll(() => watch.view.captures[0])
      .toMatchObject({
        state: 'running',
        packets: 2,
        loss: { kernel: 2, governor: 0, ours: 0 },
        watermark: { s: 1001, ns: 0 },
      });
    expect(watch.view.vantagePoints).toMatchObject([
      { label: 'a/calid9d486e54a8', packets: 1, interfaceName: 'calid9d486e54a8' },
      { label: 'a/ens192', packets: 1 },
    ]);
    const [host] = watch.view.vantagePoints;
    expect(watch.counts.get(host?.interfaceId ?? '')).toEqual({ inbound: 1, outbound: 0, refused: 0 });
    const { rows, run } = await watch.rows(all);
    expect(run).toBe(1);
    expect(rows).toMatchObject([
      {
        number: 1,
        vantagePoint: host?.id,
        direction: 'in',
        source: { address: '192.168.1.2', name: 'c2c-network-demo' },
        destination: { address: '192.168.2.3', port: 8080, name: 'w2' },
      },
      { number: 2, direction: 'out' },
    ]);
    expect(watch.view.loss.kernel).toBe(2);
  });

  it('ends what it was, at once, when another begins, and does not pile up', async () => {
    const { watch, nodes, begin } = start();
    for (const node of nodes) node.closesAfterMs = 100;
    await begin();
    const quick = ['pod:u2', 'pod:u1', 'pod:u2', 'pod:u1', 'pod:u2'].map((podId) => begin(podId));
    expect(nodes.flatMap(({ captures }) => captures).every(({ signal }) => signal.aborted)).toBe(true);
    await Promise.all(quick);
    expect(nodes.map(({ captures }) => captures.length)).toEqual([3, 3]);
    expect(nodes.map(({ running }) => running.length)).toEqual([1, 2]);
    expect(watch.view).toMatchObject({
      run: 6,
      state: 'on',
      target: { podId: 'pod:u2', name: 'default/w2' },
    });
    const stopping = watch.stop();
    expect(nodes.flatMap(({ running }) => running).every(({ signal }) => signal.aborted)).toBe(true);
    await stopping;
    expect(nodes.flatMap(({ running }) => running)).toEqual([]);
    await expect.poll(() => watch.view).toMatchObject({ run: 6, state: 'ended', captures: [] });
  });

  it('starts nothing while what was before is still ending, whatever the topology does meanwhile', async () => {
    const { watch, nodes, begin } = start();
    for (const node of nodes) node.closesAfterMs = 100;
    await begin();
    const next = begin('pod:u2');
    watch.moved();
    expect(nodes.map(({ captures }) => captures.length)).toEqual([2, 1]);
    await next;
    expect(nodes.map(({ running }) => running.length)).toEqual([1, 2]);
  });

  it('keeps what was captured after a stop, and forgets it with the next run', async () => {
    const { watch, nodes, begin } = start();
    await begin();
    at(nodes, 0, 0).say(bytes(syn(1000)));
    await expect.poll(() => watch.view.packets.total).toBe(1);
    await watch.stop();
    expect((await watch.rows(all)).rows).toHaveLength(1);
    await expect
      .poll(() => watch.view.captures)
      .toMatchObject([{ state: 'off', packets: 1, sentence: null }]);
    await begin();
    expect((await watch.rows(all)).rows).toEqual([]);
    await expect.poll(() => watch.view.packets.total).toBe(0);
  });

  it('keeps nothing when its session ends: what is exported of the next one is its own', async () => {
    const { watch, nodes, begin } = start();
    await begin();
    at(nodes, 0, 0).say(bytes(syn(1001)));
    await expect.poll(() => watch.view.packets.total).toBe(1);
    expect(watch.stretches).toHaveLength(1);
    await watch.reset();
    expect(watch.view).toEqual(noWatch);
    expect(watch.stretches).toEqual([]);
    expect((await watch.rows(all)).rows).toEqual([]);
  });

  it('that a click begins while its session ends ends with it', async () => {
    const { watch, nodes, begin } = start();
    await begin();
    await expect.poll(() => nodes[0].running.length).toBeGreaterThan(0);
    const over = watch.reset();
    await begin();
    await over;
    expect(watch.view).toEqual(noWatch);
    expect(nodes.flatMap(({ running }) => running)).toEqual([]);
  });

  it('starts a killed tcpdump again as another capture, and says the gap', async () => {
    const { watch, nodes, begin, captures } = start();
    await begin();
    at(nodes, 1, 0).say(bytes(syn(1000, { ifindex: 9 })));
    await expect.poll(captures).toContain('b running');
    at(nodes, 1, 0).say({
      kind: 'tick',
      exact: true,
      nodeTime: { s: 1001, ns: 0 },
      captured: 3,
      received: 3,
      dropped: 0,
    });
    at(nodes, 1, 0).say(ended('killed', 'tcpdump was ended on b.'));
    await expect
      .poll(() => watch.view.captures.find(({ id }) => id === 2))
      .toMatchObject({ state: 'waiting', sentence: 'tcpdump was ended on b.', loss: { ours: 2 } });
    await expect.poll(() => roots(nodes[1]).length).toBe(2);
    nodes[1].running.find(({ request }) => request.namespace === null)?.say(bytes(syn(1002, { ifindex: 9 })));
    await expect
      .poll(() => watch.view.sentences.at(-1))
      .toMatch(/^Nothing was captured at b from \d\d:\d\d:\d\d to \d\d:\d\d:\d\d: tcpdump was ended on b\.$/);
    const ids = watch.view.captures.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(watch.view.vantagePoints.map(({ label }) => label)).toEqual([
      'b/calia4d5046802b',
      'b/calia4d5046802b',
    ]);
  });

  it('waits where the node is away, and goes on when it is back', async () => {
    const { watch, nodes, begin, captures } = start();
    nodes[1].standing = null;
    await begin();
    await expect.poll(captures).toEqual(['a starting', 'b waiting', 'a/c2c-network-demo starting']);
    expect(watch.view.captures[1]?.sentence).toMatch(/^b is not connected/);
    nodes[1].move(1);
    await expect.poll(captures).toContain('b starting');
    nodes[1].move(null);
    at(nodes, 1, 0).say(ended('lost', 'The connection to b was lost.'));
    await expect.poll(captures).toContain('b waiting');
    nodes[1].move(2);
    await expect.poll(() => roots(nodes[1]).length).toBe(2);
  });

  it('says the gap of a node that was rebooted, though other captures take the place of those that were cut', async () => {
    const { watch, nodes, begin, captures, learn, topology } = start();
    await begin();
    at(nodes, 1, 0).say(bytes(syn(1000, { ifindex: 9 })));
    await expect.poll(captures).toContain('b running');
    nodes[1].move(null);
    at(nodes, 1, 0).say(ended('lost', 'The connection to b was lost.'));
    await expect.poll(captures).toContain('b waiting');
    const rebooted = {
      ...{ label: 'b', address: '10.0.0.2', bootId: 'boot-2' },
      pods: [{ ...other, inode: 300, pid: 90 }],
    };
    learn(build([a(1010), a(1010, rebooted)], { inventory }, topology()));
    nodes[1].move(2);
    await expect.poll(() => roots(nodes[1]).length).toBe(2);
    const [again] = roots(nodes[1]).slice(-1);
    again?.say(bytes(syn(1012, { ifindex: 9 })));
    await expect
      .poll(() => watch.view.sentences)
      .toEqual([
        expect.stringMatching(
          /^Nothing was captured at b from [\d:]+ to [\d:]+: The connection to b was lost\.$/,
        ),
      ]);
    expect((await watch.rows(all)).rows.map(({ at: time }) => time.s)).toEqual([1000, 1012]);
  });

  it('says the gap of a node with an old tcpdump that was rebooted, though its interfaces are known later than it is', async () => {
    const { watch, nodes, begin, captures, learn, topology } = start();
    await begin();
    at(nodes, 1, 0).say(ended('no-sll2', 'tcpdump on b is too old for -i any.'));
    await expect.poll(() => roots(nodes[1]).at(-1)?.request.interfaceName).toBe('ens192');
    roots(nodes[1])
      .at(-1)
      ?.say(bytes(syn(1000, { ifindex: 2 })));
    await expect.poll(captures).toContain('b running');
    nodes[1].move(null);
    roots(nodes[1]).at(-1)?.say(ended('lost', 'The connection to b was lost.'));
    await expect.poll(captures).toContain('b waiting');
    const rebooted = { label: 'b', address: '10.0.0.2', bootId: 'boot-2', pods: [] };
    const known = build([a(1010), a(1010, rebooted)], { inventory }, topology());
    const rootOfB = Object.values(known.nodes).find(({ label, until }) => label === 'b' && until === null);
    const others = Object.entries(known.interfaces).filter(([, one]) => one.nodeId !== rootOfB?.id);
    const ran = roots(nodes[1]).length;
    learn({ ...known, interfaces: Object.fromEntries(others) });
    await expect
      .poll(() => watch.view.captures.map(({ sentence }) => sentence))
      .toContainEqual(expect.stringMatching(/^Nothing is captured at b: which of its interfaces/));
    nodes[1].move(2);
    learn(known);
    await expect.poll(() => roots(nodes[1]).length).toBe(ran + 1);
    roots(nodes[1])
      .at(-1)
      ?.say(bytes(syn(1012, { ifindex: 2 })));
    await expect
      .poll(() => watch.view.sentences.at(-1))
      .toMatch(/^Nothing was captured at b\/ens192 from [\d:]+ to [\d:]+: The connection to b was lost\.$/);
  });

  it('says no gap of a time when nothing was to be captured there', async () => {
    const { watch, nodes, begin, captures, learn } = start();
    await begin();
    at(nodes, 1, 0).say(bytes(syn(1000, { ifindex: 9 })));
    await expect.poll(captures).toContain('b running');
    nodes[1].move(null);
    at(nodes, 1, 0).say(ended('lost', 'The connection to b was lost.'));
    await expect.poll(captures).toContain('b waiting');
    const alone = inventoryOf(fact());
    learn(build([a(1010)], { inventory: alone }));
    await expect.poll(captures).not.toContain('b waiting');
    learn(build(twoNodes(1020), { inventory }));
    nodes[1].move(2);
    await expect.poll(() => roots(nodes[1]).length).toBe(2);
    const [again] = roots(nodes[1]).slice(-1);
    again?.say(bytes(syn(1022, { ifindex: 9 })));
    await expect.poll(captures).toContain('b running');
    await expect.poll(() => watch.view.packets.total).toBe(2);
    expect(watch.view.sentences).toEqual([]);
  });

  it('does not try again what cannot work, until the node is another one', async () => {
    const { watch, nodes, begin, captures } = start();
    nodes[1].refusal = { kind: 'missing-tool', sentence: 'There is no tcpdump on b.', detail: null };
    await begin();
    await expect.poll(captures).toContain('b off');
    expect(watch.view.captures.find(({ state }) => state === 'off')?.sentence).toBe(
      'There is no tcpdump on b.',
    );
    nodes[1].refusal = null;
    nodes[1].move(2);
    await expect.poll(captures).toContain('b starting');
    expect(watch.view.captures).toHaveLength(3);
  });

  it('listens to one interface at a time where tcpdump cannot tell them apart', async () => {
    const { watch, nodes, begin } = start();
    await begin();
    at(nodes, 0, 0).say(ended('no-sll2', 'tcpdump on a is too old for -i any.'));
    await expect
      .poll(() => nodes[0].running.map(({ request }) => request.interfaceName), { timeout: 5_000 })
      .toEqual([null, 'calid9d486e54a8', 'ens192']);
    expect(watch.view.sentences).toContainEqual(
      expect.stringMatching(/^tcpdump on a cannot tell interfaces apart/),
    );
  });

  it('says when the Pod is gone, ends its captures, and keeps the packets', async () => {
    const { watch, nodes, begin, learn, topology } = start();
    await begin();
    at(nodes, 0, 0).say(bytes(syn(1000)));
    await expect.poll(() => watch.view.packets.total).toBe(1);
    learn(build(twoNodes(1005), { inventory: inventoryOfBoth() }, topology()));
    await expect.poll(() => nodes.flatMap(({ running }) => running)).toEqual([]);
    expect(watch.view.state).toBe('on');
    expect(watch.view.sentences[0]).toMatch(
      /^c2c-network-demo is gone since \d\d:\d\d:\d\d; as soon as one of its name is there, that is watched on\.$/,
    );
    await expect.poll(() => watch.view.state, { timeout: 10_000 }).toBe('ended');
    expect(watch.view.sentences[0]).toMatch(
      /^c2c-network-demo is gone since \d\d:\d\d:\d\d; what was captured until then stays\.$/,
    );
    expect((await watch.rows(all)).rows).toHaveLength(1);
  });

  it('watches on who takes the Pod’s place, with all that was captured of the one before', async () => {
    const { watch, nodes, begin, learn, topology } = start();
    await begin();
    at(nodes, 0, 0).say(bytes(syn(1000)));
    await expect.poll(() => watch.view.packets.total).toBe(1);
    learn(build(twoNodes(1005), { inventory: inventoryOfBoth() }, topology()));
    await expect.poll(() => nodes.flatMap(({ running }) => running)).toEqual([]);
    // It is listed before it is ready.
    const coming = fact({ uid: 'u9', nodeName: 'b', ips: [] });
    learn(build(twoNodes(1006), { inventory: inventoryOfBoth(coming) }, topology()));
    await new Promise((resolve) => setTimeout(resolve, 3_500));
    expect(watch.view.state).toBe('on');
    const heir = inventoryOfBoth({ ...coming, ips: ['192.168.2.3'] });
    learn(build(twoNodes(1010), { inventory: heir }, topology()));
    await expect.poll(() => nodes.map(({ running }) => running.length)).toEqual([1, 2]);
    expect(nodes[1].running.map(({ request }) => request.addresses)).toEqual([
      ['192.168.2.3'],
      ['192.168.2.3'],
    ]);
    await expect
      .poll(() => watch.view)
      .toMatchObject({ run: 1, state: 'on', target: { podId: 'pod:u9', addresses: ['192.168.2.3'] } });
    expect(watch.view.sentences).toContainEqual(
      expect.stringMatching(
        /^At \d\d:\d\d:\d\d: c2c-network-demo is there again, with 192\.168\.2\.3 on b, and watched on\.$/,
      ),
    );
    expect((await watch.rows(all)).rows).toHaveLength(1);
  }, 20_000);

  it('watches on the Pod itself, where one list lacked it', async () => {
    const { watch, nodes, begin, learn, topology } = start();
    await begin();
    const pods = topology();
    learn(build(twoNodes(1005), { inventory: inventoryOfBoth() }, topology()));
    await expect.poll(() => nodes.flatMap(({ running }) => running)).toEqual([]);
    learn(pods);
    await expect.poll(() => nodes[0].running.length).toBeGreaterThan(0);
    expect(watch.view.state).toBe('on');
    await expect
      .poll(() => watch.view.sentences.filter((sentence) => / is (?:gone|there again)/.test(sentence)))
      .toEqual([
        expect.stringMatching(/c2c-network-demo is there again, with 192\.168\.1\.2 on a, and watched on\.$/),
      ]);
  });

  it('goes on after its worker died: packets kept, captures anew, said', async () => {
    const { watch, nodes, begin } = start();
    await begin();
    at(nodes, 0, 0).say(bytes(syn(1000)));
    await expect.poll(() => watch.view.packets.total).toBe(1);
    await watch.killWorkerForTest();
    await expect.poll(() => nodes.map(({ captures }) => captures.length)).toEqual([4, 4]);
    expect(watch.view.sentences[0]).toMatch(
      /^At .*The part that decodes packets crashed.*Every capture begins anew\.$/,
    );
    nodes[0].running[0]?.say(bytes(syn(1001)));
    await expect.poll(() => watch.view.packets.total).toBe(2);
    expect((await watch.rows(all)).rows.map(({ number }) => number)).toEqual([1, 2]);
  });

  it('whose worker dies again and again rests before it begins anew', async () => {
    const { watch, nodes, begin } = start();
    await begin();
    at(nodes, 0, 0).say(bytes(syn(1000)));
    await expect.poll(() => watch.view.packets.total).toBe(1);
    await watch.killWorkerForTest();
    await expect.poll(() => nodes.map(({ captures }) => captures.length)).toEqual([4, 4]);
    nodes[0].running[0]?.say(bytes(syn(1001)));
    await expect.poll(() => watch.view.packets.total).toBe(2);
    const killed = performance.now();
    await watch.killWorkerForTest();
    await expect.poll(() => nodes.map(({ captures }) => captures.length)).toEqual([6, 6]);
    expect(performance.now() - killed).toBeGreaterThan(450);
  });

  it('asks for a channel again as long as there is none', async () => {
    const { nodes, begin, captures } = start();
    nodes[1].refusal = { kind: 'limit', sentence: '3 captures are open on b.', detail: null };
    await begin();
    const asked = Date.now();
    await expect.poll(captures).toContain('b waiting');
    // Three times, half a second and a second apart, were all that it asked before.
    await expect.poll(() => Date.now() - asked, { timeout: 5_000 }).toBeGreaterThan(2_000);
    expect(captures()).toContain('b waiting');
    nodes[1].refusal = null;
    await expect.poll(captures).toContain('b starting');
  }, 20_000);

  it('follows the Pod to another address: packets with that one name its peers', async () => {
    const { nodes, begin, learn, captures, topology } = start();
    await begin();
    const facts = [
      fact({ ips: ['192.168.1.77'] }),
      fact({ uid: 'u2', name: 'w2', nodeName: 'b', ips: ['192.168.2.3'] }),
    ];
    const pods = [{ ...demo, ip: '192.168.1.77' }];
    learn(build(twoNodes(1005, { pods }), { inventory: inventoryOfBoth(...facts) }, topology()));
    await expect.poll(() => roots(nodes[0]).at(-1)?.request.addresses).toEqual(['192.168.1.77']);
    roots(nodes[0])
      .at(-1)
      ?.say(bytes(syn(1006, { source: '192.168.1.77' })));
    await expect.poll(captures).toContain('b/w2 starting');
  });

  it('says that a Pod has finished, not that it is gone', async () => {
    const { watch, begin, learn, topology } = start();
    await begin();
    learn(build(twoNodes(1005), { inventory: inventoryOfBoth(fact({ phase: 'Succeeded' })) }, topology()));
    await expect.poll(() => watch.view.state).toBe('ended');
    expect(watch.view.sentences[0]).toMatch(/^c2c-network-demo has been finished since \d\d:\d\d:\d\d; /);
  });

  it('gives packets of a recreated device to the new one, also those that came before it was known', async () => {
    const { watch, nodes, begin, learn, topology } = start();
    await begin();
    at(nodes, 0, 0).say(bytes(syn(1000)));
    await expect.poll(() => watch.view.packets.total).toBe(1);
    const before = watch.view.vantagePoints[0];
    at(nodes, 0, 0).say({ kind: 'bytes', bytes: pcapStream([syn(1003), syn(1004)]).subarray(24) });
    await expect.poll(() => watch.view.vantagePoints[0]?.packets).toBe(3);
    // Another Pod's veth took the number at 1002; read at 1005.
    const deletions = [{ nodeLabel: 'a', nsid: null, ifindex: demo.hostIfindex, at: { s: 1002, ns: 0 } }];
    const pods = [
      { ...demo, ifindex: 3, hostIfindex: 77 },
      { ...demo, inode: 101, nsid: 5, pid: 51, ip: '192.168.1.9', startTicks: 9, hostName: 'calinew' },
    ];
    learn(build(twoNodes(1005, { pods }), { inventory, deletions }, topology()));
    await expect
      .poll(() => watch.view.vantagePoints.map(({ label, packets }) => [label, packets]))
      .toEqual([
        ['a/calid9d486e54a8', 1],
        ['a/calinew', 2],
      ]);
    const { rows } = await watch.rows(all);
    expect(rows.map(({ vantagePoint }) => vantagePoint === before?.id)).toEqual([true, false, false]);
  });

  it('labels a device that is not known yet by its number, and names it when it is', async () => {
    const { watch, nodes, begin, learn, topology } = start();
    await begin();
    at(nodes, 0, 0).say(bytes(syn(1001, { ifindex: 44 })));
    await expect.poll(() => watch.view.vantagePoints).toMatchObject([{ label: 'a/if44', interfaceId: null }]);
    const id = watch.view.vantagePoints[0]?.id;
    // That it is there is news: the node is read again, once for many packets.
    for (const s of [1002, 1003])
      at(nodes, 0, 0).say({ kind: 'bytes', bytes: pcapStream([syn(s, { ifindex: 44 })]).subarray(24) });
    await expect.poll(() => watch.view.packets.total).toBe(3);
    expect(nodes.map(({ rings }) => rings)).toEqual([['links pods'], []]);
    const pods = [
      demo,
      {
        ...demo,
        inode: 101,
        nsid: 5,
        pid: 51,
        ip: '192.168.1.9',
        startTicks: 9,
        hostIfindex: 44,
        hostName: 'calinew',
      },
    ];
    learn(build(twoNodes(1005, { pods }), { inventory }, topology()));
    await expect.poll(() => watch.view.vantagePoints).toMatchObject([{ id, label: 'a/calinew' }]);
  });

  it('captures inside a peer that was made again with its address', async () => {
    const { watch, nodes, begin, learn, topology } = start();
    await begin();
    at(nodes, 0, 0).say(bytes(syn(1001)));
    const inside = () => nodes[1].running.flatMap(({ request }) => request.namespace?.inode ?? []);
    await expect.poll(inside).toEqual([200]);
    const again = { ...other, inode: 201, nsid: 3, pid: 81, startTicks: 99 };
    const list = inventoryOfBoth(
      fact(),
      fact({ uid: 'u3', name: 'w2', nodeName: 'b', ips: ['192.168.2.3'] }),
    );
    const nodesRead = [a(1010), a(1010, { label: 'b', address: '10.0.0.2', pods: [again] })];
    learn(build(nodesRead, { inventory: list }, topology()));
    await expect.poll(inside).toEqual([201]);
    expect(watch.view.state).toBe('on');
  });

  it('captures only what the Pod exchanges with one other end, whose Pod is captured from inside at once', async () => {
    const { watch, nodes, captures } = start();
    const only = {
      to: 'w2',
      name: 'default/w2',
      addresses: ['192.168.2.3', '10.96.0.7'],
      podIds: ['pod:u2'],
    };
    expect(await watch.start('pod:u1', { expression: null, only })).toMatchObject({ ok: true });
    await expect.poll(captures).toContain('b/w2 starting');
    const requests = nodes.flatMap((node) => node.captures.map(({ request }) => request));
    expect(requests.length).toBe(4);
    for (const request of requests)
      expect(request).toMatchObject({ addresses: ['192.168.1.2'], peers: only.addresses });
    expect(watch.view).toMatchObject({ only: { to: 'w2', name: 'default/w2' }, sentences: [] });
  });

  it('does not begin when it was stopped, or another was begun, while its other end was looked for', async () => {
    const { watch, nodes, begin, captures } = start();
    const only = { to: 'w2', name: 'default/w2', addresses: ['192.168.2.3'], podIds: ['pod:u2'] };
    const slow = () => {
      let tell: (found: Result<OtherEnd, string>) => void = () => undefined;
      const found = new Promise<Result<OtherEnd, string>>((resolve) => (tell = resolve));
      const started = watch.start('pod:u1', { expression: null, only: () => found });
      return { tell, started };
    };
    const stopped = slow();
    await watch.stop();
    stopped.tell(ok(only));
    expect(await stopped.started).toMatchObject({ ok: true });
    expect(watch.view).toMatchObject({ run: 0, state: 'off' });

    const outrun = slow();
    await begin('pod:u2');
    outrun.tell(fail('There is no w2.'));
    expect(await outrun.started, 'nobody waits for it any more').toMatchObject({ ok: true });
    expect(watch.view).toMatchObject({ run: 1, only: null, target: { podId: 'pod:u2' } });

    const lost = slow();
    await expect.poll(captures, { message: 'what is watched goes on meanwhile' }).toContain('b/w2 starting');
    const begun = nodes.flatMap((node) => node.captures).length;
    lost.tell(fail('There is no w2.'));
    expect(await lost.started).toEqual({ ok: false, failure: { sentence: 'There is no w2.' } });
    expect(watch.view).toMatchObject({ run: 1, state: 'on', target: { podId: 'pod:u2' } });
    expect(nodes.flatMap((node) => node.captures).length).toBe(begun);

    const last = slow();
    last.tell(ok(only));
    expect(await last.started).toMatchObject({ ok: true });
    expect(watch.view).toMatchObject({ run: 2, only: { to: 'w2' }, target: { podId: 'pod:u1' } });
  });

  it('captures all of the Pod where one filter cannot hold the other end, and says so; a filter of one’s own wins', async () => {
    const { watch, nodes } = start();
    const addresses = Array.from({ length: 60 }, (_, at) => `192.168.2.${at + 3}`);
    const only = { to: 'svc/default/web', name: 'default/web', addresses, podIds: [] };
    expect(await watch.start('pod:u1', { expression: null, only })).toMatchObject({ ok: true });
    expect(at(nodes, 0, 0).request.peers).toBeUndefined();
    expect(watch.view.only).toBeNull();
    expect(watch.view.sentences).toEqual([
      expect.stringMatching(/^default\/web has more addresses \(60\) than one capture filter holds/),
    ]);
    const few = { ...only, addresses: ['192.168.2.3'] };
    expect(await watch.start('pod:u1', { expression: 'tcp', only: few })).toMatchObject({ ok: true });
    await expect.poll(() => roots(nodes[0]).at(-1)?.request.expression).toBe('tcp');
    expect(roots(nodes[0]).at(-1)?.request.peers).toBeUndefined();
    expect(watch.view).toMatchObject({ only: null, sentences: [] });
  });

  it('refuses what cannot be watched, in a sentence', async () => {
    const { watch } = start(build(twoNodes(1000), { inventory: inventoryOfBoth(fact({ ips: [] })) }));
    const said = async (podId: string) => {
      const started = await watch.start(podId, { expression: null });
      return started.ok ? '' : started.failure.sentence;
    };
    expect(await said('pod:nobody')).toMatch(/^This Pod is gone/);
    expect(await said('pod:u1')).toMatch(/has no address yet/);
    const closed = new PodWatch({
      workerFile: new URL('./packet-worker.ts', import.meta.url),
      trailWorkerFile: new URL('./trail-worker.ts', import.meta.url),
      trace: () => Promise.resolve(null),
      tracked: () => Promise.resolve([]),
      topology: () => emptyTopology(''),
      nodes: () => [],
      now: () => 0,
    });
    expect(await closed.start('pod:u1', { expression: null })).toMatchObject({ ok: false });
    await closed[Symbol.asyncDispose]();
  });

  it('excludes every connection of ours at every node, once', async () => {
    const { nodes, begin } = start();
    const one = { client: '10.0.0.9', clientPort: 5000, server: '10.0.0.1', serverPort: 22 };
    const two = { ...one, server: '10.0.0.2' };
    nodes[0].sshConnections = [one, two];
    nodes[1].sshConnections = [two];
    await begin();
    expect(nodes.map(({ captures }) => captures[0]?.request.exclude)).toEqual([
      [one, two],
      [one, two],
    ]);
  });

  it('begins anew where it may hold a connection that is new, and there only', async () => {
    const { watch, nodes, begin } = start();
    const first = { client: '10.0.0.9', clientPort: 5000, server: '10.0.0.1', serverPort: 22 };
    const second = { ...first, server: '10.0.0.2' };
    const connect = (index: 0 | 1, ...connections: (typeof first)[]) => {
      nodes[index].sshConnections = connections;
      nodes[index].move(nodes[index].standing);
    };
    connect(0, first);
    await begin();
    connect(1, second);
    expect(await watch.start('pod:u1', { expression: 'tcp' })).toMatchObject({ ok: true });
    await expect.poll(() => nodes.map(({ captures }) => captures.length)).toEqual([4, 2]);
    const third = { ...second, clientPort: 5001 };
    connect(1, third);
    await expect.poll(() => nodes.map(({ captures }) => captures.length)).toEqual([6, 3]);
    expect(nodes[0].captures.at(-1)?.request.exclude).toEqual([first, third]);
    connect(1);
    connect(1, third);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(nodes.map(({ captures }) => captures.length)).toEqual([6, 3]);
  });

  it('tells of packets at a bounded pace, and of the first at once', async () => {
    const { watch, nodes, begin } = start();
    await begin();
    let told = 0;
    let views = new Set<unknown>();
    watch.subscribe(() => {
      told++;
      views.add(watch.view);
    });
    const capture = at(nodes, 0, 0);
    const began = performance.now();
    capture.say(bytes(syn(1000)));
    await expect.poll(() => watch.view.vantagePoints.length, { interval: 1 }).toBe(1);
    console.log(`first packet told after ${(performance.now() - began).toFixed(1)} ms`);
    told = 0;
    views = new Set();
    const record = pcapStream([syn(1001)]).subarray(24);
    const until = performance.now() + 1_000;
    while (performance.now() < until) {
      for (let n = 0; n < 20; n++) capture.say({ kind: 'bytes', bytes: record });
      await new Promise(setImmediate);
    }
    console.log(`told ${told} times in a second`);
    expect(told).toBeLessThanOrEqual(25);
    // Ten on a machine with nothing else to do.
    expect(told).toBeGreaterThanOrEqual(2);
    expect(views.size).toBe(told);
  });
});
