import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ControlClient } from './control.ts';
import { numberAt, textAt, type Json, type KubeObject } from './json.ts';
import { parseArguments } from './arguments.ts';

const entry = join(import.meta.dirname, 'index.ts');
let folder: string;
let children: ChildProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lab-api-'));
  children = [];
});

afterEach(async () => {
  await Promise.all(children.map((child) => end(child, 'SIGKILL')));
  rmSync(folder, { recursive: true, force: true });
});

function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => {
    child.once('exit', resolve);
    child.kill(signal);
  });
}

interface Program {
  readonly child: ChildProcess;
  readonly ready: Json;
  readonly url: string;
}

async function start(...extra: string[]): Promise<Program> {
  const args = [
    '--listen',
    '127.0.0.1:0',
    '--control',
    join(folder, 'c.sock'),
    '--state',
    join(folder, 'state'),
  ];
  const child = spawn(process.execPath, ['--import', 'tsx', entry, ...args, ...extra], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const line = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).once('line', resolve);
    child.once('exit', () => {
      reject(new Error('it ended before it was ready'));
    });
  });
  const ready = JSON.parse(line) as Json;
  return { child, ready, url: `http://${(ready as { listening: string[] }).listening[0] ?? ''}` };
}

const configMap = (name: string, value: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default' },
  data: { value },
});

/** The events of a watch that the server ends by itself after a second. */
async function watch(url: string, since: number): Promise<Json[]> {
  const path = `/api/v1/configmaps?watch=1&resourceVersion=${String(since)}&timeoutSeconds=1`;
  const answer = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(20_000) });
  const lines = (await answer.text()).split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Json);
}

describe('the program', () => {
  it('keeps state, uids and resourceVersions over a kill, and resumes watches or says 410', async () => {
    const signal = AbortSignal.timeout(60_000);
    const first = await start('--ring', '4');
    using client = new ControlClient(join(folder, 'c.sock'));
    await client.ready({ signal });
    const made = await client.apply(configMap('a', '1'), { signal });
    const since = Number(made.ok ? made.value.metadata.resourceVersion : NaN);
    for (const value of ['2', '3']) await client.apply(configMap('a', value), { signal });
    await client.remove({ apiVersion: 'v1', kind: 'ConfigMap', name: 'a', namespace: 'default' }, { signal });
    await client.apply(configMap('b', '1'), { signal });
    const before = await client.list('v1', 'ConfigMap', { signal });
    await end(first.child, 'SIGKILL');
    const unreachable = await client.list('v1', 'ConfigMap', { signal });
    expect(unreachable).toMatchObject({ ok: false, failure: { kind: 'unreachable' } });

    const second = await start('--ring', '4');
    expect(await client.ready({ signal })).toEqual({ ok: true, value: undefined });
    expect(await client.list('v1', 'ConfigMap', { signal })).toEqual(before);
    expect(textAt(second.ready, 'resourceVersion')).toBe(String(since + 4));
    expect((await watch(second.url, since)).map((event) => textAt(event, 'type'))).toEqual([
      ...['MODIFIED', 'MODIFIED', 'DELETED', 'ADDED'],
    ]);
    const [gone] = await watch(second.url, since - 1);
    expect(textAt(gone, 'type')).toBe('ERROR');
    expect(numberAt(gone, 'object', 'code')).toBe(410);
  }, 60_000);

  it('has an owner-only socket, ends on SIGTERM with code 0 and takes the socket along', async () => {
    const { child } = await start();
    const socket = join(folder, 'c.sock');
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    expect(await end(child, 'SIGTERM')).toBe(0);
    expect(existsSync(socket)).toBe(false);
    expect(existsSync(join(folder, 'state'))).toBe(true);
  }, 30_000);

  it('does not take over the socket of a server that lives', async () => {
    await start();
    const second = spawn(process.execPath, ['--import', 'tsx', entry, '--control', join(folder, 'c.sock')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    children.push(second);
    let stderr = '';
    second.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const code = await new Promise((resolve) => second.once('close', resolve));
    expect(code).toBe(1);
    expect(stderr).toContain('another server answers there');
  }, 30_000);
});

describe('the command line', () => {
  it.each([
    [[], 'neither --listen nor --control'],
    [['--listen', '0.0.0.0:80'], 'particular address'],
    [['--listen', '[::]:80'], 'particular address'],
    [['--listen', 'localhost'], 'particular address'],
    [['--control', 'c', '--ring', '0'], '--ring'],
    [['--colour'], 'colour'],
  ])('refuses %j with a sentence', (words, part) => {
    const parsed = parseArguments(words);
    expect(!parsed.ok && parsed.failure.sentence).toContain(part);
  });

  it('takes several addresses of both families', () => {
    const parsed = parseArguments([
      '--listen',
      '127.0.0.1:0',
      '--listen',
      '[::1]:8080',
      '--bookmark-seconds',
      '5',
    ]);
    expect(parsed).toMatchObject({
      ok: true,
      value: {
        listen: [
          { host: '127.0.0.1', port: 0 },
          { host: '::1', port: 8080 },
        ],
        watchLimits: { bookmarkMs: 5000 },
      },
    });
  });
});
