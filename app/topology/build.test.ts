import { describe, expect, it } from 'vitest';
import { buildTopology, emptyTopology } from './build.ts';
import { boundHistory, KEPT_ENDED, KEPT_EVENTS } from './history.ts';
import type { Topology } from './model.ts';
import { mergeSnapshots } from '../probe/snapshot.ts';
import { inputOf, route, snapshotOf, type SyntheticNode } from './testing/synthetic-node.ts';
import { demo, build, a, sentences, node } from './testing/scenario.ts';

describe('devices', () => {
  it('in the root namespace: the NIC may be a veth, whose other end lies outside', () => {
    const nic = Object.values(build([a(1000)]).interfaces).find(({ name }) => name === 'ens192');
    expect([nic?.role, nic?.kind, nic?.peer?.interfaceId]).toEqual(['nic', 'veth', null]);
    expect(nic?.peer?.why).toContain('outside what this node shows');
  });

  it('end by a deletion event even when the same numbers are there again', () => {
    const first = build([a(1000, { blind: true })]);
    const hostOf = (topology: Topology) =>
      Object.values(topology.interfaces).filter(({ ifindex }) => ifindex === 4);
    const unseen = build([a(1002, { blind: true })], {}, first);
    expect(hostOf(unseen)).toHaveLength(1);
    const deletion = { nodeLabel: 'a', nsid: null, ifindex: 4, at: { s: 1001, ns: 5 } };
    const seen = build([a(1002, { blind: true })], { deletions: [deletion] }, first);
    expect(hostOf(seen).map(({ since, until }) => [since.s, until])).toEqual([
      [1002, null],
      [1000, { s: 1001, ns: 5 }],
    ]);
    // A deletion of something before this one was made.
    const old = build(
      [a(1002, { blind: true })],
      { deletions: [{ ...deletion, at: { s: 999, ns: 0 } }] },
      first,
    );
    expect(hostOf(old)).toHaveLength(1);
    // The reading was made before the deletion: it is gone, and not made anew.
    const late = build(
      [a(1002, { blind: true })],
      { deletions: [{ ...deletion, at: { s: 1003, ns: 0 } }] },
      first,
    );
    expect(hostOf(late).map(({ until }) => until?.s)).toEqual([1003]);
  });

  it('that were deleted do not come back in builds from a reading made before', () => {
    const first = build([a(1000)]);
    const deletions = [
      { nodeLabel: 'a', nsid: null, ifindex: 4, at: { s: 1001, ns: 0 } },
      { nodeLabel: 'a', nsid: 1, ifindex: 3, at: { s: 1001, ns: 5 } },
    ];
    const told = build([a(1000)], { deletions }, first);
    const of = (topology: Topology) =>
      Object.values(topology.interfaces)
        .filter(({ nodeId }) => nodeId === node(topology, 'a')?.id)
        .map(({ name, until }) => [name, until?.s ?? null]);
    const ended = [
      ['ens192', null],
      ['calid9d486e54a8', 1001],
      ['eth0', 1001],
    ];
    expect(of(told)).toEqual(ended);
    // Built again because Kubernetes or another node told something; by a fresh worker, from what was known.
    expect(build([a(1000)], {}, told)).toBe(told);
    const other: SyntheticNode = { label: 'b', at: 1003, address: '10.0.0.2' };
    expect(of(build([a(1000), other], {}, told))).toEqual(expect.arrayContaining(ended));
    expect(of(build([a(1000), other], {}, told))).toHaveLength(ended.length);
    // A reading made after it shows what is there now, as something new.
    const again = build([a(1002)], {}, told);
    expect(of(again)).toEqual([
      ['ens192', null],
      ['calid9d486e54a8', null],
      ['eth0', null],
      ['calid9d486e54a8', 1001],
      ['eth0', 1001],
    ]);
  });

  it('that could not be read again stay as old as they were: the deleted ones stay away', () => {
    const first = build([a(1000)]);
    const deletions = [{ nodeLabel: 'a', nsid: null, ifindex: 4, at: { s: 1001, ns: 0 } }];
    const told = build([a(1000)], { deletions }, first);
    const { links, ...newer } = snapshotOf(a(1002));
    if (links === null) throw new Error('no links');
    const failed = { ...newer, links: { ...links, state: 'failed' as const, value: null } };
    const merged = mergeSnapshots(snapshotOf(a(1000)), failed);
    const input = inputOf([a(1000)]);
    const next = buildTopology(told, {
      ...input,
      readings: { a: { snapshot: merged, hostKeyFingerprint: 'SHA256:a' } },
    });
    expect(Object.values(next.interfaces).filter(({ ifindex }) => ifindex === 4)).toHaveLength(1);
  });

  it('follow one another without overlap, though a reading takes its time', () => {
    // The script began at 1002; a device was replaced while it ran, before the links were read.
    const replaced = (at: number, begun: number) => {
      const input = inputOf([a(at)], {
        deletions: [{ nodeLabel: 'a', nsid: null, ifindex: 4, at: { s: at - 1, ns: 0 } }],
      });
      const reading = input.readings['a'];
      if (reading === undefined) throw new Error('no reading');
      const snapshot = { ...reading.snapshot, at: { s: begun, ns: 0 } };
      return { ...input, readings: { a: { ...reading, snapshot } } };
    };
    const next = buildTopology(build([a(1000)]), replaced(1004, 1002));
    const hosts = Object.values(next.interfaces).filter(({ ifindex }) => ifindex === 4);
    expect(hosts.map(({ since, until }) => [since.s, until?.s])).toEqual([
      [1004, undefined],
      [1000, 1003],
    ]);
  });

  it('inside a Pod end by the number their namespace had then', () => {
    const first = build([a(1000)]);
    const deletion = { nodeLabel: 'a', nsid: 1, ifindex: 3, at: { s: 1001, ns: 0 } };
    const next = build([a(1002)], { deletions: [deletion] }, first);
    const inside = Object.values(next.interfaces).filter(({ name }) => name === 'eth0');
    expect(inside.map(({ until }) => until?.s)).toEqual([undefined, 1001]);
  });

  it('are told apart by their MAC', () => {
    const first = build([a(1000)]);
    const next = build([a(1001, { pods: [{ ...demo, mac: '02:00:00:00:00:bb' }] })], {}, first);
    expect(
      Object.values(next.interfaces).filter(({ name, until }) => name === 'eth0' && until !== null),
    ).toHaveLength(1);
  });

  it('are paired without the kernel’s numbers where two signs point to one', () => {
    const input = inputOf([
      a(1000, {
        pods: [
          demo,
          { ...demo, inode: 101, nsid: 2, pid: 51, hostIfindex: 5, hostName: 'cali2', ip: '192.168.1.3' },
        ],
      }),
    ]);
    const reading = input.readings['a'];
    if (reading === undefined) throw new Error('no reading');
    const unnumbered = { ...reading, snapshot: { ...reading.snapshot, nsids: null } };
    const topology = buildTopology(emptyTopology('test'), { ...input, readings: { a: unnumbered } });
    const pairs = Object.values(topology.interfaces).flatMap((one) => {
      const peer = topology.interfaces[one.peer?.interfaceId ?? ''];
      return one.role === 'workload'
        ? [[one.ifindex, topology.netns[peer?.netnsId ?? '']?.inode, one.peer?.proofs]]
        : [];
    });
    expect(pairs).toEqual([
      [4, 100, ['mutual-ifindex', 'host-route']],
      [5, 101, ['mutual-ifindex', 'host-route']],
    ]);
  });

  it('are never paired with a device of the node that merely has that ifindex', () => {
    // An iproute2 without namespace numbers prints `cali…@if2`, and the node's own ifindex 2 is its NIC.
    const paired = (blind: boolean) => {
      const input = inputOf([a(1000, { blind, pods: [{ ...demo, ifindex: 2 }] })]);
      const reading = input.readings['a'];
      if (!reading?.snapshot.links) throw new Error('no links');
      const { links } = reading.snapshot;
      const unnumbered = (links.value ?? []).map((link) => ({ ...link, peerNsid: null }));
      const snapshot = { ...reading.snapshot, links: { ...links, value: unnumbered } };
      const topology = buildTopology(emptyTopology('test'), {
        ...input,
        readings: { a: { ...reading, snapshot } },
      });
      const host = Object.values(topology.interfaces).find(({ name }) => name === demo.hostName);
      return [topology.interfaces[host?.peer?.interfaceId ?? '']?.name, host?.peer?.why];
    };
    expect(paired(false)).toEqual(['eth0', null]);
    const [name, why] = paired(true);
    expect(name).toBeUndefined();
    expect(why).toMatch(/ifindex 2/);
  });
});

