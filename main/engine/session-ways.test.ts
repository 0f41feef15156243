// The same lab by other ways in: through a jump host, with fewer rights, with one session, with tools missing.
import { drawn } from '../../app/testing/runs.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { NodeStatus } from '../../app/contract/session.ts';
import { nodeWrapper } from '../node/node-wrapper.ts';
import { wrapperText } from '../node/wrapper.ts';
import { createEngine } from './create-engine.ts';
import { discoverDocument } from './discover-document.ts';
import type { Engine } from './engine.ts';
import { startLab, type Lab } from './testing/lab.ts';

const { signal } = new AbortController();
let lab: Lab;
let engine: Engine;

async function until(what: string, holds: () => boolean, deadlineMs: number): Promise<void> {
  const began = performance.now();
  while (!holds()) {
    if (performance.now() - began > deadlineMs) {
      throw new Error(`not within ${deadlineMs} ms: ${what}\n${JSON.stringify(engine.view.nodes, null, 1)}`);
    }
    await sleep(10);
  }
}

async function open(file: string): Promise<void> {
  engine = createEngine({ attended: false });
  const opened = await engine.open(file, { signal });
  if (!opened.ok) throw new Error(opened.failure.sentence);
}

const readAll = () => until('all read', () => engine.view.nodes.every((n) => n.lastFactsAt !== null), 30_000);

function status(label: string): NodeStatus {
  const found = engine.view.nodes.find((node) => node.label === label);
  if (found === undefined) throw new Error(`no node ${label}`);
  return found;
}

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hopscope-ways-'));
  const wrapper = join(folder, 'hopscope-node');
  await writeFile(wrapper, wrapperText(nodeWrapper));
  lab = await startLab('ways-test', '--wrapper', wrapper);
  await rm(folder, { recursive: true });
}, 90_000);
afterAll(() => lab[Symbol.asyncDispose]());
afterEach(async () => {
  await engine[Symbol.asyncDispose]();
  await lab.run('heal');
});

