// A Pod that is looked into: its routes are its namespace's, its sockets and settings are shown, and all of it goes when nobody looks.
import { expect, it } from 'vitest';
import type { InsidesReading, NamespaceInside } from '../probe/inside-facts.ts';
import type { Section } from '../probe/section.ts';
import { explainRoute } from '../route/explain.ts';
import { asked as askedEverywhere } from '../route/testing/asked.ts';
import { buildTopology, emptyTopology } from '../topology/build.ts';
import type { NodeReading, TopologyInput } from '../topology/input.ts';
import { inputOf, route, type SyntheticPod } from '../topology/testing/synthetic-node.ts';
import { insideView } from './inside-view.ts';

const pod: SyntheticPod = {
  inode: 50,
  nsid: 5,
  pid: 70,
  startTicks: 900,
  ip: '172.16.1.5',
  ifindex: 3,
  hostIfindex: 20,
  hostName: 'cali5',
  mac: '02:00:00:00:01:05',
};

const section = <T>(value: T | null, sentence: string | null = null): Section<T> => ({
  state: value === null ? 'truncated' : 'ok',
  evidence: [],
  at: null,
  value,
  sentence,
});

function inside(extra: Partial<NamespaceInside> = {}): NamespaceInside {
  return {
    pid: 70,
    inode: 50,
    startTicks: 900,
    filters: null,
    links: null,
    addresses: null,
    routes4: section([
      route('0.0.0.0/0', { via: '169.254.1.1', dev: 'eth0' }),
      route('172.16.1.5/32', { type: 'local', table: 'local', dev: 'eth0' }),
    ]),
    routes6: section([]),
    rules4: section([]),
    rules6: section([]),
    neighbours: section([]),
    fdb: null,
    sysctls: new Map([['ipv4/conf/eth0/rp_filter', '1']]),
    socketsCut: [],
    unanswered: [],
    sockets: [{ pid: 70, protocol: 'tcp', address: '127.0.0.1', port: 8080, waiting: 0, drops: 0 }],
    at: { s: 3, ns: 0 },
    evidence: ['n/inside:70:routes4'],
    sentence: null,
    ...extra,
  };
}

function lookedInto(reading: InsidesReading | null): TopologyInput {
  const input = inputOf([{ label: 'n', at: 3, pods: [pod] }]);
  const readings = Object.fromEntries(
    Object.entries(input.readings).map(([label, one]): [string, NodeReading] => [
      label,
      { ...one, snapshot: { ...one.snapshot, insides: reading === null ? null : section(reading) } },
    ]),
  );
  return { ...input, readings };
}

function known(reading: InsidesReading | null, before = emptyTopology('test')) {
  const input = lookedInto(reading);
  const topology = buildTopology(before, input);
  const netnsId = Object.values(topology.netns).find(({ root }) => !root)?.id ?? '';
  return { topology, netnsId, readings: new Map(Object.entries(input.readings)) };
}

const asked = { ...askedEverywhere, destination: '10.0.0.1' };

it('answers where a Pod’s packets go first, and forgets it when nobody looks any more', () => {
  const looked = known({ read: [inside()], unread: [] });
  const answer = explainRoute(looked.topology, { ...asked, at: looked.netnsId }, looked.readings);
  expect(answer.ok && answer.sentence).toBe('10.0.0.1 goes by eth0 to 169.254.1.1.');
  const left = known({ read: [], unread: [] }, looked.topology);
  expect(left.topology.forwarding[left.netnsId]).toBeUndefined();
  const after = explainRoute(left.topology, { ...asked, at: left.netnsId }, left.readings);
  expect(after).toMatchObject({ ok: false });
  expect(!after.ok && after.sentence).toMatch(/^The routes inside .* were not read: /);
});

it('belongs to no later namespace of the same number', () => {
  const { topology, netnsId } = known({ read: [inside({ startTicks: 901 })], unread: [] });
  expect(topology.forwarding[netnsId]).toBeUndefined();
});

