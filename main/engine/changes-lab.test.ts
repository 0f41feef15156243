// What must show within a second, and be told apart, in a real lab: three ends of BGP, a link that is down here and at
// the far end, Pods that move and addresses that pass on, and a doorbell that is lost.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { drawn } from '../../app/testing/runs.ts';
import { ownerOfAddressAt } from '../../app/topology/lookups.ts';
import type { NodeTime, PodEntity, Topology } from '../../app/topology/model.ts';
import { createEngine } from './create-engine.ts';
import type { Engine } from './engine.ts';
import { startLab, type Lab } from './testing/lab.ts';

const { signal } = new AbortController();
/**
 * Against what never shows, beside whatever else a machine tests: that a change shows within 1 s, BIRD within 2 s where somebody
 * looks and its peers' within 10 s (DESIGN §5), changes.spec holds, which competes with no other test.
 */
const SHOWS_MS = 10 * 1_000;
const BIRD_SHOWS_MS = 10 * 2_000;
const PEER_BIRD_SHOWS_MS = 4 * 10_000;
let lab: Lab;
let engine: Engine;

async function until(what: string, holds: () => boolean, deadlineMs: number): Promise<void> {
  const began = performance.now();
  while (!holds()) {
    if (performance.now() - began > deadlineMs) {
      const events = topology()
        .events.slice(-12)
        .map(({ sentence }) => sentence);
      throw new Error(`not within ${deadlineMs} ms: ${what}\n${events.join('\n')}`);
    }
    await sleep(10);
  }
  console.log(`${what}: ${(performance.now() - began).toFixed(0)} ms`);
}

const topology = (): Topology => engine.topology;
const living = <T extends { until: unknown }>(table: Readonly<Record<string, T>>): T[] =>
  Object.values(table).filter((one) => one.until === null);
const node = (label: string) => living(topology().nodes).find((one) => one.label === label);
const pod = (name: string): PodEntity | undefined => living(topology().pods).find((one) => one.name === name);
const link = (label: string, name: string) =>
  living(topology().interfaces).find(
    ({ netnsId, name: own }) => own === name && netnsId === node(label)?.rootNetns,
  );
const routes = (label: string) => topology().forwarding[node(label)?.rootNetns ?? '']?.routes ?? [];
const session = (label: string, name: string) =>
  living(topology().bgp).find((one) => one.name === name && one.nodeId === node(label)?.id);
const nodeClock = async (label: string): Promise<NodeTime> => {
  const [s = '', ns = ''] = (await lab.exec(label, 'date', '+%s %N')).trim().split(' ');
  return { s: Number(s), ns: Number(ns) };
};
/** Sentences of what we saw ourselves after this event. */
const since = (id: number): string[] =>
  topology()
    .events.filter((one) => one.id > id && one.teller === undefined)
    .map(({ sentence }) => sentence);
const lastEvent = (): number => topology().events.at(-1)?.id ?? 0;

const BLOCK = '192.168.2.0/24';
const hasBlock = (label: string): boolean =>
  routes(label).some(({ dst, type }) => dst === BLOCK && type === 'unicast');
const established = (label: string, name: string): boolean => {
  const one = session(label, name);
  return one?.info === 'Established' && one.stale === null;
};
const healthy = (): boolean =>
  hasBlock('k8s-worker-1') &&
  hasBlock('k8s-master') &&
  node('k8s-worker-2')?.bird.state === 'running' &&
  established('k8s-worker-1', 'Mesh_10_12_22_152') &&
  established('k8s-worker-2', 'Mesh_10_12_22_151');

// Past the lab's own commands, which take a second of CPU each to start.
const control = '/var/run/calico/bird.ctl';
const birdcl = ['birdcl', '-s', control];
const endBird = (name: 'TERM' | 'KILL') =>
  lab.exec(
    'k8s-worker-2',
    'sh',
    '-c',
    `kill -${name} $(cat /run/bird.pid); while kill -0 $(cat /run/bird.pid 2>/dev/null) 2>/dev/null; do :; done`,
  );
const startBird = () =>
  lab.exec(
    'k8s-worker-2',
    'bird',
    '-R',
    '-c',
    '/etc/calico/confd/config/bird.cfg',
    '-s',
    control,
    '-P',
    '/run/bird.pid',
  );

beforeAll(async () => {
  lab = await startLab('changes-lab');
  engine = createEngine({ attended: false });
  const opened = await engine.open(lab.clusterFile, { signal });
  if (!opened.ok) throw new Error(opened.failure.sentence);
  engine.lookAt('k8s-worker-2');
  await until('all is read', () => engine.settled && engine.inventoried && healthy(), 30_000);
}, 90_000);

afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  await lab[Symbol.asyncDispose]();
});

it('what happened before we connected is told by kubelet’s log, BIRD’s, BIRD itself and Kubernetes, with their times', async () => {
  const told = (teller: string, what: RegExp) => (): boolean =>
    topology().events.some(
      (event) => event.teller === teller && event.past === true && what.test(event.sentence),
    );
  await until(
    'kubelet’s log',
    told('daemon log', /k8s-worker-1: kubelet logged an error: .*NetworkPluginNotReady/),
    30_000,
  );
  await until(
    'Kubernetes',
    told('Kubernetes', /^default\/c2c-network-demo: NetworkNotReady \(kubelet\): /),
    30_000,
  );
  await until(
    'BIRD',
    told('BGP daemon', /k8s-worker-1: BGP Mesh_10_12_22_152 became Established\./),
    SHOWS_MS,
  );
  const kubernetes = topology().events.find(
    ({ kind, about }) => kind === 'kubernetes-warning' && about.includes(pod('c2c-network-demo')?.id ?? ''),
  );
  expect(kubernetes?.nodeLabel).toBe('k8s-worker-1');
  expect(node('k8s-worker-1')?.unknowns).toEqual([]);
}, 90_000);

it('prefixes of a session, asked of both its sides: what one advertises is installed by the other', async () => {
  const ends = [session('k8s-worker-1', 'Mesh_10_12_22_152'), session('k8s-worker-2', 'Mesh_10_12_22_151')];
  const [one = '', other = ''] = ends.map((end) => end?.id ?? '');
  const began = performance.now();
  const answer = await engine.bgpExchange({ ends: [one, other] });
  console.log(`prefixes of both sides: ${(performance.now() - began).toFixed(0)} ms`);
  expect(answer).toMatchObject({
    ok: true,
    directions: [
      {
        from: 'k8s-worker-1',
        to: 'k8s-worker-2',
        rows: [{ prefix: '192.168.1.0/24', fate: 'installed' }],
        sentences: [],
      },
      {
        from: 'k8s-worker-2',
        to: 'k8s-worker-1',
        rows: [{ prefix: BLOCK, fate: 'installed' }],
        sentences: [],
      },
    ],
  });
  expect(answer.ok && answer.commands.map(({ command }) => command)).toContain(
    'birdcl -r -s /var/run/calico/bird.ctl show route export Mesh_10_12_22_152',
  );
  expect(await engine.bgpExchange({ ends: ['bgp:nobody', null] })).toMatchObject({ ok: false });
}, 60_000);

it('a Pod added, moved to another node and removed', async () => {
  await lab.run('pod', 'add', 'wanderer', '--node', 'k8s-worker-1');
  await until('a Pod added', () => typeof pod('wanderer')?.hostInterfaceId === 'string', SHOWS_MS);
  const first = pod('wanderer');
  await lab.run('pod', 'delete', 'wanderer');
  await lab.run('pod', 'add', 'wanderer', '--node', 'k8s-worker-2');
  const moved = (): boolean => {
    const now = pod('wanderer');
    return now !== undefined && now.nodeId === node('k8s-worker-2')?.id && now.hostInterfaceId !== null;
  };
  await until('a Pod moved', moved, SHOWS_MS);
  // Another thing with the old one kept as history, where it was.
  expect(pod('wanderer')?.id).not.toBe(first?.id);
  expect(topology().pods[first?.id ?? '']).toMatchObject({
    nodeId: node('k8s-worker-1')?.id,
    ips: first?.ips,
  });
  expect(topology().pods[first?.id ?? '']?.until).not.toBeNull();
  await lab.run('pod', 'delete', 'wanderer');
  await until('a Pod removed', () => pod('wanderer') === undefined, SHOWS_MS);
}, 60_000);

it('an address that passes on within a second: what was captured before keeps its Pod', async () => {
  await lab.run('pod', 'add', 'former', '--node', 'k8s-worker-2');
  await until('the first Pod', () => typeof pod('former')?.podInterfaceId === 'string', SHOWS_MS);
  const address = pod('former')?.ips[0] ?? '';
  const before = await nodeClock('k8s-worker-2');
  await lab.run('pod', 'delete', 'former');
  await lab.run('pod', 'add', 'latter', '--node', 'k8s-worker-2');
  await until(
    'the second Pod',
    () => pod('latter')?.ips[0] === address && pod('former') === undefined,
    SHOWS_MS,
  );
  await until('its device', () => typeof pod('latter')?.podInterfaceId === 'string', SHOWS_MS);
  const now = await nodeClock('k8s-worker-2');
  expect(ownerOfAddressAt(topology(), address, before)).toMatchObject({ kind: 'pod', name: 'former' });
  expect(ownerOfAddressAt(topology(), address, now)).toMatchObject({ kind: 'pod', name: 'latter' });
  await lab.run('pod', 'delete', 'latter');
}, 60_000);