describe('nodes', () => {
  it('that two entries of a cluster file name are one machine, whose devices do not end with each reading', () => {
    const twice = (at: number, previous = emptyTopology('test')) => {
      const { readings, ...input } = inputOf([a(at), { ...a(at), label: 'b' }]);
      const same = Object.fromEntries(
        Object.entries(readings).map(([label, one]) => [label, { ...one, hostKeyFingerprint: 'SHA256:one' }]),
      );
      return buildTopology(previous, { ...input, readings: same });
    };
    const first = twice(1000);
    const second = twice(1002, twice(1001, first));
    expect(Object.values(second.interfaces).map(({ until }) => until)).toEqual([null, null, null]);
    expect(Object.keys(second.interfaces)).toEqual(Object.keys(first.interfaces));
  });

  it('that reboot are new, and all they held has ended', () => {
    const first = build([a(1000)]);
    const second = build([a(2000, { bootId: 'boot-2' })], {}, first);
    expect(Object.values(second.nodes).map(({ bootId, until }) => [bootId, until?.s])).toEqual([
      ['boot-2', undefined],
      ['boot-1', 2000],
    ]);
    const things = [second.netns, second.interfaces, second.pods].flatMap((table) =>
      Object.values<{ until: unknown; nodeId: string | null }>(table),
    );
    for (const { until, nodeId } of things) expect(until === null).toBe(nodeId === node(second, 'a')?.id);
    expect(Object.keys(second.forwarding)).toHaveLength(1);
    expect(sentences(second, first.events.length)).toEqual([
      'a was rebooted: everything it held before has ended.',
    ]);
  });

  it('that cannot be read stay as they were; those that left the cluster end', () => {
    const first = build([a(1000), { label: 'b', at: 1000, address: '10.0.0.2' }]);
    const second = build([{ label: 'b', at: 1001, address: '10.0.0.2' }], {}, first);
    expect(node(second, 'a')).toBe(node(first, 'a'));
    const third = build([{ label: 'b', at: 1002, address: '10.0.0.2' }], { endedLabels: ['a'] }, second);
    expect(node(third, 'a')).toBeUndefined();
    expect(Object.values(third.nodes).find(({ label }) => label === 'a')?.until).toEqual({ s: 1002, ns: 0 });
    expect(Object.values(third.interfaces).filter(({ until }) => until === null)).toHaveLength(1);
  });
});

