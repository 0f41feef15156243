import { describe, expect, it } from 'vitest';
import type { BgpProtocol, BirdReading } from '../probe/facts.ts';
import { emptyInventory, type Inventory } from '../probe/inventory.ts';
import { buildTopology, emptyTopology } from './build.ts';
import { bgpMatrix } from './bgp-matrix.ts';
import type { BgpMatrix, BgpMatrixPair } from './bgp-matrix-model.ts';
import type { NodeReading } from './input.ts';
import type { Topology } from './model.ts';
import { bgp, snapshotOf, type SyntheticNode } from './testing/synthetic-node.ts';

const ADDRESSES = { a: '10.0.0.1', b: '10.0.0.2', c: '10.0.0.3' } as const;
type Name = keyof typeof ADDRESSES;
const names: readonly Name[] = ['a', 'b', 'c'];

const to = (peer: Name, extra: Partial<BgpProtocol> = {}): BgpProtocol =>
  bgp(`Mesh_${ADDRESSES[peer].replaceAll('.', '_')}`, { neighbourAddress: ADDRESSES[peer], ...extra });
const running = (...protocols: BgpProtocol[]): Partial<BirdReading> => ({
  state: 'running',
  version: '2.0.12',
  protocols,
});
const dead: Partial<BirdReading> = { state: 'dead' };
const down = { state: 'start', info: 'Active Socket: No route to host', bgpState: 'Active' } as const;

interface Cluster {
  readonly topology: Topology;
  readonly readings: ReadonlyMap<string, NodeReading>;
}

/** `ahead`: seconds by which a node's clock is. */
function read(
  birds: Partial<Record<Name, Partial<BirdReading>>>,
  at = 1000,
  before?: Cluster,
  ahead: Partial<Record<Name, number>> = {},
): Cluster {
  const nodes = names.flatMap((label): SyntheticNode[] => {
    const bird = birds[label];
    return bird === undefined
      ? []
      : [{ label, at: at + (ahead[label] ?? 0), address: ADDRESSES[label], bird }];
  });
  const readings = new Map(
    nodes.map((node) => [
      node.label,
      { snapshot: snapshotOf(node), hostKeyFingerprint: `SHA256:${node.label}` },
    ]),
  );
  const topology = buildTopology(before?.topology ?? emptyTopology('test'), {
    cluster: 'test',
    readings: Object.fromEntries(readings),
    inventory: null,
    deletions: [],
    endedLabels: [],
    evidence: [],
    warnings: [],
  });
  return { topology, readings };
}

const matrixOf = ({ topology, readings }: Cluster, inventory: Inventory | null = null): BgpMatrix =>
  bgpMatrix(topology, readings, inventory);
const between = (matrix: BgpMatrix, one: string, other: string): BgpMatrixPair => {
  const pair = matrix.pairs.find(({ sides }) => sides.map(({ name }) => name).join() === `${one},${other}`);
  if (pair === undefined) throw new Error(`no session between ${one} and ${other}`);
  return pair;
};
const mesh = {
  a: running(to('b'), to('c')),
  b: running(to('a'), to('c')),
  c: running(to('a'), to('b')),
};

describe('a healthy mesh', () => {
  const matrix = matrixOf(read(mesh));
  it('has each session once, with both its sides, and nothing to say', () => {
    expect(
      matrix.pairs.map(({ sides, ends }) => [...sides.map(({ name }) => name), ends.map((end) => end?.name)]),
    ).toEqual([
      ['a', 'b', ['Mesh_10_0_0_2', 'Mesh_10_0_0_1']],
      ['a', 'c', ['Mesh_10_0_0_3', 'Mesh_10_0_0_1']],
      ['b', 'c', ['Mesh_10_0_0_3', 'Mesh_10_0_0_2']],
    ]);
    expect(matrix.pairs.map(({ verdict, sentences }) => [verdict, sentences])).toEqual(
      Array.from({ length: 3 }, () => ['established', []]),
    );
    expect(matrix).toMatchObject({ gaps: [], wrong: 0, mesh: { on: true } });
    expect(matrix.mesh.sentence).toContain('taken to be on');
  });
});

