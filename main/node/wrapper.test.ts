// The root wrapper under a real sudo: installed for a private mount namespace only, run by the user nobody.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { follow } from './follow.ts';
import { nodeWrapper } from './node-wrapper.ts';
import { detectRights, runDiscovery, type Rights } from './rights.ts';
import { runDiscoverVerb } from './run-probe.ts';
import { localTransport, type LocalTransport } from './testing/local-transport.ts';
import { ALLOWED_MS, NO_SILENCE_MS } from './testing/load.ts';
import { goneAfter, processesWith, until } from './testing/processes.ts';
import { sudoersLine, wrapperText, wrapperVersion, type WrapperContents } from './wrapper.ts';

const never = new AbortController().signal;
const nap = `6000.${process.pid}`;
const REQUEST = { nonce: 'abcdef0123456789abcd', parts: ['links', 'bird'] } as const;

const contents: WrapperContents = {
  discoveryBody: `echo "$(id -u) $nonce/$parts it's"; echo err >&2; exit 4`,
  streams: [
    { name: 'who', command: 'id -u; exit 6' },
    { name: 'links', command: `(setsid sleep ${nap} &); echo up; sleep ${nap}` },
  ],
};

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hopscope-wrapper-'));
  for (const name of ['sbin', 'real', 'sudoers', 'no-sudoers', 'half', 'listed', 'empty'])
    mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'sbin/hopscope-node'), wrapperText(contents), { mode: 0o755 });
  writeFileSync(join(folder, 'real/hopscope-node'), wrapperText(nodeWrapper), { mode: 0o755 });
  const discoverOnly = sudoersLine('nobody').replace(/, .*/, '');
  writeFileSync(join(folder, 'half/hopscope'), discoverOnly, { mode: 0o440 });
  // sudoers(5) listpw: one entry without a password, whatever it is for, lets `sudo -n -l` list all.
  const listed = sudoersLine('nobody').replace('NOPASSWD: ', '') + 'nobody ALL=(root) NOPASSWD: /bin/true\n';
  writeFileSync(join(folder, 'listed/hopscope'), `Defaults listpw=any\n${listed}`, { mode: 0o440 });
  writeFileSync(join(folder, 'sudoers/hopscope'), sudoersLine('nobody'), { mode: 0o440 });
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A login as `nobody` on a machine whose wrapper and sudoers are the given folders. */
function node(sbin = 'sbin', sudoers = 'sudoers'): LocalTransport {
  const login = `mount --bind ${folder}/${sbin} /usr/local/sbin && mount --bind ${folder}/${sudoers} /etc/sudoers.d &&
    exec setpriv --reuid=nobody --regid=nogroup --clear-groups /bin/sh -c "$0"`;
  return localTransport({ argv: (command) => ['unshare', '--mount', '/bin/sh', '-c', login, command] });
}

async function rights(transport: LocalTransport, sudo = true): Promise<Rights> {
  const version = wrapperVersion(contents);
  const detected = await detectRights(transport, { signal: never, sudo, wrapperVersion: version });
  if (!detected.ok) throw new Error(detected.failure.sentence);
  return detected.value;
}

describe('the rights of a login', () => {
  it('are 3 for root', async () => {
    expect(await rights(localTransport())).toEqual({ tier: 3, uid: 0, limits: [], sshConnection: null });
  });
  it('are 2 with the wrapper and its line in sudoers', async () => {
    expect(await rights(node())).toEqual({ tier: 2, uid: 65_534, limits: [], sshConnection: null });
  });
  it('are 0 without sudo in the cluster file', async () => {
    const { tier, limits } = await rights(node(), false);
    expect(tier).toBe(0);
    expect(limits.join()).toContain('not root');
  });
  it('are 0 where the wrapper is missing, of another version, or not allowed, each with its reason', async () => {
    const missing = await rights(node('empty'));
    expect(missing.tier).toBe(0);
    expect(missing.limits.join()).toContain('is missing on this node');
    expect((await rights(node('sbin', 'no-sudoers'))).limits.join()).toMatch(
      /without a password \(.+\): add its line/,
    );
    for (const sudoers of ['listed', 'half']) {
      const { tier, limits } = await rights(node('sbin', sudoers));
      expect(tier).toBe(0);
      expect(limits.join()).toMatch(/without a password \(sudo: a password is required\): add its line/);
    }
    const other = await detectRights(node(), { signal: never, sudo: true, wrapperVersion: '0123456789ab' });
    expect(other.ok && other.value.limits.join()).toContain('of another version');
  });
});

