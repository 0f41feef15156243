// The command on a real lab, as a person runs it.
import { spawn } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { watchDocumentSchema } from '../../app/contract/watch-document.ts';
import { startLab, type Lab } from '../engine/testing/lab.ts';
import { CLI } from '../testing/programs.ts';

let lab: Lab;

function hopscope(words: readonly string[], interruptAfter?: RegExp) {
  const child = spawn(process.execPath, [...CLI, ...words]);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return {
    child,
    done: new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
      child.on('close', (code) => resolve({ code, stdout, stderr }));
    }),
    interruptAfter,
  };
}

const run = (...words: string[]) => hopscope(['watch', ...words, '--cluster', lab.clusterFile]).done;

async function tcpdumpsLeft(): Promise<string> {
  const script = "for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline | grep -a '^[^ ]*tcpdump '; done; true";
  const nodes = ['k8s-master', 'k8s-worker-1', 'k8s-worker-2'];
  return (await Promise.all(nodes.map((node) => lab.exec(node, 'sh', '-c', script)))).join('').trim();
}

beforeAll(async () => {
  lab = await startLab('cli-watch');
}, 90_000);
afterAll(() => lab[Symbol.asyncDispose]());

describe('hopscope watch', () => {
  it('prints one stable document, in the order of the path, and writes the case file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hopscope-watch-'));
    try {
      const file = join(folder, 'case.zip');
      const { code, stdout, stderr } = await run(
        'c2c-network-demo',
        '--seconds',
        '4',
        '--json',
        '--export',
        file,
      );
      expect([stderr, code]).toEqual(['', 0]);
      const document = watchDocumentSchema.parse(JSON.parse(stdout));
      expect(document).toMatchObject({
        pod: 'default/c2c-network-demo',
        filter: null,
        export: file,
        warnings: [],
      });
      const ids = document.vantagePoints.map(({ id }) => id);
      expect(ids).toEqual([
        'k8s-worker-1/c2c-network-demo/eth0',
        'k8s-worker-1/calid9d486e54a8',
        'k8s-worker-1/ens192',
        'k8s-worker-2/ens192',
        'k8s-worker-2/calia4d5046802b',
        'k8s-worker-2/c2c-network-demo-w2/eth0',
      ]);
      expect(document.vantagePoints.every(({ inbound, outbound }) => inbound !== 0 && outbound !== 0)).toBe(
        true,
      );
      // Each Pod's own, and those of the nodes, in which there are several.
      const namespaces = document.vantagePoints.map(({ namespace }) => namespace ?? '');
      expect(namespaces.every((namespace) => /^net:\[\d+\]$/.test(namespace))).toBe(true);
      expect(new Set(namespaces).size).toBe(4);
      expect(document.vantagePoints).toMatchObject(namespaces.map(() => ({ kernelDrops: 0, ourDrops: 0 })));
      expect(document.captures).toHaveLength(5);
      expect((await stat(file)).size).toBeGreaterThan(1_000);
      await expect.poll(tcpdumpsLeft, { timeout: 6_000 }).toBe('');
    } finally {
      await rm(folder, { recursive: true });
    }
  }, 60_000);

  it('ends cleanly at Ctrl-C with what there is', async () => {
    const started = hopscope([
      'watch',
      'default/c2c-network-demo',
      '--cluster',
      lab.clusterFile,
      '--seconds',
      '600',
    ]);
    await expect.poll(tcpdumpsLeft, { timeout: 20_000 }).not.toBe('');
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    started.child.kill('SIGINT');
    const { code, stdout } = await started.done;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^default\/c2c-network-demo \(192\.168\.1\.2\), [\d.]+ s\n/);
    expect(stdout).toMatch(/k8s-worker-1\/calid9d486e54a8 +\d+ +\d+ +\d+ +\d+\n/);
    await expect.poll(tcpdumpsLeft, { timeout: 6_000 }).toBe('');
  }, 60_000);

  it('says what was not captured and why, and exits 2', async () => {
    const refused = await run('web-1', '--seconds', '3', '--filter', 'no such filter');
    expect(refused.code).toBe(2);
    expect(refused.stdout).toMatch(/not captured: k8s-master: .*filter/i);
    const unknown = await run('nobody', '--seconds', '1');
    expect([unknown.code, unknown.stdout]).toEqual([2, '']);
    expect(unknown.stderr).toMatch(
      /^hopscope: There is no Pod nobody; there are default\/c2c-network-demo, /,
    );
  }, 60_000);

  it('says that Kubernetes was not listed where a Pod is not found by its name', async () => {
    await lab.run('fault', 'hide-tool', 'kubectl', '--node', 'k8s-master');
    try {
      const { code, stderr } = await run('c2c-network-demo', '--seconds', '1');
      expect(code).toBe(2);
      expect(stderr).toMatch(
        /^hopscope: There is no Pod c2c-network-demo; .*\nhopscope: k8s-master: .*kubectl/,
      );
    } finally {
      await lab.run('heal');
    }
  }, 60_000);
});
