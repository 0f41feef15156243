// Logging in to a real sshd with files, passphrases and a real agent.
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SshConnector } from './ssh-connector.ts';
import { AgentFixture } from './testing/agent-fixture.ts';
import { connectorFor, failureOf, localIdentity, must, nobody, targetOf } from './testing/client-side.ts';
import { SshdFixture } from './testing/sshd-fixture.ts';
import type { NodeTarget, Prompts } from './transport.ts';

const signal = new AbortController().signal;
let sshd: SshdFixture;
beforeAll(async () => {
  sshd = await SshdFixture.start();
  sshd.makeKey('stranger');
  sshd.makeKey('other');
  sshd.makeKey('locked', { passphrase: 'open sesame' });
  sshd.makeKey('rsa', { type: 'rsa' });
  sshd.makeKey('ecdsa', { type: 'ecdsa' });
});
afterAll(() => sshd[Symbol.asyncDispose]());
afterEach(() => {
  sshd.authorize('login');
  rmSync(join(sshd.home, '.ssh'), { recursive: true, force: true });
});

const key = (name: string): string => join(sshd.folder, name);
const connect = (
  overrides: Partial<NodeTarget> = {},
  prompts: Prompts = nobody,
  connector: SshConnector = connectorFor(sshd),
) => connector.connect(targetOf(sshd, overrides), { signal, prompts });
const login = async (...options: Parameters<typeof connect>): Promise<void> =>
  must(await connect(...options))[Symbol.asyncDispose]();

/** Types these in turn, then nothing. */
const typing = (
  ...passphrases: readonly string[]
): Prompts & { asked: { file: string; wrong: boolean }[] } => {
  const asked: { file: string; wrong: boolean }[] = [];
  return {
    ...nobody,
    asked,
    passphrase: ({ identityFile, wrongBefore }) => {
      asked.push({ file: identityFile, wrong: wrongBefore });
      return Promise.resolve(passphrases[asked.length - 1] ?? null);
    },
  };
};

describe('key files', () => {
  it.each(['login', 'rsa', 'ecdsa'])('%s logs in', async (name) => {
    sshd.authorize(name);
    await login({ identityFile: key(name) });
  });

  it('signs with SHA-2 for an RSA key', async () => {
    sshd.authorize('rsa');
    await login({ identityFile: key('rsa') });
    expect(sshd.log).toMatch(/Accepted (key|publickey)[^\n]*RSA/);
    await using strict = await SshdFixture.start({ config: ['PubkeyAcceptedAlgorithms ssh-rsa'] });
    strict.makeKey('rsa', { type: 'rsa' });
    strict.authorize('rsa');
    const failure = await failureOf(
      connectorFor(strict).connect(targetOf(strict, { identityFile: join(strict.folder, 'rsa') }), {
        signal,
        prompts: nobody,
      }),
    );
    expect(failure.kind).toBe('auth');
  });

  it('names every key that was refused, and what to do', async () => {
    const failure = await failureOf(connect({ identityFile: key('stranger'), label: 'k8s-master' }));
    expect(failure).toMatchObject({ kind: 'auth', retry: false });
    expect(failure.sentence).toBe(
      `k8s-master (127.0.0.1:${sshd.port}) refused every key offered for ${sshd.user}: ${key('stranger')}. ` +
        `Add its public key to ${sshd.user}'s authorized_keys there, or name the right user and identityFile.`,
    );
  });

  it('falls back to the default keys of the home folder', async () => {
    mkdirSync(join(sshd.home, '.ssh'), { recursive: true });
    copyFileSync(key('stranger'), join(sshd.home, '.ssh', 'id_ed25519'));
    copyFileSync(key('rsa'), join(sshd.home, '.ssh', 'id_rsa'));
    sshd.authorize('rsa');
    await login({ identityFile: null });
  });

  it('says that there is no key at all', async () => {
    const failure = await failureOf(connect({ identityFile: null }));
    expect(failure).toMatchObject({ kind: 'auth', retry: false });
    expect(failure.sentence).toContain('There is no key to log in to');
  });

  it.each([
    ['that is missing', 'absent', /absent does not exist/],
    ['with nonsense in it', 'nonsense', /holds no key that can be read/],
    ['that is a folder', 'home', /could not be used/],
  ])('says so of a file %s', async (_what, name, said) => {
    writeFileSync(key('nonsense'), 'not a key\n');
    const failure = await failureOf(connect({ identityFile: key(name) }));
    expect(failure).toMatchObject({ kind: 'key-unreadable', retry: false });
    expect(failure.sentence).toMatch(said);
  });

  it('says that a server wants something other than a key', async () => {
    await using picky = await SshdFixture.start({
      config: ['PubkeyAuthentication no', 'PasswordAuthentication yes'],
    });
    const failure = await failureOf(
      connectorFor(picky).connect(targetOf(picky), { signal, prompts: nobody }),
    );
    expect(failure).toMatchObject({ kind: 'auth', retry: false });
    expect(failure.sentence).toContain('takes only password');
  });

  it('says that a second factor is not supported', async () => {
    await using picky = await SshdFixture.start({
      config: ['AuthenticationMethods publickey,password', 'PasswordAuthentication yes'],
    });
    const failure = await failureOf(
      connectorFor(picky).connect(targetOf(picky), { signal, prompts: nobody }),
    );
    expect(failure.sentence).toContain('second factor');
  });
});

