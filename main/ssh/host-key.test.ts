// Host keys of a real sshd against every state of known_hosts.
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hashName } from './known-hosts-files.ts';
import type { SshConnector } from './ssh-connector.ts';
import { connectorFor, failureOf, must, nobody, targetOf } from './testing/client-side.ts';
import { SshdFixture } from './testing/sshd-fixture.ts';
import type { NodeTarget, Prompts } from './transport.ts';

const signal = new AbortController().signal;
let sshd: SshdFixture;
let strangers: { ed25519: string; ecdsa: string; rsa: string };
beforeAll(async () => {
  sshd = await SshdFixture.start({ hostKeys: ['ed25519', 'rsa'] });
  const publicKey = (path: string): string =>
    readFileSync(`${path}.pub`, 'utf8').split(' ').slice(0, 2).join(' ');
  strangers = {
    ed25519: publicKey(sshd.makeKey('stranger')),
    ecdsa: publicKey(sshd.makeKey('stranger_ecdsa', { type: 'ecdsa' })),
    rsa: publicKey(sshd.makeKey('stranger_rsa', { type: 'rsa' })),
  };
});
afterAll(() => sshd[Symbol.asyncDispose]());

const connect = (overrides: Partial<NodeTarget> = {}, prompts: Prompts = nobody, connector = fresh()) =>
  connector.connect(targetOf(sshd, overrides), { signal, prompts });
const fresh = (): SshConnector => connectorFor(sshd);
const answering = (answer: 'once' | 'always'): Prompts & { asked: string[] } => {
  const asked: string[] = [];
  return {
    ...nobody,
    asked,
    unknownHostKey: (question) => {
      asked.push(`${question.keyType} ${question.fingerprint}`);
      return Promise.resolve(answer);
    },
  };
};
const close = async (outcome: ReturnType<typeof connect>): Promise<void> =>
  must(await outcome)[Symbol.asyncDispose]();
/** `ssh-keygen -l` form. */
const ours = (): string => sshd.knownHostsLine('ed25519').split(' ').slice(1).join(' ');

describe('a known host', () => {
  it('connects by name, pattern, hash, alias and among other lines', async () => {
    const [name = ''] = sshd.knownHostsLine().split(' ');
    for (const lines of [
      [sshd.knownHostsLine('ed25519')],
      [sshd.knownHostsLine('rsa')],
      [`10.*,[127.*]:* ${ours()}`],
      [`${hashName(name)} ${ours()} comment here`],
      [`127.0.0.1 ${ours()}`],
      [
        '# a comment',
        'broken',
        '@cert-authority * ssh-ed25519 AAAA',
        `other ${strangers.ed25519}`,
        sshd.knownHostsLine(),
      ],
      [`${name} ${strangers.ed25519}`, sshd.knownHostsLine()],
    ]) {
      sshd.writeKnownHosts(lines);
      await close(connect());
    }
    sshd.writeKnownHosts([`the-node ${ours()}`]);
    await close(connect({ hostKeyAlias: 'the-node' }));
    expect(await failureOf(connect())).toMatchObject({ kind: 'host-key-unknown' });
  });

  it('is asked for the type of key that is known, not for the one the server likes best', async () => {
    const prompts = answering('once');
    sshd.writeKnownHosts([sshd.knownHostsLine('rsa')]);
    await close(connect({}, prompts));
    expect(prompts.asked).toEqual([]);
  });

  it('tells of lines it passed over, by number', async () => {
    const told: string[] = [];
    sshd.writeKnownHosts(['broken', sshd.knownHostsLine()]);
    const connector = connectorFor(sshd, { onNotice: (sentence) => told.push(sentence) });
    await close(connect({}, nobody, connector));
    expect(told).toEqual([`${sshd.knownHosts}:1: fewer than three fields, passed over.`]);
  });
});