describe('ways in', () => {
  it('through a node that another node names as its jump host', async () => {
    await open(join(dirname(lab.clusterFile), 'cluster-jump.yml'));
    await readAll();
    expect(engine.view.nodes.map((n) => n.state)).toEqual(['connected', 'connected', 'connected']);
  }, 60_000);

  it('with root, with the wrapper, with nothing: each says what it could not know', async () => {
    await open(lab.rightsClusterFile);
    await readAll();
    await until('Pods named', () => engine.settled, 10_000);
    expect(engine.view.nodes.map((n) => n.rights)).toEqual([3, 2, 0]);
    const document = discoverDocument(engine.topology);
    const pod = (name: string) => document.pods.find((p) => p.name === name);
    expect(pod('c2c-network-demo')).toMatchObject({ hostInterface: 'calid9d486e54a8', podInterface: 'eth0' });
    expect(pod('c2c-network-demo-w2')).toMatchObject({
      hostInterface: 'calia4d5046802b',
      podInterface: null,
    });
    const bgp = (name: string) => document.nodes.find((n) => n.name === name)?.bgp.length;
    expect(bgp('k8s-worker-1')).toBe(2);
    expect(bgp('k8s-worker-2')).toBe(0);
    expect(document.warnings.join('\n')).toMatch(/k8s-worker-2.*may not read its socket/);
    expect(document.warnings.join('\n')).toMatch(/inside of Pods on k8s-worker-2 is unknown/);
    expect(document.warnings.join('\n')).not.toMatch(/k8s-worker-1/);
    const target = {
      kind: 'pod' as const,
      podId: Object.values(engine.topology.pods).find((p) => p.name === 'c2c-network-demo-w2')?.id ?? '',
    };
    const terminal = await engine.openTerminal(target, { size: { cols: 80, rows: 24 }, signal });
    // Without root on its node the Pod is entered by kubectl exec from the master.
    expect(terminal.ok && terminal.value.command).toBe(
      'kubectl exec -i -t -n default c2c-network-demo-w2 -- /bin/sh',
    );
    if (terminal.ok) await terminal.value.channel[Symbol.asyncDispose]();
  }, 90_000);

  const ways = [
    // Where kubectl is, lists and readings share what there is; with sudo there is one channel more to share.
    { node: 'k8s-worker-1', limit: 1, rights: 'root', followed: false },
    { node: 'k8s-master', limit: 1, rights: 'root', followed: false },
    { node: 'k8s-master', limit: 2, rights: 'root', followed: true },
    { node: 'k8s-worker-1', limit: 2, rights: 'sudo', followed: false },
    { node: 'k8s-worker-1', limit: 3, rights: 'sudo', followed: true },
  ];
  it.each(drawn(ways, 1))(
    'with MaxSessions $limit at $node as $rights: read, and true about the rest',
    async ({ node, limit, rights, followed }) => {
      await lab.run('fault', 'max-sessions', String(limit), '--node', node);
      await open(rights === 'root' ? lab.clusterFile : lab.rightsClusterFile);
      await until('read, Kubernetes too', () => engine.settled, 15_000);
      const settledAt = performance.now();
      const states = new Set<string>();
      engine.subscribe(() => states.add(status(node).state));
      expect(engine.view.nodes.map((n) => n.lastFactsAt !== null)).toEqual([true, true, true]);
      const said = status(node).limits.join(' ');
      if (followed) expect(said).not.toMatch(/every 10 s/);
      else
        expect(said).toMatch(
          /set MaxSessions 10 in its sshd_config\): changes are looked for every 10 s instead of at once/,
        );
      expect(said).not.toMatch(/did not finish/);
      expect(
        Object.values(engine.topology.pods).filter((p) => p.until === null && p.namespace !== null),
        JSON.stringify(engine.view.nodes.map(({ limits }) => limits)),
      ).toHaveLength(4);
      if (limit === 1) {
        const target = { kind: 'node' as const, nodeLabel: node };
        const terminal = await engine.openTerminal(target, { size: { cols: 80, rows: 24 }, signal });
        expect(terminal.ok ? '' : terminal.failure.sentence).toMatch(/Terminals are off.*MaxSessions 1/);
      }
      await lab.run('pod', 'add', 'late', '--node', 'k8s-worker-1');
      const late = () =>
        Object.values(engine.topology.pods).find((p) => p.name === 'late' && p.until === null);
      await until(
        'a Pod seen',
        () => late()?.hostInterfaceId !== undefined && late()?.hostInterfaceId !== null,
        // Sooner than by looking every 10 s, or as late as that twice and a reading are.
        followed ? 9_000 : 30_000,
      );
      await lab.run('pod', 'delete', 'late');
      // Longer than a node that is followed may be silent: one that is not has nothing to tick with, and is well.
      await until('8 s', () => performance.now() - settledAt > 8_000, 9_000);
      expect([...states]).toEqual(['connected']);
    },
    90_000,
  );

  it('with MaxSessions 2 an open terminal stops reading: said as it is, and over when it is closed', async () => {
    await lab.run('fault', 'max-sessions', '2', '--node', 'k8s-worker-1');
    await open(lab.clusterFile);
    await until('read, Kubernetes too', () => engine.settled, 15_000);
    const said = () => status('k8s-worker-1').limits.join(' ');
    const sentences = new Set<string>();
    engine.subscribe(() => sentences.add(said()));
    const target = { kind: 'node' as const, nodeLabel: 'k8s-worker-1' };
    const terminal = await engine.openTerminal(target, { size: { cols: 80, rows: 24 }, signal });
    if (!terminal.ok) throw new Error(terminal.failure.sentence);
    let ended = false;
    void terminal.value.channel.exit.then(() => (ended = true));
    const docker0 = () =>
      Object.values(engine.topology.interfaces).find(
        ({ name, nodeId, until: end }) =>
          name === 'docker0' && end === null && engine.topology.nodes[nodeId]?.label === 'k8s-worker-1',
      )?.adminUp;
    await lab.exec('k8s-worker-1', 'ip', 'link', 'set', 'dev', 'docker0', 'down');
    await until('said', () => /Nothing is read on this node while a terminal is open/.test(said()), 5_000);
    expect([status('k8s-worker-1').state, ended, docker0()]).toEqual(['connected', false, true]);
    await terminal.value.channel[Symbol.asyncDispose]();
    await until('seen', () => docker0() === false && said() === '', 15_000);
    await lab.exec('k8s-worker-1', 'ip', 'link', 'set', 'dev', 'docker0', 'up');
    expect([...sentences].join()).not.toMatch(/did not finish/);
  }, 60_000);

  it('without ip on a node: the rest is known, and the node says what is missing', async () => {
    await lab.run('fault', 'hide-tool', 'ip', '--node', 'k8s-worker-1');
    await open(lab.clusterFile);
    await readAll();
    const node = Object.values(engine.topology.nodes).find((n) => n.label === 'k8s-worker-1');
    expect(node?.unknowns.join('\n')).toMatch(/\bip\b/);
    expect(node?.hostname).toBe('k8s-worker-1');
    expect(
      discoverDocument(engine.topology).nodes.find((n) => n.name === 'k8s-worker-2')?.interfaces.length,
    ).toBeGreaterThan(3);
  }, 60_000);
});

describe('no way in', () => {
  it('each node says why and what to do, and the others go on', async () => {
    const text = await readFile(lab.clusterFile, 'utf8');
    const broken = join(dirname(lab.clusterFile), 'broken.yml');
    const [master, worker1, worker2] = [...text.matchAll(/port: (\d+)/g)].map((m) => m[1] ?? '');
    await lab.run('fault', 'host-key-change', '--node', 'k8s-worker-2');
    // Port 1 of 127.0.0.1 is nobody's.
    await writeFile(broken, text.replace(`port: ${worker1 ?? ''}`, 'port: 1'));
    await open(broken);
    await until('the master read', () => status('k8s-master').lastFactsAt !== null, 20_000);
    await until('worker 1 refused', () => status('k8s-worker-1').sentence !== null, 20_000);
    await until('worker 2 refused', () => status('k8s-worker-2').state === 'failed', 20_000);
    expect(status('k8s-worker-1').sentence).toMatch(/127\.0\.0\.1:1\).*refused/);
    expect(status('k8s-worker-2').sentence).toMatch(/host key/i);
    expect(status('k8s-worker-2').detail).toMatch(/known_hosts:\d+: \[127\.0\.0\.1\]:\d+ /);
    expect(master).not.toBe(worker2);
  }, 60_000);
});