describe('encrypted keys', () => {
  it('asks again after a wrong passphrase, and not at all when it reconnects', async () => {
    sshd.authorize('locked');
    const prompts = typing('wrong', 'open sesame');
    const connector = connectorFor(sshd);
    await login({ identityFile: key('locked') }, prompts, connector);
    await login({ identityFile: key('locked') }, prompts, connector);
    expect(prompts.asked).toEqual([
      { file: key('locked'), wrong: false },
      { file: key('locked'), wrong: true },
    ]);
  });

  it('gives up after three wrong ones', async () => {
    sshd.authorize('locked');
    const prompts = typing('a', '', 'c', 'open sesame');
    const failure = await failureOf(connect({ identityFile: key('locked') }, prompts));
    expect(failure).toMatchObject({ kind: 'key-unreadable', retry: false });
    expect(failure.sentence).toContain('was wrong 3 times');
    expect(prompts.asked).toHaveLength(3);
  });

  it("ends its question with the connection, and takes another node's answer", async () => {
    await using impatient = await SshdFixture.start({ config: ['LoginGraceTime 8'] });
    const locked = impatient.makeKey('locked', { passphrase: 'open sesame' });
    impatient.authorize('locked');
    const connector = connectorFor(impatient);
    const target = targetOf(impatient, { identityFile: locked });
    const asked: { signal: AbortSignal; answer: (passphrase: string | null) => void }[] = [];
    const prompts: Prompts = {
      ...nobody,
      passphrase: (question) =>
        new Promise((answer) => {
          asked.push({ signal: question.signal, answer });
          question.signal.addEventListener('abort', () => answer(null), { once: true });
        }),
    };
    expect(await failureOf(connector.connect(target, { signal, prompts }))).toMatchObject({
      kind: 'lost',
      retry: true,
    });
    expect(asked.map((question) => question.signal.aborted)).toEqual([true]);
    const two = [1, 2].map(() => connector.connect(target, { signal, prompts }));
    await expect.poll(() => asked.length).toBe(3);
    asked[1]?.answer('open sesame');
    await expect.poll(() => impatient.log).toMatch(/Accepted/);
    asked[2]?.answer(null);
    for (const connecting of two) await must(await connecting)[Symbol.asyncDispose]();
  });

  it('says that nobody gave the passphrase', async () => {
    const failure = await failureOf(connect({ identityFile: key('locked') }));
    expect(failure).toMatchObject({ kind: 'key-unreadable', retry: false });
    expect(failure.sentence).toContain('is encrypted and no passphrase was given');
  });

  it('gives a person all the time, though a handshake has only a second', async () => {
    sshd.authorize('locked');
    const slow: Prompts = {
      ...nobody,
      passphrase: () => new Promise((resolve) => setTimeout(() => resolve('open sesame'), 1_500)),
    };
    await login(
      { identityFile: key('locked') },
      slow,
      connectorFor(sshd, { timings: { connectTimeoutMs: 1_000 } }),
    );
  });
});