describe('a host that is not what it was', () => {
  it('is refused with the offending line', async () => {
    const [name = ''] = sshd.knownHostsLine().split(' ');
    sshd.writeKnownHosts(['# first', `${name} ${strangers.ed25519}`]);
    const prompts = answering('always');
    const failure = await failureOf(connect({}, prompts));
    expect(failure).toMatchObject({ kind: 'host-key-changed', retry: false });
    expect(failure.sentence).toContain(`${sshd.knownHosts}:2`);
    expect(failure.detail).toBe(`${sshd.knownHosts}:2: ${name} ${strangers.ed25519}`);
    expect(prompts.asked).toEqual([]);
  });

  it('is refused when its key is revoked, even if another line accepts it', async () => {
    sshd.writeKnownHosts([sshd.knownHostsLine(), `@revoked * ${ours()}`]);
    const failure = await failureOf(connect());
    expect(failure).toMatchObject({ kind: 'host-key-revoked', retry: false });
    expect(failure.sentence).toContain(`${sshd.knownHosts}:2`);
  });
});

describe('OpenSSH itself', () => {
  /** What `ssh` makes of the fixture's known_hosts. */
  const openssh = (): 'match' | 'changed' | 'revoked' | 'unknown' => {
    const settings = [
      'BatchMode=yes',
      'StrictHostKeyChecking=yes',
      `UserKnownHostsFile=${sshd.knownHosts}`,
      'GlobalKnownHostsFile=/dev/null',
      'IdentitiesOnly=yes',
      `IdentityFile=${sshd.loginKey}`,
    ].flatMap((setting) => ['-o', setting]);
    const where = ['-p', String(sshd.port), `${sshd.user}@${sshd.host}`];
    const { status, stderr } = spawnSync('ssh', ['-F', '/dev/null', ...settings, ...where, 'true'], {
      encoding: 'utf8',
      timeout: 10_000,
      env: { PATH: process.env['PATH'] },
    });
    if (status === 0) return 'match';
    if (stderr.includes('REVOKED HOST KEY')) return 'revoked';
    if (stderr.includes('REMOTE HOST IDENTIFICATION HAS CHANGED')) return 'changed';
    if (/No \S+ host key is known/.test(stderr)) return 'unknown';
    throw new Error(stderr);
  };
  const ourVerdict = async (): Promise<string> => {
    const outcome = await connect();
    if (!outcome.ok) return outcome.failure.kind.replace('host-key-', '');
    await outcome.value[Symbol.asyncDispose]();
    return 'match';
  };
  const name = (): string => sshd.knownHostsLine().split(' ')[0] ?? '';

  it.each([
    ['the same key', () => [sshd.knownHostsLine()], 'match'],
    ['another key of the same type', () => [`${name()} ${strangers.ed25519}`], 'changed'],
    ['a key of another type only', () => [`${name()} ${strangers.ecdsa}`], 'changed'],
    [
      'keys of several other types',
      () => [`${name()} ${strangers.ecdsa}`, `${name()} ${strangers.rsa}`],
      'changed',
    ],
    [
      'keys of every type, none the same',
      () => [strangers.ecdsa, strangers.ed25519, strangers.rsa].map((key) => `${name()} ${key}`),
      'changed',
    ],
    [
      'another type before the same key',
      () => [`${name()} ${strangers.ecdsa}`, sshd.knownHostsLine()],
      'match',
    ],
    ['the same key before another', () => [sshd.knownHostsLine(), `${name()} ${strangers.ed25519}`], 'match'],
    ['another type under a hashed name', () => [`${hashName(name())} ${strangers.ecdsa}`], 'changed'],
    ['the same key for the bare name', () => [`127.0.0.1 ${ours()}`], 'match'],
    ['another type for the bare name', () => [`127.0.0.1 ${strangers.ecdsa}`], 'unknown'],
    ['another key for the bare name', () => [`127.0.0.1 ${strangers.ed25519}`], 'unknown'],
    ['a revoked key of another type', () => [`@revoked ${name()} ${strangers.ecdsa}`], 'unknown'],
    ['the same key, revoked', () => [sshd.knownHostsLine(), `@revoked ${name()} ${ours()}`], 'revoked'],
    ['nothing', () => [], 'unknown'],
  ])('agrees on %s', async (_what, lines, verdict) => {
    sshd.writeKnownHosts(lines());
    expect({ ssh: openssh(), ours: await ourVerdict() }).toEqual({ ssh: verdict, ours: verdict });
  });
});

