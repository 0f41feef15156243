import { expect, it } from 'vitest';
import type { KernelMessage } from '../probe/kernel-log.ts';
import { buildTopology, emptyTopology } from './build.ts';
import type { Topology } from './model.ts';
import { bgp, inputOf, type SyntheticNode } from './testing/synthetic-node.ts';

const full: KernelMessage = {
  at: { s: 900, ns: 0 },
  about: 'conntrack',
  text: 'nf_conntrack: table full, dropping packet',
};
const log = (messages: readonly KernelMessage[]) => ({
  state: 'ok' as const,
  evidence: ['a/kernellog'],
  at: { s: 1000, ns: 0 },
  value: { messages, unread: [] },
  sentence: null,
});
const nodeA: SyntheticNode = {
  label: 'a',
  at: 1000,
  bird: {
    state: 'running',
    protocols: [bgp('Mesh_x', { sinceAt: { s: 950, ns: 0 } }), bgp('Mesh_old', { sinceAt: null })],
  },
};

function built(before: Topology, messages: readonly KernelMessage[]): Topology {
  const input = inputOf([nodeA], {});
  const reading = input.readings['a'];
  if (reading === undefined) throw new Error('no reading');
  const snapshot = { ...reading.snapshot, kernelLog: log(messages) };
  return buildTopology(before, { ...input, readings: { a: { ...reading, snapshot } } });
}
const past = ({ events }: Topology) => events.filter((event) => event.past !== undefined);

it('what the kernel and BIRD remember from before is told with its own time and source, and marked', () => {
  expect(
    past(built(emptyTopology('test'), [full])).map(({ at, teller, sentence }) => [at.s, teller, sentence]),
  ).toEqual([
    [900, 'kernel log', 'a: the kernel said: nf_conntrack: table full, dropping packet'],
    [950, 'BGP daemon', 'a: BGP Mesh_x became Established.'],
  ]);
});

it('read again, also by a fresh worker that remembers nothing, it is not told again; what is new is', () => {
  const first = built(emptyTopology('test'), [full]);
  const later = { ...full, at: { s: 980, ns: 0 } };
  const second = built(first, [full, later]);
  expect(past(second)).toHaveLength(3);
  // A fresh worker has the topology, and nothing of how it was built.
  const forgotten: Topology = JSON.parse(JSON.stringify(second)) as Topology;
  expect(past(built(forgotten, [full, later]))).toHaveLength(3);
});

it('a time that comes out a little differently the next time is the same moment, also over a full second', () => {
  const first = built(emptyTopology('test'), [{ ...full, at: { s: 899, ns: 990_000_000 } }]);
  expect(past(built(first, [{ ...full, at: { s: 900, ns: 10_000_000 } }]))).toHaveLength(2);
});

it('what the kernel said in one moment stays in its order, and a session’s word leads to the session', () => {
  const texts = ['one: link is up', 'two: link is up', 'three: link is up'];
  const topology = built(
    emptyTopology('test'),
    texts.map((text) => ({ ...full, about: 'link', text })),
  );
  expect(past(topology).map(({ sentence }) => sentence.slice('a: the kernel said: '.length))).toEqual([
    ...texts,
    expect.anything(),
  ]);
  expect(topology.bgp).toHaveProperty([past(topology).at(-1)?.about[0] ?? '']);
});

it('what a daemon logs again and again is one event, which goes on; what it says besides is its own', () => {
  const message = (s: number, text: string) => ({
    at: { s, ns: 0 },
    daemon: 'kubelet',
    level: 'error' as const,
    text,
  });
  const read = (before: Topology, ...messages: ReturnType<typeof message>[]): Topology => {
    const input = inputOf([nodeA], {});
    const reading = input.readings['a'];
    if (reading === undefined) throw new Error('no reading');
    const logs = { ...log([]), value: { messages, unread: [] } };
    return buildTopology(before, {
      ...input,
      readings: { a: { ...reading, snapshot: { ...reading.snapshot, logs } } },
    });
  };
  const logged = ({ events }: Topology) =>
    events
      .filter(({ teller }) => teller === 'daemon log')
      .map(({ at, sentence, past: was }) => [at.s, was, sentence]);
  const first = read(emptyTopology('test'), message(900, 'cni'), message(905, 'route'), message(930, 'cni'));
  expect(logged(first)).toEqual([
    [905, true, 'a: kubelet logged an error: route'],
    [930, true, 'a: kubelet logged an error, 2 times in 30 s: cni'],
  ]);
  const again = read(
    first,
    message(900, 'cni'),
    message(905, 'route'),
    message(930, 'cni'),
    message(1010, 'cni'),
  );
  expect(logged(again)).toEqual([
    [905, true, 'a: kubelet logged an error: route'],
    [1010, undefined, 'a: kubelet logged an error, 3 times in 110 s: cni'],
  ]);
  // An hour later its first lines are too old to be read: nothing has happened since.
  expect(logged(read(again, message(930, 'cni'), message(1010, 'cni')))).toEqual(logged(again));
  expect(logged(read(again, message(930, 'cni')))).toEqual(logged(again));
});

it('of many the latest fifty are told', () => {
  const many = Array.from({ length: 200 }, (_, at) => ({ ...full, at: { s: 100 + at, ns: 0 } }));
  const told = past(built(emptyTopology('test'), many));
  expect(told).toHaveLength(50);
  expect(told[0]?.at.s).toBe(100 + 151);
});