describe('the agent', () => {
  const withAgent = (socket: string, configFile?: string): SshConnector =>
    connectorFor(sshd, {
      local: localIdentity(sshd, { SSH_AUTH_SOCK: socket }),
      ...(configFile === undefined ? {} : { configFile }),
    });

  it('logs in with a key that no file holds', async () => {
    await using agent = await AgentFixture.start(sshd.folder);
    agent.add(key('stranger'), key('rsa'), key('other'));
    sshd.authorize('other');
    await login({ identityFile: null }, nobody, withAgent(agent.socket));
    sshd.authorize('rsa');
    await login({ identityFile: null }, nobody, withAgent(agent.socket));
  });

  it('opens the encrypted file without asking', async () => {
    await using agent = await AgentFixture.start(sshd.folder);
    const copy = key('unlocked');
    copyFileSync(key('stranger'), copy);
    chmodSync(copy, 0o600);
    agent.add(copy);
    // The agent holds the same key as the file; nobody is there to type its passphrase.
    const sameLocked = sshd.makeKey('same', { passphrase: 'x' });
    const prompts = typing('x');
    sshd.authorize('stranger');
    await login({ identityFile: sameLocked }, prompts, withAgent(agent.socket));
    expect(prompts.asked).toEqual([]);
  });

  it('offers nothing but the named key with IdentitiesOnly', async () => {
    await using agent = await AgentFixture.start(sshd.folder);
    agent.add(key('stranger'), key('other'));
    const configFile = key('only');
    writeFileSync(configFile, 'IdentitiesOnly yes\n');
    const failure = await failureOf(
      connect({ identityFile: key('rsa') }, nobody, withAgent(agent.socket, configFile)),
    );
    expect(failure.sentence).toContain(`offered for ${sshd.user}: ${key('rsa')}.`);
    // A public key file names the agent's key.
    sshd.authorize('other');
    await login({ identityFile: key('other.pub') }, nobody, withAgent(agent.socket, configFile));
  });

  it('tries a named file before a crowd of unrelated keys, and explains when the crowd is too big', async () => {
    await using agent = await AgentFixture.start(sshd.folder);
    const crowd = [1, 2, 3, 4, 5, 6, 7].map((number) => sshd.makeKey(`crowd${number}`));
    agent.add(...crowd);
    await login({}, nobody, withAgent(agent.socket));
    const failure = await failureOf(connect({ identityFile: null }, nobody, withAgent(agent.socket)));
    expect(failure).toMatchObject({ kind: 'auth', retry: false });
    expect(failure.sentence).toMatch(/hung up after too many keys.*IdentitiesOnly/);
    expect(failure.detail).toContain('Too many authentication failures');
  });

  it('gives a person all the time to let the agent sign, though a handshake has only a second', async () => {
    await using agent = await AgentFixture.start(sshd.folder);
    agent.add(key('other'));
    sshd.authorize('other');
    using asking = await agent.asking(1_500);
    const connector = connectorFor(sshd, {
      local: localIdentity(sshd, { SSH_AUTH_SOCK: asking.socket }),
      timings: { connectTimeoutMs: 1_000 },
    });
    await login({ identityFile: null }, nobody, connector);
  });

  it('goes on with files when the agent is not there', async () => {
    await login({}, nobody, withAgent(join(sshd.folder, 'no-agent.sock')));
    const failure = await failureOf(
      connect({ identityFile: null }, nobody, withAgent(join(sshd.folder, 'no-agent.sock'))),
    );
    expect(failure.sentence).toContain('no-agent.sock does not answer');
  });

  it('is found through IdentityAgent', async () => {
    await using agent = await AgentFixture.start(sshd.folder, 'elsewhere');
    agent.add(key('other'));
    sshd.authorize('other');
    const configFile = key('agent-config');
    writeFileSync(configFile, `Host 127.0.0.1\n  IdentityAgent ${agent.socket}\n`);
    await login({ identityFile: null }, nobody, connectorFor(sshd, { configFile }));
    writeFileSync(configFile, 'IdentityAgent none\n');
    expect(
      await failureOf(connect({ identityFile: null }, nobody, withAgent(agent.socket, configFile))),
    ).toMatchObject({
      kind: 'auth',
    });
  });
});

it('leaves no passphrase or key in a sentence', async () => {
  sshd.authorize('other');
  const failure = await failureOf(
    connect({ identityFile: key('locked') }, typing('hunter2', 'hunter2', 'hunter2')),
  );
  expect(JSON.stringify(failure)).not.toContain('hunter2');
  expect(JSON.stringify(failure)).not.toContain(readFileSync(key('locked'), 'utf8').slice(60, 90));
});