describe('an unknown host', () => {
  beforeEach(() => sshd.writeKnownHosts([]));

  it('is refused with its fingerprint when nobody is there to ask', async () => {
    const failure = await failureOf(connect());
    expect(failure).toMatchObject({ kind: 'host-key-unknown', retry: false });
    expect(failure.sentence).toMatch(/SHA256:\S{43}\) is not known.*`ssh -p \d+ 127\.0\.0\.1`/);
  });

  it('is asked for once, and remembered as long as the program runs', async () => {
    const prompts = answering('once');
    const connector = fresh();
    await close(connect({}, prompts, connector));
    await close(connect({}, prompts, connector));
    expect(prompts.asked).toHaveLength(1);
    expect(prompts.asked[0]).toMatch(/^ssh-ed25519 SHA256:/);
    expect(readFileSync(sshd.knownHosts, 'utf8')).toBe('');
    await close(connect({}, prompts));
    expect(prompts.asked).toHaveLength(2);
  });

  it('is written down for always, in a file and folder of their own if need be', async () => {
    const file = join(sshd.folder, 'new-home', '.ssh', 'known_hosts');
    await close(connect({ knownHostsFile: file }, answering('always')));
    expect(readFileSync(file, 'utf8')).toBe(`${sshd.knownHostsLine()}\n`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(file, '..')).mode & 0o777).toBe(0o700);
    await close(connect({ knownHostsFile: file }));
  });

  it('does not join the line to one that lacks its newline', async () => {
    writeFileSync(sshd.knownHosts, '# no newline at the end');
    await close(connect({}, answering('always')));
    expect(readFileSync(sshd.knownHosts, 'utf8')).toBe(`# no newline at the end\n${sshd.knownHostsLine()}\n`);
  });

  it('hashes the name where the config says so, as ssh does', async () => {
    const configFile = join(sshd.folder, 'hashing');
    writeFileSync(configFile, 'HashKnownHosts yes\n');
    const connector = connectorFor(sshd, { configFile });
    await close(connect({}, answering('always'), connector));
    expect(readFileSync(sshd.knownHosts, 'utf8')).toMatch(/^\|1\|[^|]+\|\S+ ssh-ed25519 /);
    await close(connect());
  });

  it('follows StrictHostKeyChecking, but never takes "no" for a yes', async () => {
    const configFile = join(sshd.folder, 'strict');
    const told: string[] = [];
    const connector = (): SshConnector =>
      connectorFor(sshd, { configFile, onNotice: (sentence) => told.push(sentence) });
    writeFileSync(configFile, 'StrictHostKeyChecking yes\n');
    const prompts = answering('once');
    expect((await failureOf(connect({}, prompts, connector()))).sentence).toContain(
      'StrictHostKeyChecking is yes',
    );
    expect(prompts.asked).toEqual([]);
    writeFileSync(configFile, 'StrictHostKeyChecking no\n');
    expect(await failureOf(connect({}, nobody, connector()))).toMatchObject({ kind: 'host-key-unknown' });
    expect(told.join()).toContain('is taken as "ask"');
    writeFileSync(configFile, 'StrictHostKeyChecking accept-new\n');
    await close(connect({}, nobody, connector()));
    expect(readFileSync(sshd.knownHosts, 'utf8')).toBe(`${sshd.knownHostsLine()}\n`);
  });

  it('stays the same key through re-keying', async () => {
    await using rekeying = await SshdFixture.start({ config: ['RekeyLimit 1M', 'LogLevel DEBUG1'] });
    const connector = connectorFor(rekeying);
    await using node = must(await connector.connect(targetOf(rekeying), { signal, prompts: nobody }));
    await using channel = must(await node.open('head -c 8000000 /dev/zero', { signal }));
    let bytes = 0;
    for await (const chunk of channel.stdout) bytes += chunk.length;
    expect(bytes).toBe(8_000_000);
    // DEBUG1 says it of each key exchange: the first one, and at least seven more.
    expect(rekeying.log.match(/SSH2_MSG_NEWKEYS received/g)?.length ?? 0).toBeGreaterThan(4);
  });
});
