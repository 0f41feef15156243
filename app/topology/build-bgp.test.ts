import { describe, expect, it } from 'vitest';
import type { Topology } from './model.ts';
import { bgp, route, type SyntheticNode } from './testing/synthetic-node.ts';
import { build, a, sentences, node } from './testing/scenario.ts';

describe('BGP and BIRD', () => {
  const bird = (...protocols: ReturnType<typeof bgp>[]) => ({
    state: 'running' as const,
    version: '2.0.12',
    protocols,
  });
  const kept = [route('192.168.2.0/24', { via: '10.0.0.2', dev: 'ens192', proto: 'bird' })];
  const b: SyntheticNode = {
    label: 'b',
    at: 1000,
    address: '10.0.0.2',
    bird: bird(bgp('Mesh_10_0_0_1', { neighbourAddress: '10.0.0.1' })),
  };
  const first = build([
    a(1000, { bird: bird(bgp('Mesh_10_0_0_2', { neighbourAddress: '10.0.0.2' })), routes: kept }),
    b,
  ]);
  const session = (topology: Topology, name: string) =>
    Object.values(topology.bgp).find((one) => one.name === name);

  it('sessions know the node at the other end', () => {
    expect(session(first, 'Mesh_10_0_0_2')).toMatchObject({
      peerNodeId: node(first, 'b')?.id,
      info: 'Established',
      protocolState: 'up',
      imported: 1,
    });
  });

  it('that are taken out and configured again are others, and both their lives are told', () => {
    const mesh = bgp('Mesh_10_0_0_2', { neighbourAddress: '10.0.0.2' });
    const out = build([a(1001, { bird: bird(), routes: kept }), b], {}, first);
    const back = build([a(1002, { bird: bird(mesh), routes: kept }), b], {}, out);
    const lives = (topology: Topology) =>
      Object.values(topology.bgp)
        .filter(({ name }) => name === 'Mesh_10_0_0_2')
        .map(({ since, until }) => [since.s, until?.s ?? null])
        .sort();
    expect(lives(back)).toEqual([
      [1000, 1001],
      [1002, null],
    ]);
    expect(sentences(back, first.events.length)).toEqual([
      'a: BGP Mesh_10_0_0_2 is no longer configured.',
      'a: BGP Mesh_10_0_0_2 is configured now (Established).',
    ]);
    expect(build([a(1003, { bird: bird(mesh), routes: kept }), b], {}, back)).toBe(back);
    // Nor does it become the first one again once that is too old to be kept.
    const forgotten = {
      ...back,
      bgp: Object.fromEntries(Object.entries(back.bgp).filter(([, one]) => one.until === null)),
    };
    expect(lives(build([a(1004, { bird: bird(mesh), routes: kept }), b], {}, forgotten))).toEqual([
      [1002, null],
    ]);
  });

  it('dead with its routes kept, and its peers hold stale ones', () => {
    const restarting = bgp('Mesh_10_0_0_1', {
      state: 'start',
      bgpState: 'Active',
      neighbourAddress: '10.0.0.1',
      neighbourRestarting: true,
      imported: 2,
    });
    const second = build(
      [a(1001, { bird: { state: 'dead' }, routes: kept }), { ...b, at: 1001, bird: bird(restarting) }],
      {},
      first,
    );
    expect(node(second, 'a')?.bird).toEqual({
      state: 'dead',
      version: '2.0.12',
      kernelRoutes: 1,
      sentence: 'BIRD dead, routes kept (1)',
    });
    expect(session(second, 'Mesh_10_0_0_2')).toMatchObject({
      protocolState: 'down',
      info: 'BIRD is dead',
      imported: null,
      until: null,
    });
    expect(session(second, 'Mesh_10_0_0_1')?.stale).toBe(
      'a is gone; graceful restart keeps its 2 stale routes for a while.',
    );
    expect(sentences(second, first.events.length)).toEqual([
      'a: BIRD dead, routes kept (1).',
      'b: BGP Mesh_10_0_0_1 is Active now (was Established): a is gone; graceful restart keeps its 2 stale routes for a while.',
    ]);
  });

  it('dead on a node whose ip tells no protocols: nobody knows whether its routes are kept', () => {
    const routes = [route('10.9.0.0/24', { via: '10.0.0.2', proto: 'unknown' })];
    const second = build([a(1001, { bird: { state: 'dead' }, routes }), b], {}, first);
    expect(node(second, 'a')?.bird.sentence).toBe(
      'BIRD dead, whether its routes are kept this node’s ip does not tell',
    );
  });

  it('is dead, not absent, where it was seen before or its routes are still there', () => {
    const absent = { state: 'absent' as const, protocols: [] };
    expect(node(build([a(1001, { bird: absent }), b], {}, first), 'a')?.bird.sentence).toBe(
      'BIRD dead, no routes kept: it was ended in an orderly way, and told its peers',
    );
    expect(node(build([a(1001, { bird: absent, routes: kept })]), 'a')?.bird.state).toBe('dead');
    expect(node(build([a(1001, { bird: absent })]), 'a')?.bird).toMatchObject({
      state: 'absent',
      sentence: null,
    });
  });

  it('each daemon’s sessions end only by its own answer', () => {
    const six = '/var/run/calico/bird6.ctl';
    const four = bgp('Mesh', { neighbourAddress: '10.0.0.2' });
    const other = { ...four, socket: six };
    const sockets = (state: 'running' | 'dead' | 'unknown') => [
      { socket: four.socket, state },
      { socket: six, state: 'running' as const },
    ];
    const both = { ...bird(four, other), sockets: sockets('running') };
    const before = build([a(1000, { bird: both, routes: kept })]);
    const after = (extra: SyntheticNode['bird']) =>
      build([a(1001, { bird: { ...bird(other), ...extra }, routes: kept })], {}, before);
    const infos = ({ bgp: table }: Topology) =>
      Object.values(table).map(({ id, info, until }) => [id.split('@')[1], info, until === null]);
    const dead = after({ state: 'dead', sockets: sockets('dead') });
    expect(node(dead, 'a')?.bird.sentence).toBe(`BIRD dead (${four.socket}), routes kept (1)`);
    expect(infos(dead).sort()).toEqual([
      [four.socket, 'BIRD is dead', true],
      [six, 'Established', true],
    ]);
    const hung = after({ state: 'unknown', sockets: sockets('unknown'), sentence: 'Hangs.' });
    expect(node(hung, 'a')?.bird).toMatchObject({ state: 'unknown', sentence: 'Hangs.' });
    expect(infos(hung).sort()).toEqual([
      [four.socket, 'Established', true],
      [six, 'Established', true],
    ]);
    const gone = after({ sockets: sockets('running') });
    expect(infos(gone).find(([socket]) => socket === four.socket)?.[2]).toBe(false);
  });

  it('does not take an address that several nodes have for a peer’s', () => {
    const shared = bgp('Node_x', { neighbourAddress: '10.0.0.9' });
    const topology = build([
      a(1000, { bird: bird(shared) }),
      { label: 'b', at: 1000, address: '10.0.0.9' },
      { label: 'c', at: 1000, address: '10.0.0.9' },
    ]);
    expect(session(topology, 'Node_x')?.peerNodeId).toBeNull();
  });

  it('tells many changed routes as a number', () => {
    const many = Array.from({ length: 300 }, (_, at) =>
      route(`10.${at}.0.0/16`, { via: '10.0.0.2', dev: 'ens192', proto: 'bird' }),
    );
    const second = build([a(1001, { bird: bird(), routes: many }), b], {}, first);
    expect(sentences(second, first.events.length)).toContainEqual(
      expect.stringMatching(
        /^a: 300 routes appeared, 10\.0\.0\.0\/16 via 10\.0\.0\.2 dev ens192 proto bird, .* among them\.$/,
      ),
    );
  });
});