describe('the root wrapper', () => {
  it("runs its own discovery as root, with the caller's words", async () => {
    const ran = await runDiscoverVerb(node(), { request: REQUEST, deadlineMs: 10_000, signal: never });
    if (!ran.ok) throw new Error(ran.failure.sentence);
    expect(Buffer.from(ran.value.stdout).toString()).toBe("0 abcdef0123456789abcd/links bird it's\n");
    expect(Buffer.from(ran.value.stderr).toString()).toBe('err\n');
    expect(ran.value.exitStatus).toBe(4);
  });

  it('finds in its real contents what root finds without it', async () => {
    const options = { request: REQUEST, deadlineMs: 20_000, signal: never };
    const [wrapped, direct] = await Promise.all([
      runDiscovery(node('real'), { tier: 2, uid: 65_534, limits: [], sshConnection: null }, options),
      runDiscovery(localTransport(), { tier: 3, uid: 0, limits: [], sshConnection: null }, options),
    ]);
    if (!wrapped.ok || !direct.ok) throw new Error('discovery failed');
    const marks = (bytes: Uint8Array): string[] =>
      Buffer.from(bytes)
        .toString()
        .split('\n')
        .filter((line) => line.startsWith(`#${REQUEST.nonce} end `))
        .map((line) => line.split(' ').slice(1, 4).join(' '));
    expect(marks(wrapped.value.stdout).length).toBeGreaterThan(2);
    expect(marks(wrapped.value.stdout)).toEqual(marks(direct.value.stdout));
    expect(wrapped.value.exitStatus).toBe(0);
  });

  it('follows its own streams as root, and no others', async () => {
    const opened = await follow(
      node(),
      [
        { name: 'who', command: null },
        { name: 'unknown', command: null },
      ],
      { signal: never, asRoot: true },
    );
    if (!opened.ok) throw new Error(opened.failure.sentence);
    await using follower = opened.value;
    expect(() => follower.add({ name: 'free', command: 'id' })).toThrow('wrong kind');
    const exits: Record<string, number> = {};
    for await (const event of follower.events) {
      if (event.kind === 'line') expect(event).toMatchObject({ stream: 'who', line: '0' });
      if (event.kind === 'exit') exits[event.stream] = event.status;
      if (event.kind === 'end') throw new Error(event.failure.sentence);
      if (Object.keys(exits).length === 2) break;
    }
    expect(exits).toEqual({ who: 6, unknown: 127 });
  });

  it.each([
    ['two lines of shell', '+1 2\ntouch FOLDER/pwned\nid\n'],
    ['a name that is a command', '=1 $(touch FOLDER/pwned)\n=2 who;touch FOLDER/pwned\n=`id` x\n'],
    ['a number that is none', '-1;id\n=1x who\n-* \n'],
  ])('runs nothing from %s', async (_, orders) => {
    const transport = node();
    const opened = await transport.open('exec sudo -n /usr/local/sbin/hopscope-node follow', {
      signal: never,
    });
    if (!opened.ok) throw new Error(opened.failure.sentence);
    await opened.value.write(`0123456789abcdef01234567\n${orders.replaceAll('FOLDER', folder)}=9 who\n`);
    let printed = '';
    for await (const chunk of opened.value.stdout) {
      printed += Buffer.from(chunk).toString();
      if (printed.includes(' x 9 ')) break;
    }
    await opened.value[Symbol.asyncDispose]();
    expect(printed).toContain(' o 9 0');
    expect(printed).not.toContain('root');
    expect(execFileSync('ls', [folder]).toString()).not.toContain('pwned');
  });

  it.each(['', 'shell', 'discover; id', 'discover discover'])('refuses the verb "%s"', async (verb) => {
    const opened = await localTransport().open(`exec ${folder}/sbin/hopscope-node '${verb}'`, {
      signal: never,
    });
    if (!opened.ok) throw new Error(opened.failure.sentence);
    expect(await opened.value.exit).toEqual({ kind: 'exit', code: 64 });
  });

  it.each(['short', 'XYZ3456789abcdef01234567', '0123456789abcdef0123456$'])(
    'ends at the nonce %s',
    async (nonce) => {
      const opened = await node().open('exec sudo -n /usr/local/sbin/hopscope-node discover', {
        signal: never,
      });
      if (!opened.ok) throw new Error(opened.failure.sentence);
      await opened.value.write(`${nonce}\nabc links\n`);
      let printed = '';
      for await (const chunk of opened.value.stdout) printed += Buffer.from(chunk).toString();
      expect(printed).toBe('');
    },
  );

  it.each(['end of file', 'silence'] as const)('leaves no process of root behind at %s', async (how) => {
    const opened = await node().open('exec sudo -n /usr/local/sbin/hopscope-node follow', { signal: never });
    if (!opened.ok) throw new Error(opened.failure.sentence);
    await opened.value.write('0123456789abcdef01234567\n=1 links\n');
    await until(
      () => processesWith(nap).filter(({ command }) => command.startsWith('sleep')).length === 2,
      10_000,
    );
    if (how === 'end of file') opened.value.end();
    const ms = Math.max(
      await goneAfter(nap, ALLOWED_MS),
      await goneAfter('hopscope-node follow', ALLOWED_MS),
    );
    console.log(`root wrapper: ${how}: gone after ${ms.toFixed(0)} ms`);
    await opened.value[Symbol.asyncDispose]();
    expect(ms).toBeLessThan(how === 'silence' ? ALLOWED_MS : NO_SILENCE_MS);
  });
});