describe('history', () => {
  it('is bounded: the longest ended leave first, the living never', () => {
    const one = (id: string, until: number | null) => ({
      id,
      since: { s: 0, ns: 0 },
      until: until === null ? null : { s: until, ns: 0 },
      evidence: [],
    });
    const ended = Array.from({ length: KEPT_ENDED + 3 }, (_, at) => one(`ended ${at}`, 10_000 - at));
    const things = [one('first', null), ...ended, one('last', null)];
    const kept = boundHistory(Object.fromEntries(things.map((thing) => [thing.id, thing])), KEPT_ENDED);
    expect(Object.keys(kept)).toEqual(
      things.map(({ id }) => id).filter((id) => !/^ended 200[012]$/.test(id)),
    );
    expect(boundHistory(kept, KEPT_ENDED)).toBe(kept);
  });

  it('keeps an ended Pod that had no name, and as many events as the bound says', () => {
    let topology = emptyTopology('test');
    for (let at = 0; at < 200; at += 1)
      topology = build([a(1000 + at, { pods: [{ ...demo, startTicks: at }] })], {}, topology);
    expect(Object.values(topology.pods).filter(({ until }) => until !== null)).toHaveLength(199);
    const [first] = topology.events;
    if (first === undefined) throw new Error('no event');
    expect(topology.events.map(({ id }) => id)).toEqual(
      Array.from({ length: 1 + 199 * 4 }, (_, at) => at + 1),
    );
    const full = { ...topology, events: Array.from({ length: KEPT_EVENTS }, (_, id) => ({ ...first, id })) };
    const next = build([a(2000)], {}, full);
    expect(next.events).toHaveLength(KEPT_EVENTS);
    expect(next.events.at(-1)?.id).toBeGreaterThan(KEPT_EVENTS);
  });

  it('keeps what did not change the same object', () => {
    const routes = Array.from({ length: 50 }, (_, at) => route(`10.${at}.0.0/16`, { dev: 'ens192' }));
    const first = build([a(1000, { routes })]);
    const second = build([a(1001, { routes, pods: [{ ...demo, hostName: 'calid9d486e54a9' }] })], {}, first);
    const netns = Object.keys(first.forwarding)[0] ?? '';
    expect(second.forwarding[netns]?.routes[5]).toBe(first.forwarding[netns]?.routes[5]);
    expect(second.forwarding[netns]?.at).toEqual({ s: 1001, ns: 0 });
    expect(second.nodes).toBe(first.nodes);
    const nic = Object.values(first.interfaces).find(({ name }) => name === 'ens192');
    expect(second.interfaces[nic?.id ?? '']).toBe(nic);
    const third = build([a(1002, { routes, pods: [{ ...demo, hostName: 'calid9d486e54a9' }] })], {}, second);
    expect(third).toBe(second);
  });
});
