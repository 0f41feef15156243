// What runs on a node leaves an entry, whichever way it was started; a real sshd, and the sources themselves.
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../app/contract/audit.ts';
import { follow } from '../node/follow.ts';
import { detectRights, runDiscovery } from '../node/rights.ts';
import { SshConnector } from '../ssh/ssh-connector.ts';
import { must, nobody, targetOf, textOf } from '../ssh/testing/client-side.ts';
import { SshdFixture } from '../ssh/testing/sshd-fixture.ts';
import type { NodeTransport } from '../ssh/transport.ts';
import { AuditTrail } from './audit-trail.ts';

const { signal } = new AbortController();
let sshd: SshdFixture;
let folder = '';
beforeAll(async () => {
  sshd = await SshdFixture.start();
  folder = await mkdtemp(join(tmpdir(), 'hopscope-audit-'));
});
afterAll(async () => {
  await sshd[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const connected = async (trail: AuditTrail): Promise<NodeTransport> =>
  must(
    await new SshConnector({ configFile: '/dev/null', audit: trail }).connect(
      targetOf(sshd, { label: 'node' }),
      {
        signal,
        prompts: nobody,
      },
    ),
  );
const brief = ({ node, kind, by, what, outcome }: AuditEntry): string =>
  `${node} ${kind} ${by}: ${what} -> ${outcome ?? 'running'}`;

describe('every way to run something', () => {
  it('leaves an entry: commands, scripts, streams, terminals, and what was refused', async () => {
    const trail = new AuditTrail();
    const node = await connected(trail);
    {
      await using channel = must(await node.open('echo hello; exit 3', { signal }));
      expect(await textOf(channel.stdout)).toBe('hello\n');
      await channel.exit;
    }
    must(await detectRights(node, { signal, sudo: false, wrapperVersion: null }));
    const rights = { tier: 0 as const, uid: 1, limits: [], sshConnection: null };
    const request = { nonce: '0123456789abcdef', parts: ['links' as const] };
    must(await runDiscovery(node, rights, { signal, request, deadlineMs: 10_000 }));
    const follower = must(await follow(node, [{ name: 'one', command: 'echo line; exit 4' }], { signal }));
    for await (const event of follower.events) if (event.kind === 'exit') break;
    await follower.add({ name: 'two', command: 'sleep 60' });
    await follower.remove('two');
    await follower[Symbol.asyncDispose]();
    {
      const size = { cols: 80, rows: 24 };
      await using terminal = must(await node.openTerminal('cat', { signal, term: 'xterm', size }));
      await terminal.write('secret words\n');
    }
    await node[Symbol.asyncDispose]();
    await expect.poll(() => trail.entries.filter(({ endedAt }) => endedAt === null)).toEqual([]);
    expect(trail.entries.map(brief)).toEqual([
      'node command login: echo hello; exit 3 -> exit 3',
      'node command login: id -u, the capture tool: what this login may do -> exit 0',
      'node command login: discovery: links -> exit 0',
      'node command login: follow changes -> ended by us',
      'node stream login: echo line; exit 4 -> exit 4',
      'node stream login: sleep 60 -> ended by us',
      'node terminal login: cat -> ended by us',
    ]);
    const [first] = trail.entries;
    expect(first).toMatchObject({ received: 6, sent: 0 });
    expect((first?.endedAt ?? 0) - (first?.startedAt ?? 0)).toBeGreaterThanOrEqual(0);
    expect(JSON.stringify(trail.entries)).not.toContain('secret words');
  }, 60_000);

  it('is what the sources allow: channels are opened in one place, streams in one', async () => {
    const root = join(import.meta.dirname, '..');
    const files = (await readdir(root, { recursive: true })).filter(
      (file) => /\.ts$/.test(file) && !/\.test\.ts$|testing\//.test(file),
    );
    const texts = new Map<string, string>();
    for (const file of files) texts.set(file, await readFile(join(root, file), 'utf8'));
    const holding = (pattern: RegExp): string[] =>
      [...texts].filter(([, text]) => pattern.test(text)).map(([file]) => file);
    expect(files.length).toBeGreaterThan(100);
    expect(holding(/client\.(exec|shell|subsys|sftp)\(/)).toEqual(['ssh/ssh-transport.ts']);
    // A jump host opens connections for us, which is no channel of a command.
    expect(holding(/client\.(forward|openssh_)\w+\(/)).toEqual(['ssh/forward.ts']);
    // Orders to a guard of streams start commands within its channel.
    expect(holding(/guard\.order\(/)).toEqual(['node/follow.ts']);
    // Nothing else speaks ssh2.
    const speakers = holding(/from 'ssh2'/).filter((file) => !file.startsWith('ssh/'));
    expect(speakers).toEqual([]);
  });
});

describe('kept', () => {
  const start = { node: 'a', login: 'root', by: 'login' as const, kind: 'command' as const };

  it('is bounded: what ran longest ago leaves first, and long scripts are cut', () => {
    const trail = new AuditTrail(() => 5);
    for (let at = 0; at < 20_500; at += 1) trail.begin({ ...start, what: String(at) }).ended('exit 0');
    trail.begin({ ...start, what: 'x'.repeat(100_000) });
    expect(trail.entries).toHaveLength(20_000);
    expect(trail.entries[0]?.what).toBe('501');
    expect(trail.entries.at(-1)?.what).toHaveLength(1_000);
  });

  it('has its bytes once its command has told all, before its channel ended, which may be much later', () => {
    const trail = new AuditTrail(() => 5);
    const run = trail.begin({ ...start, what: 'ip route' });
    expect(trail.entries).toMatchObject([{ endedAt: null, outcome: null, sent: null, received: null }]);
    run.concluded(3, { sent: 10, received: 200 });
    expect(trail.entries).toMatchObject([{ endedAt: null, outcome: null, sent: 10, received: 200 }]);
    run.ended('ended by us', { sent: 12, received: 230 });
    run.concluded(0, { sent: 1, received: 1 });
    expect(trail.entries).toMatchObject([{ endedAt: 5, outcome: 'exit 3', sent: 12, received: 230 }]);
  });

  it('is appended to a file that only its owner reads, also what had not ended', async () => {
    const file = join(folder, 'audit.jsonl');
    for (const name of ['first', 'second']) {
      const trail = new AuditTrail();
      trail.begin({ ...start, what: `${name} before` });
      expect((await trail.writeTo(file)).ok).toBe(true);
      trail.begin({ ...start, what: name }).ended('exit 0');
      await trail[Symbol.asyncDispose]();
    }
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    expect(
      lines.map((line) => JSON.parse(line) as AuditEntry).map(({ what, outcome }) => [what, outcome]),
    ).toEqual([
      ['first before', null],
      ['first', null],
      ['first', 'exit 0'],
      ['second before', null],
      ['second', null],
      ['second', 'exit 0'],
    ]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const nowhere = await new AuditTrail().writeTo(join(folder, 'no', 'such'));
    expect(nowhere).toMatchObject({
      ok: false,
      failure: { sentence: expect.stringContaining('ENOENT') as string },
    });
  });
});
