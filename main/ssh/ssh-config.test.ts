// The configuration as OpenSSH itself reads it: `ssh -G` is the reference.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { runs } from '../../app/testing/runs.ts';
import { parseConfigLine, readConfigFile } from './config-files.ts';
import { parseJumpList } from './jump-list.ts';
import { resolveTarget, type Route } from './resolve-target.ts';
import { configFor, type HostConfig } from './ssh-config.ts';
import { must } from './testing/client-side.ts';
import type { NodeTarget } from './transport.ts';

const folder = mkdtempSync(join(tmpdir(), 'hopscope-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const signal = new AbortController().signal;
const local = {
  home: homedir(),
  user: userInfo().username,
  uid: userInfo().uid,
  hostname: hostname(),
  env: { PORT_OF: '22' },
};
const file = join(folder, 'config');
beforeEach(() => rmSync(file, { force: true }));

async function ask(content: string, host: string, user: string | null = null): Promise<HostConfig> {
  writeFileSync(file, content);
  const read = await readConfigFile(file, { home: local.home, includeFolder: folder }, signal);
  if (!read.ok) throw new Error(read.failure);
  return configFor(read.value, { host, user, local });
}

/** The reference: key → values, as `ssh -G` prints them. */
function reference(content: string, host: string): Map<string, string[]> {
  writeFileSync(file, content);
  const printed = execFileSync('ssh', ['-G', '-F', file, '--', host], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const values = new Map<string, string[]>();
  for (const text of printed.trim().split('\n')) {
    const [key = '', ...rest] = text.split(' ');
    values.set(key, [...(values.get(key) ?? []), rest.join(' ')]);
  }
  return values;
}

const target = (overrides: Partial<NodeTarget>): NodeTarget => ({
  host: 'node',
  port: null,
  user: null,
  identityFile: null,
  proxyJump: null,
  knownHostsFile: null,
  hostKeyAlias: null,
  ...overrides,
});
async function resolve(content: string, overrides: Partial<NodeTarget> = {}): Promise<Route> {
  writeFileSync(file, content);
  return must(await resolveTarget(target(overrides), { local, configFile: file }, signal));
}

describe('against ssh -G', () => {
  const word = fc.constantFrom('node', 'node1', 'n', 'db', 'x');
  const pattern = fc.constantFrom(
    '*',
    'node*',
    'n?de',
    '!node1',
    'db',
    'node node1',
    '* !db',
    '"node"',
    'd?',
  );
  const setting = fc.oneof(
    word.map((value) => `HostName ${value}.example`),
    fc.constant('HostName %h.example'),
    fc.integer({ min: 1, max: 65_535 }).map((value) => `Port ${value}`),
    word.map((value) => `User=${value}`),
    word.map((value) => `user   "${value}"`),
    word.map((value) => `IdentityFile /keys/${value}`),
    fc.constantFrom('IdentitiesOnly yes', 'IdentitiesOnly no', 'HashKnownHosts yes'),
    fc.constantFrom(
      'StrictHostKeyChecking accept-new',
      'StrictHostKeyChecking yes',
      'StrictHostKeyChecking ask',
    ),
    word.map((value) => `HostKeyAlias = ${value}`),
    word.map((value) => `ProxyJump ${value}@jump:2222`),
    fc.constantFrom('UserKnownHostsFile /a /b', 'GlobalKnownHostsFile "/c d"', '# comment', ''),
  );
  const section = fc.record({
    head: fc.oneof(
      pattern.map((value) => `Host ${value}`),
      word.map((value) => `Match originalhost ${value}`),
      word.map((value) => `Match host ${value}.example`),
      fc.constantFrom(
        'Match all',
        'Match !originalhost db',
        `Match localuser ${local.user}`,
        'Match localuser nobody-else',
      ),
    ),
    settings: fc.array(setting, { maxLength: 4 }),
  });
  const config = fc
    .record({ top: fc.array(setting, { maxLength: 2 }), sections: fc.array(section, { maxLength: 5 }) })
    .map(
      ({ top, sections }) =>
        [
          ...top,
          ...sections.flatMap(({ head, settings }) => [head, ...settings.map((one) => `  ${one}`)]),
        ].join('\n') + '\n',
    );

  it('gives the same answers', async () => {
    await fc.assert(
      fc.asyncProperty(config, word, async (content, host) => {
        const expected = reference(content, host);
        const ours = await ask(content, host);
        const route = await resolve(content, { host, proxyJump: 'none' });
        const hop = route.node;
        expect(ours.hostName).toBe(expected.get('hostname')?.[0]);
        expect(String(ours.port ?? 22)).toBe(expected.get('port')?.[0]);
        expect(ours.user ?? local.user).toBe(expected.get('user')?.[0]);
        expect(ours.identitiesOnly ? 'yes' : 'no').toBe(expected.get('identitiesonly')?.[0]);
        expect(ours.hashKnownHosts ? 'yes' : 'no').toBe(expected.get('hashknownhosts')?.[0]);
        expect(ours.hostKeyAlias ?? undefined).toBe(expected.get('hostkeyalias')?.[0]);
        expect(ours.proxyJump ?? undefined).toBe(expected.get('proxyjump')?.[0]);
        const strictness = { ask: 'ask', refuse: 'true', 'accept-new': 'accept-new' }[
          ours.strictHostKeyChecking
        ];
        expect(strictness).toBe(expected.get('stricthostkeychecking')?.[0]);
        if (ours.identityFiles.length > 0)
          expect(hop.auth.identityFiles).toEqual(expected.get('identityfile'));
        const files = (expected.get('userknownhostsfile')?.[0] ?? '')
          .split(' ')
          .map((path) => path.replace(/^~/, local.home));
        expect(hop.hostKey.userFiles).toEqual(files);
      }),
      { numRuns: runs(60) },
    );
  });
});

describe('what it says about a host', () => {
  it('takes the first value, and gathers identity files', async () => {
    const answer = await ask(
      'Host node\n Port 1\n IdentityFile a\nHost *\n Port 2\n IdentityFile b\n IdentityFile a\n',
      'node',
    );
    expect(answer).toMatchObject({ port: 1, identityFiles: ['a', 'b'] });
  });

  it('runs nothing: no Match exec, no ProxyCommand, no canonicalization, no KnownHostsCommand', async () => {
    const witness = join(folder, 'witness');
    const content = [
      `Match exec "touch ${witness}"`,
      '  User wrong',
      `Match host node exec "touch ${witness}"`,
      '  Port 9',
      'Host *',
      '  CanonicalizeHostname yes',
      '  CanonicalDomains example',
      `  KnownHostsCommand /usr/bin/touch ${witness}`,
      '',
    ].join('\n');
    const answer = await ask(content, 'node');
    expect(answer).toMatchObject({ user: null, port: null });
    expect(answer.notices.join('\n')).toMatch(
      /Match exec" at .*config:1 is passed over.*\n.*config:3[\s\S]*KnownHostsCommand/,
    );
    expect(existsSync(witness)).toBe(false);
  });

  it('reads Include, relative and with patterns, in and out of a section', async () => {
    mkdirSync(join(folder, 'conf.d'), { recursive: true });
    writeFileSync(join(folder, 'conf.d', '10.conf'), 'Host node\n  Port 10\n');
    writeFileSync(join(folder, 'conf.d', '20.conf'), 'Host *\n  User twenty\n');
    writeFileSync(join(folder, 'conf.d', '.hidden.conf'), 'User hidden\n');
    writeFileSync(join(folder, 'only-db'), 'User db-user\n');
    const content = 'Host db\n  Include only-db\nHost *\n  Include conf.d/*.conf absent\n';
    expect(await ask(content, 'node')).toMatchObject({ port: 10, user: 'twenty' });
    expect(await ask(content, 'db')).toMatchObject({ port: null, user: 'db-user' });
  });

  it('does not follow itself for ever', async () => {
    writeFileSync(file, `Include ${file}\n`);
    const read = await readConfigFile(file, { home: local.home, includeFolder: folder }, signal);
    expect(read).toMatchObject({ ok: false });
    expect(JSON.stringify(read)).toContain('does a file include itself');
    writeFileSync(file, `Include ${file} ${file} ${file} ${file}\n`);
    expect(await readConfigFile(file, { home: local.home, includeFolder: folder }, signal)).toMatchObject({
      ok: false,
    });
  });

  it('refuses a line it cannot read, with its number', async () => {
    writeFileSync(file, 'Port 22\nHost "open\n');
    const failed = await resolveTarget(target({}), { local, configFile: file }, signal);
    expect(failed).toMatchObject({ ok: false, failure: { kind: 'config', retry: false } });
    expect(JSON.stringify(failed)).toContain(`${file}:2: a quotation mark is not closed`);
  });

  it('fills in tokens', async () => {
    const { node } = await resolve(
      'Host *\n  HostName %h.lan\n  User me\n  IdentityFile ~/.ssh/%n-%r-%p\n  IdentityFile %d/k%%${PORT_OF}\n  UserKnownHostsFile ~/.ssh/kh_%h none\n',
    );
    expect(node.auth.identityFiles).toEqual([`${local.home}/.ssh/node-me-22`, `${local.home}/k%22`]);
    expect(node.hostKey.userFiles).toEqual([`${local.home}/.ssh/kh_node.lan`]);
    expect(node.label).toBe('node (node.lan:22)');
  });

  it('lets the cluster file win', async () => {
    const content =
      'Host *\n  Port 1\n  User config\n  IdentityFile c\n  HostKeyAlias c\n  UserKnownHostsFile c\n  ProxyJump nowhere\n';
    const { jumps, node } = await resolve(content, {
      port: 2,
      user: 'file',
      identityFile: '/k',
      hostKeyAlias: 'f',
      knownHostsFile: '/kh',
      proxyJump: 'none',
    });
    expect(jumps).toEqual([]);
    expect(node).toMatchObject({
      port: 2,
      auth: { user: 'file', identityFiles: ['/k'] },
      hostKey: { alias: 'f', userFiles: ['/kh'], globalFiles: [] },
    });
  });

  it('resolves each jump host by its own section', async () => {
    const { jumps, node } = await resolve(
      'Host a\n  User ua\n  ProxyJump z\nHost b\n  Port 2\n  ProxyJump ignored\nHost z\n  HostName 10.0.0.26\n',
      {
        proxyJump: 'a, root@b:3,[::1]:4',
      },
    );
    expect([...jumps, node].map(({ host, port, auth }) => `${auth.user}@${host}:${port}`)).toEqual([
      `${local.user}@10.0.0.26:22`,
      'ua@a:22',
      'root@b:3',
      `${local.user}@::1:4`,
      `${local.user}@node:22`,
    ]);
  });

  it('looks for the key of a jump host from elsewhere in the cluster file’s known_hosts, then in the configured ones', async () => {
    const content = 'Host bastion\n  UserKnownHostsFile ~/kh\n  GlobalKnownHostsFile /etc/kh\n';
    const { jumps, node } = await resolve(content, { knownHostsFile: '/own', proxyJump: 'bastion' });
    expect(jumps[0]?.hostKey).toMatchObject({
      userFiles: ['/own', `${local.home}/kh`],
      globalFiles: ['/etc/kh'],
    });
    expect(node.hostKey).toMatchObject({ userFiles: ['/own'], globalFiles: [] });
    // A node of the same cluster file has its host key where all of them have it.
    const namesakes = new Map([['bastion', target({ host: 'bastion', knownHostsFile: '/own' })]]);
    const known = await resolve(content, { knownHostsFile: '/own', proxyJump: 'bastion', namesakes });
    expect(known.jumps[0]?.hostKey).toMatchObject({ userFiles: ['/own'], globalFiles: [] });
  });

  it('finds circles of any length', async () => {
    writeFileSync(file, 'Host a\n ProxyJump b\nHost b\n ProxyJump c\nHost c\n ProxyJump a\n');
    const failed = await resolveTarget(target({ proxyJump: 'a' }), { local, configFile: file }, signal);
    expect(failed).toMatchObject({ ok: false, failure: { kind: 'config' } });
    writeFileSync(file, 'Host *\n ProxyJump %h0\n');
    expect(await resolveTarget(target({}), { local, configFile: file }, signal)).toMatchObject({
      ok: false,
      failure: { kind: 'config' },
    });
  });
});

describe('whatever is written', () => {
  it('a line never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.stringMatching(/^(Host|Match|Include|Port|IdentityFile)[ ="'\\#a-z*!,%]{0,60}$/),
        ),
        (text) => {
          const parsed = parseConfigLine(text);
          if (parsed !== null && typeof parsed !== 'string') expect(parsed.words.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: runs(500) },
    );
  });

  it('a file is read or refused, in little time', async () => {
    const text = fc.array(
      fc.stringMatching(
        /^(Host|Match|User|Port|ProxyJump|HostName|Match host|Match all)?[ ="*!?,%a-z0-9@:[\]]{0,40}$/,
      ),
      { maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(text, fc.stringMatching(/^[a-z0-9.-]{1,20}$/), async (lines, host) => {
        writeFileSync(file, lines.join('\n'));
        const started = performance.now();
        const resolved = await resolveTarget(target({ host }), { local, configFile: file }, signal);
        if (!resolved.ok) expect(resolved.failure).toMatchObject({ kind: 'config', retry: false });
        expect(performance.now() - started).toBeLessThan(10_000);
      }),
      { numRuns: runs(100) },
    );
  });

  it('a jump list is understood or quoted', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const parsed = parseJumpList(text);
        if (parsed.ok) for (const hop of parsed.value) expect(hop.host).not.toMatch(/^-|[\s,@]/);
      }),
    );
    expect(parseJumpList('a,u@b:22,[fe80::1%eth0]:2,ssh://c:9,u@d@e,::1')).toEqual({
      ok: true,
      value: [
        { user: null, host: 'a', port: null },
        { user: 'u', host: 'b', port: 22 },
        { user: null, host: 'fe80::1%eth0', port: 2 },
        { user: null, host: 'c', port: 9 },
        { user: 'u@d', host: 'e', port: null },
        { user: null, host: '::1', port: null },
      ],
    });
    for (const wrong of ['a:0', 'a:65536', '@a', 'a b', '-oProxyCommand=x', 'u@', 'a,,b', '[::1', '-u@a']) {
      expect([wrong, parseJumpList(wrong).ok]).toEqual([wrong, false]);
    }
  });
});