describe('a session that is not up', () => {
  it('down on both sides: each side’s own reason', () => {
    const birds = { ...mesh, a: running(to('b', down), to('c')), b: running(to('a', down), to('c')) };
    const matrix = matrixOf(read(birds));
    expect(matrix.wrong).toBe(1);
    expect(matrix.pairs[0]).toMatchObject({
      verdict: 'down',
      wrong: true,
      sentences: ['a: start Active Socket: No route to host.', 'b: start Active Socket: No route to host.'],
    });
    // Who has trouble comes first.
    expect(matrix.nodes.map(({ label }) => label)).toEqual(['a', 'b', 'c']);
  });

  it('up on one side only, and configured on one side only', () => {
    const half = between(matrixOf(read({ ...mesh, b: running(to('a', down), to('c')) })), 'a', 'b');
    expect(half).toMatchObject({ verdict: 'one-sided', wrong: true });
    expect(half.sentences).toContain(
      'Only a says that it is up; b says start Active Socket: No route to host. They were asked up to 10 s apart.',
    );
    const alone = between(matrixOf(read({ ...mesh, b: running(to('c')) })), 'a', 'b');
    expect(alone).toMatchObject({
      verdict: 'one-sided',
      wrong: true,
      ends: [{ name: 'Mesh_10_0_0_2' }, null],
    });
    expect(alone.sentences).toContain('b has no such session configured.');
  });

  it('disabled by hand, terminated and killed are three different pictures', () => {
    const disabled = { state: 'down', info: '', bgpState: 'Down' } as const;
    const told = {
      ...down,
      info: 'Active Received: Administrative shutdown',
      lastError: 'Received: Administrative shutdown',
    };
    const byHand = between(
      matrixOf(read({ ...mesh, a: running(to('b', disabled), to('c')), b: running(to('a', told), to('c')) })),
      'a',
      'b',
    );
    expect(byHand.verdict).toBe('disabled');
    expect(byHand.sentences[0]).toBe('a: switched off by hand or by its configuration (down).');

    const first = read(mesh);
    const ended = between(
      matrixOf(
        read({ ...mesh, a: dead, b: running(to('a', { ...told, imported: 0 }), to('c')) }, 1010, first),
      ),
      'a',
      'b',
    );
    expect(ended.verdict).toBe('down');
    expect(ended.sentences).toContain('a: its BGP daemon is dead.');

    const keeps = { ...down, neighbourRestarting: true, restartTimer: 100 };
    const killed = between(
      matrixOf(read({ ...mesh, a: dead, b: running(to('a', keeps), to('c')) }, 1010, first)),
      'a',
      'b',
    );
    expect(killed).toMatchObject({ verdict: 'stale', wrong: true });
    expect(killed.sentences.join()).toContain('graceful restart keeps its 1 stale route');
  });

  it('cut mid-session: still Established, but nothing is heard', () => {
    const seen = (holdTimer: number) =>
      between(
        matrixOf(
          read({
            ...mesh,
            a: running(to('b', { holdTimer, holdTime: 240, keepaliveTime: 80 }), to('c')),
          }),
        ),
        'a',
        'b',
      );
    // A timer starts with up to a quarter of its time taken off: this one may have heard its peer 75 s ago.
    expect(seen(105)).toMatchObject({ wrong: false, sentences: [] });
    const pair = seen(50);
    expect(pair).toMatchObject({ verdict: 'established', wrong: true });
    expect(pair.sentences).toEqual([
      'a has heard nothing from b for 130 s or more, though a keepalive is due every 80 s: it takes it for dead in 50 s. Is TCP 179 blocked?',
    ]);
  });

  it('flapping: lost twice in ten minutes', () => {
    let cluster = read(mesh);
    for (let at = 1; at <= 4; at++) {
      const birds = { ...mesh, a: running(to('b', at % 2 === 1 ? down : {}), to('c')) };
      cluster = read(birds, 1000 + at * 20, cluster);
    }
    expect(between(matrixOf(cluster), 'a', 'b')).toMatchObject({ verdict: 'flapping', wrong: true });
    // An outage that was mended, whatever states it went through, is none.
    let mended = read(mesh);
    for (const [at, extra] of [
      down,
      { ...down, info: 'Connect' },
      { ...down, info: 'OpenSent' },
      {},
    ].entries())
      mended = read({ ...mesh, a: running(to('b', extra), to('c')) }, 1020 + at * 20, mended);
    expect(between(matrixOf(mended), 'a', 'b')).toMatchObject({ verdict: 'established', wrong: false });
    // Ten minutes later it is none, though nothing else has happened in between.
    const later = matrixOf(read(mesh, 1000 + 700, cluster));
    expect(between(later, 'a', 'b')).toMatchObject({ verdict: 'established', wrong: false });
  });

  it('flapping: all sessions of a node at once, which is one event each time', () => {
    const peers = Array.from({ length: 12 }, (_, at) => `p${at}`);
    const all = (extra: Partial<BgpProtocol>) => ({
      ...mesh,
      a: running(to('b', extra), ...peers.map((name) => bgp(`Node_${name}`, extra))),
    });
    let cluster = read(all({}));
    for (let at = 1; at <= 4; at++) cluster = read(all(at % 2 === 1 ? down : {}), 1000 + at * 20, cluster);
    expect(cluster.topology.events.filter(({ burst }) => burst !== undefined)).toHaveLength(4);
    const flaps = between(matrixOf(cluster), 'a', 'b').ends.map((end) => end?.flaps);
    expect(flaps).toEqual([2, 0]);
  });

  it('flapping: by each node’s own clock', () => {
    let cluster = read(mesh);
    // b's clock is a day ahead, and something happens there.
    const ahead = { b: 86_400 };
    for (let at = 1; at <= 4; at++) {
      const birds = {
        ...mesh,
        a: running(to('b', at % 2 === 1 ? down : {}), to('c')),
        b: running(to('a'), to('c', at === 4 ? down : {})),
      };
      cluster = read(birds, 1000 + at * 20, cluster, ahead);
    }
    expect(between(matrixOf(cluster), 'a', 'b')).toMatchObject({ verdict: 'flapping', wrong: true });
  });

  it('an AS number that the other does not have is said', () => {
    const pair = between(
      matrixOf(read({ ...mesh, a: running(to('b', { ...down, neighbourAs: 64513 }), to('c')) })),
      'a',
      'b',
    );
    expect(pair.sentences).toContain('a expects AS 64513 at b, which is AS 64512.');
  });
});