it('a link that is down here loses its routes, at the far end it keeps them as linkdown', async () => {
  const nic = () => link('k8s-worker-2', 'ens192');
  const toPeers = () =>
    routes('k8s-worker-2').filter(({ dst, table }) => dst === '10.12.0.0/16' && table === 'main');
  const start = lastEvent();
  await lab.run('fault', 'far-end-down', '--node', 'k8s-worker-2');
  await until('a far end down', () => nic()?.carrier === false && nic()?.adminUp === true, SHOWS_MS);
  await until('routes linkdown', () => toPeers().every(({ flags }) => flags.includes('linkdown')), SHOWS_MS);
  expect(toPeers()).not.toEqual([]);
  expect(since(start).join('\n')).toMatch(/k8s-worker-2: ens192 went (LOWERLAYER)?DOWN \(was UP\)\./);
  await lab.run('heal', 'far-end-down');
  await until('the far end up', () => nic()?.carrier === true, SHOWS_MS);
  await lab.run('fault', 'link-down', '--node', 'k8s-worker-2');
  await until('a link down here', () => nic()?.adminUp === false && toPeers().length === 0, SHOWS_MS);
  expect(since(start).join('\n')).toContain('k8s-worker-2: ens192 was set down');
  await lab.run('heal', 'link-down');
  await until('all is well again', () => nic()?.adminUp === true && healthy(), 60_000);
}, 120_000);

it('BGP disabled, BIRD ended and BIRD killed are three different pictures', async () => {
  const mine = 'Mesh_10_12_22_151';
  const theirs = 'Mesh_10_12_22_152';

  // Disabled: one peer loses the block, BIRD runs, the session says so itself.
  let start = lastEvent();
  await lab.exec('k8s-worker-2', ...birdcl, 'disable', mine);
  await until('disabled: the route is gone at this peer', () => !hasBlock('k8s-worker-1'), SHOWS_MS);
  await until(
    'disabled: the session says so',
    () => session('k8s-worker-2', mine)?.protocolState === 'down',
    BIRD_SHOWS_MS,
  );
  expect(hasBlock('k8s-master')).toBe(true);
  expect(node('k8s-worker-2')?.bird.state).toBe('running');
  expect(since(start).join('\n')).toContain(`k8s-worker-2: BGP ${mine} is Down now (was Established).`);
  await lab.exec('k8s-worker-2', ...birdcl, 'enable', mine);
  await until('disabled: mended', healthy, 60_000);

  // Ended: every peer loses the block at once; its own routes stay.
  start = lastEvent();
  await endBird('TERM');
  await until(
    'ended: the route is gone at every peer',
    () => !hasBlock('k8s-worker-1') && !hasBlock('k8s-master'),
    SHOWS_MS,
  );
  await until('ended: its node says so', () => node('k8s-worker-2')?.bird.state === 'dead', BIRD_SHOWS_MS);
  expect(since(start).join('\n')).toMatch(
    /k8s-worker-2: BIRD dead, routes kept \(\d\): it was ended in an orderly way, and told its peers\./,
  );
  expect(session('k8s-worker-1', theirs)?.stale).toBeNull();
  await startBird();
  await until('ended: mended', healthy, 60_000);

  // Killed: peers keep the block, as stale.
  start = lastEvent();
  await endBird('KILL');
  await until('killed: its node says so', () => node('k8s-worker-2')?.bird.state === 'dead', BIRD_SHOWS_MS);
  await until(
    'killed: stale at the peer',
    () => session('k8s-worker-1', theirs)?.stale !== null,
    PEER_BIRD_SHOWS_MS,
  );
  expect(hasBlock('k8s-worker-1') && hasBlock('k8s-master')).toBe(true);
  expect(since(start).join('\n')).toMatch(
    /k8s-worker-2: BIRD dead, routes kept \(\d\): it was killed or crashed, its socket is left behind\./,
  );
  const matrix = await engine.ask('bgp.matrix', undefined);
  const pair =
    matrix.ok &&
    matrix.value.pairs.find(({ ends }) =>
      ends.some((end) => end?.nodeLabel === 'k8s-worker-1' && end.name === theirs),
    );
  expect(pair).toMatchObject({ verdict: 'stale', wrong: true });
  await startBird();
  await until('killed: mended', healthy, 60_000);
}, 240_000);