it('says why it was not read, and takes routes that were cut for unknown', () => {
  const sentence = 'The inside of process 70 on n was not read: only root may enter its network namespace.';
  const refused = known({ read: [], unread: [{ pid: 70, sentence }] });
  const answer = explainRoute(refused.topology, { ...asked, at: refused.netnsId }, refused.readings);
  expect(answer).toEqual({ ok: false, sentence });
  expect(insideView(refused, { netnsId: refused.netnsId }).sentence).toBe(sentence);

  const cut = known({
    read: [inside({ routes4: section<never[]>(null, 'They were cut off.') })],
    unread: [],
  });
  expect(explainRoute(cut.topology, { ...asked, at: cut.netnsId }, cut.readings)).toEqual({
    ok: false,
    sentence: 'They were cut off.',
  });
});

it('shows what listens there, and where alone it is heard', () => {
  const looked = known({ read: [inside()], unread: [] });
  const view = insideView(looked, { netnsId: looked.netnsId });
  expect(
    view.groups.map(({ title, rows }) => [title, rows.map(({ name, value }) => `${name} ${value}`)]),
  ).toEqual([
    ['Listening', ['tcp 127.0.0.1:8080']],
    ['Settings', ['eth0 rp_filter 1']],
  ]);
  expect(view.groups[0]?.rows[0]?.note).toBe('loopback alone: nothing reaches it from outside');
  expect(insideView(known(null), { netnsId: looked.netnsId }).sentence).toBe(
    'Its inside has not been read yet: it is while the Pod is selected.',
  );
});

it('of more sockets than are listed, those whose queue holds something stand first, and what is left out is said', () => {
  const socket = (port: number) =>
    ({
      pid: 70,
      protocol: 'udp',
      address: '10.1.0.9',
      port,
      waiting: port === 999 ? 5 : 0,
      drops: 0,
    }) as const;
  const sockets = Array.from({ length: 1000 }, (_, port) => socket(port));
  const socketsCut = [{ pid: 70, protocol: 'udp' }] as const;
  const looked = known({ read: [inside({ sockets, socketsCut })], unread: [] });
  const [listening] = insideView(looked, { netnsId: looked.netnsId }).groups;
  expect([listening?.rows.length, listening?.rows[0]?.value, listening?.rows[1]?.value]).toEqual([
    300,
    '10.1.0.9:999',
    '10.1.0.9:0',
  ]);
  expect(listening?.rest).toEqual([
    '700 more are not listed here.',
    'Of udp the first 1000 sockets were read; there are more.',
  ]);
  const few = known({ read: [inside({ sockets: sockets.slice(0, 300) })], unread: [] });
  expect(insideView(few, { netnsId: few.netnsId }).groups[0]?.rest).toEqual([]);
});

it('that nothing listens is told only where sockets were read', () => {
  const titles = (sockets: NamespaceInside['sockets']): string[] => {
    const looked = known({ read: [inside({ sockets })], unread: [] });
    return insideView(looked, { netnsId: looked.netnsId }).groups.map(({ title }) => title);
  };
  expect([titles([]), titles(null)]).toEqual([['Listening', 'Settings'], ['Settings']]);
});

it('waits for nothing where nobody can look inside: a paste, a namespace without a process that is seen', () => {
  const { topology, netnsId, readings } = known(null);
  const pasted = new Map(
    [...readings].map(([label, one]) => [label, { ...one, hostKeyFingerprint: 'pasted' }]),
  );
  expect(explainRoute(topology, { ...asked, at: netnsId }, pasted)).toMatchObject({
    ok: false,
    sentence: expect.stringMatching(/^Routes inside a Pod are not read from what was pasted/) as string,
  });
  const space = topology.netns[netnsId];
  if (space === undefined) throw new Error('no namespace');
  const netns = { ...topology.netns, [netnsId]: { ...space, process: null } };
  const unseen = { topology: { ...topology, netns }, readings };
  expect(explainRoute(unseen.topology, { ...asked, at: netnsId }, readings)).toMatchObject({
    ok: false,
    sentence: expect.stringMatching(/this login sees no process/) as string,
  });
  expect(insideView(unseen, { netnsId }).sentence).toMatch(/this login sees no process/);
});