it('what one side advertises and the other did not take is told in numbers', () => {
  const birds = {
    ...mesh,
    a: running(to('b', { exported: 3 }), to('c')),
    b: running(
      to('a', {
        imported: 1,
        channels: [
          {
            name: 'ipv4',
            state: 'UP',
            imported: 1,
            filtered: 2,
            exported: 1,
            preferred: 1,
            limits: [{ of: 'import', routes: 1, hit: true, action: 'warn' }],
          },
        ],
      }),
      to('c'),
    ),
  };
  const pair = between(matrixOf(read(birds)), 'a', 'b');
  expect(pair).toMatchObject({ verdict: 'established', wrong: false, missing: [2, 0] });
  expect(pair.sentences).toEqual([
    'b: The import limit of 1 routes (ipv4) was hit (then: warn).',
    'a advertises 3 routes, b has 1 from it, its import filter refused 2.',
  ]);
});

describe('what is missing', () => {
  const chain = { a: running(to('b')), b: running(to('a'), to('c')), c: running(to('b')) };

  it('two nodes of a mesh without a session are a gap', () => {
    const matrix = matrixOf(read(chain));
    expect(matrix.gaps.map(({ sentence }) => sentence)).toEqual([
      'a and c have no session with each other, though the mesh is on.',
    ]);
    expect(matrix.wrong).toBe(1);
  });

  it('not where the mesh is off, nor beside route reflectors', () => {
    const off = withMesh(false);
    expect(matrixOf(read(chain), off)).toMatchObject({ gaps: [], wrong: 0, mesh: { on: false } });
    const reflected = ['internal', 'multihop', 'route-reflector'];
    const hub = {
      a: running(to('b', { name: 'Node_10_0_0_2' })),
      b: running(
        to('a', { name: 'Node_10_0_0_1', session: reflected }),
        to('c', { name: 'Node_10_0_0_3', session: reflected }),
      ),
      c: running(to('b', { name: 'Node_10_0_0_2' })),
    };
    const matrix = matrixOf(read(hub));
    expect(matrix).toMatchObject({ gaps: [], wrong: 0, mesh: { on: false } });
    expect(matrix.nodes.filter(({ reflector }) => reflector).map(({ label }) => label)).toEqual(['b']);
  });

  it('BGPConfiguration is believed over names', () => {
    expect(matrixOf(read(mesh), withMesh(false)).mesh).toEqual({
      on: false,
      sentence: 'Calico’s BGPConfiguration says that the node-to-node mesh is off.',
    });
  });

  it('a node that cannot be asked is unknown, not wrong', () => {
    const birds = {
      ...mesh,
      c: { state: 'not-permitted' as const, sentence: 'This login may not read it.' },
    };
    const matrix = matrixOf(read(birds));
    expect(between(matrix, 'a', 'c')).toMatchObject({
      verdict: 'established',
      wrong: false,
      sentences: ['c could not be asked: only one side is known.'],
    });
    expect(matrix.wrong).toBe(0);
  });

  it('a peer that is nobody’s node stands by its address; one that waits for it is not wrong', () => {
    const outside = { neighbourAddress: '10.0.0.99', name: 'Global_10_0_0_99' };
    const waits = { ...outside, state: 'start', info: 'Passive', bgpState: 'Passive' };
    const matrix = matrixOf(
      read({ a: running(bgp('x', { ...outside, ...down }), bgp('y', { ...waits, name: 'y' })) }),
    );
    expect(matrix.pairs.map(({ verdict, wrong, sides }) => [verdict, wrong, sides[1].name])).toEqual([
      ['down', true, '10.0.0.99'],
      ['waiting', false, '10.0.0.99'],
    ]);
  });
});

function withMesh(on: boolean): Inventory {
  const kind = 'calico.bgpConfigurations';
  const fact = { name: 'default', asNumber: 64512, nodeToNodeMesh: on, listenPort: null, serviceCidrs: [] };
  return {
    ...emptyInventory,
    calico: { ...emptyInventory.calico, bgpConfigurations: { default: fact } },
    kinds: { ...emptyInventory.kinds, [kind]: { ...emptyInventory.kinds[kind], state: 'listed' } },
  };
}