it('a thousand routes in a second are one event, and a lost doorbell tells nothing twice', async () => {
  const add = (count: number, at: number): string =>
    Array.from(
      { length: count },
      (_, n) => `route add blackhole 10.${at}.${Math.floor(n / 250)}.${n % 250}/32 metric 7`,
    ).join('\n');
  const batch = (text: string) =>
    lab.exec('k8s-worker-2', 'sh', '-c', `printf '%s\\n' "$1" | ip -batch -`, 'sh', text);
  const count = (at: number): number =>
    routes('k8s-worker-2').filter(({ dst }) => dst.startsWith(`10.${at}.`)).length;
  let start = lastEvent();
  await batch(add(1_000, 201));
  await until('a thousand routes', () => count(201) === 1_000, SHOWS_MS);
  // BIRD's sessions may come to rest meanwhile.
  const ofRoutes = topology().events.filter(({ id, kind }) => id > start && kind.startsWith('route-'));
  expect(ofRoutes).toMatchObject([
    { kind: 'route-appeared', nodeLabel: 'k8s-worker-2', burst: { count: 1_000 } },
  ]);

  // The doorbell ends, things change while nobody listens, and it is started again.
  start = lastEvent();
  const monitors = `for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline 2>/dev/null | grep -q '^ip .*monitor' && kill -9 \${p#/proc/}; done; :`;
  await lab.exec('k8s-worker-2', 'sh', '-c', monitors);
  await batch('route add blackhole 10.202.0.1/32 metric 7');
  await lab.exec('k8s-worker-2', 'ip', 'link', 'add', 'ghost0', 'type', 'bridge');
  await until(
    'seen without a doorbell',
    () => count(202) === 1 && link('k8s-worker-2', 'ghost0') !== undefined,
    3 * 10_000,
  );
  await lab.exec('k8s-worker-2', 'ip', 'link', 'add', 'ghost1', 'type', 'bridge');
  await until('the doorbell rings again', () => link('k8s-worker-2', 'ghost1') !== undefined, 3 * 10_000);
  const told = since(start);
  expect(new Set(told).size).toBe(told.length);
  // Not the route: soon after the thousand it is one more of theirs.
  for (const what of ['ghost0 appeared', 'ghost1 appeared'])
    expect(
      told.filter((sentence) => sentence.includes(what)),
      told.join('\n'),
    ).toHaveLength(1);
}, 120_000);

it('BIRD that only kubectl exec reaches: the same matrix by kubectl and by a kubeconfig, and of a hung one nothing is left', async () => {
  // What BIRD's end before has left behind is over by then.
  await until(
    'no session is stale',
    () => living(topology().bgp).every(({ stale, info }) => stale === null && info === 'Established'),
    60_000,
  );
  const told = await matrixOf(engine);
  // A session that is up again may have to exchange its routes yet, at either end.
  const exchanged = (): string =>
    JSON.stringify([
      routes('k8s-worker-1')
        .filter(({ proto }) => proto === 'bird')
        .map(({ dst }) => dst)
        .sort(),
      ...['k8s-master', 'k8s-worker-2'].map((peer) => session(peer, 'Mesh_10_12_22_151')?.imported),
    ]);
  const before = exchanged();
  await lab.run('fault', 'bird-in-container', '--node', 'k8s-worker-1');
  const unseen = /^BIRD runs \(process \d+\), but has no control socket in a usual place\.$/;
  await until(
    'its node cannot ask it',
    () => unseen.test(node('k8s-worker-1')?.bird.sentence ?? ''),
    PEER_BIRD_SHOWS_MS,
  );
  expect(node('k8s-worker-1')?.bird.state).toBe('unknown');
  const back = (peer: string): boolean => established(peer, 'Mesh_10_12_22_151');
  await until(
    'its peers have it again, and their routes',
    () => back('k8s-master') && back('k8s-worker-2') && exchanged() === before,
    60_000,
  );
  // From the clients' folder, as the operator's own machine: the API's port is on the master alone.
  const door = createServer((socket) => {
    const api = connect(join(dirname(lab.clusterFile), '..', 'api-server.sock'));
    socket
      .on('error', () => api.destroy())
      .pipe(api)
      .on('error', () => socket.destroy())
      .pipe(socket);
  });
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  const folder = await mkdtemp(join(tmpdir(), 'hopscope-exec-'));
  try {
    const own = join(folder, 'kubeconfig');
    const server = `http://127.0.0.1:${(door.address() as AddressInfo).port}`;
    const names = { clusters: [{ name: 'lab', cluster: { server } }], users: [{ name: 'me', user: {} }] };
    const context = { name: 'lab', context: { cluster: 'lab', user: 'me' } };
    await writeFile(own, JSON.stringify({ ...names, contexts: [context], 'current-context': 'lab' }));
    const byKubeconfig = join(folder, 'cluster.yml');
    const text = await readFile(lab.clusterFile, 'utf8');
    await writeFile(
      byKubeconfig,
      text.replace(/^inventory:\n(?: .*\n?)+/m, `inventory: { kubeconfig: ${own} }\n`),
    );

    for (const file of [lab.clusterFile, byKubeconfig]) {
      await using once = await opened(file);
      await until(`read by ${file}`, () => whole(once), 30_000);
      expect(await matrixOf(once)).toEqual(told);
      const command = Object.values(once.topology.evidence).find(
        ({ id }) => id === 'k8s-worker-1/bird:/var/run/calico/bird.ctl',
      )?.command;
      expect(command).toMatch(
        / exec -n kube-system calico-node-lab1 -c calico-node -- birdcl -r -s \/var\/run\/calico\/bird\.ctl show protocols all$/,
      );
    }

    const of = (what: string) =>
      lab.exec(
        'k8s-worker-1',
        'sh',
        '-c',
        `for c in /proc/[0-9]*/comm; do read -r n <$c && [ "$n" = ${what} ] && echo $c; done 2>/dev/null; :`,
      );
    const [bird = ''] = (await of('bird')).match(/\d+/) ?? [];
    await lab.exec('k8s-worker-1', 'kill', '-STOP', bird);
    // One that waits for its answer, one that is cut off while birdcl waits.
    const ways = [
      [byKubeconfig, 'waits'],
      [lab.clusterFile, 'is cut off'],
      [byKubeconfig, 'is cut off'],
      [lab.clusterFile, 'waits'],
    ] as const;
    for (const [file, what] of drawn(ways, 1)) {
      await using hung = await opened(file);
      while ((await of('birdcl')) === '') await sleep(20);
      if (what === 'is cut off') await hung[Symbol.asyncDispose]();
      else {
        await until('told', () => whole(hung), 60_000);
        const worker = Object.values(hung.topology.nodes).find(({ label }) => label === 'k8s-worker-1');
        expect(worker?.bird).toMatchObject({
          state: 'unknown',
          sentence: 'BIRD accepts connections but did not answer within 3 s.',
        });
      }
      await nothingOf('birdcl', of);
    }
    await lab.exec('k8s-worker-1', 'kill', '-CONT', bird);
  } finally {
    door.close();
    await rm(folder, { recursive: true });
  }
}, 240_000);

async function opened(clusterFile: string): Promise<Engine> {
  const once = createEngine({ attended: false, follow: 'nothing' });
  const done = await once.open(clusterFile, { signal });
  if (!done.ok) throw new Error(done.failure.sentence);
  return once;
}

const whole = (one: Engine): boolean => one.settled && one.inventoried && one.inventoryWhole;

/** birdcl has three seconds in its container. */
async function nothingOf(what: string, of: (what: string) => Promise<string>): Promise<void> {
  const began = performance.now();
  while ((await of(what)) !== '') {
    if (performance.now() - began > 3 * 3_000) throw new Error(`${what} lives on: ${await of(what)}`);
    await sleep(50);
  }
  console.log(`no ${what} is left: ${(performance.now() - began).toFixed(0)} ms`);
}

/** Without what changes from one moment to the next. */
async function matrixOf(one: Engine): Promise<unknown> {
  const answer = await one.ask('bgp.matrix', undefined);
  if (!answer.ok) throw new Error(answer.failure.sentence);
  const named = (sides: readonly { readonly name: string }[]): string => sides.map(({ name }) => name).join();
  const pairs = answer.value.pairs.toSorted((a, b) => named(a.sides).localeCompare(named(b.sides)));
  return pairs.map(({ sides, verdict, ends, missing }) => ({
    sides: sides.map(({ name }) => name),
    // Who has looked on for longer has seen it lost twice, by the faults before.
    verdict: verdict === 'flapping' ? 'established' : verdict,
    missing,
    ends: ends.map(
      (end) =>
        end && [
          end.name,
          end.health,
          end.state,
          end.localAddress,
          end.neighbourAddress,
          end.neighbourId,
          end.session,
          end.imported,
          end.exported,
          end.preferred,
          end.holdTime,
          end.capabilities,
        ],
    ),
  }));
}
