// Through one sshd to another: each hop with its own host key, login and blame.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AuditTrail } from '../audit/audit-trail.ts';
import { connectorFor, failureOf, must, nobody, targetOf, textOf } from './testing/client-side.ts';
import { freePort, SshdFixture } from './testing/sshd-fixture.ts';
import type { NodeTarget } from './transport.ts';

const signal = new AbortController().signal;
let jump: SshdFixture;
let node: SshdFixture;
beforeAll(async () => {
  [jump, node] = await Promise.all([SshdFixture.start(), SshdFixture.start()]);
});
afterAll(async () => {
  await jump[Symbol.asyncDispose]();
  await node[Symbol.asyncDispose]();
});

/** Both sides' keys and host keys, in files of the node's fixture. */
const configure = (extra: readonly string[] = []): string => {
  const configFile = join(node.folder, 'config');
  writeFileSync(
    configFile,
    [
      ...extra,
      `Host the-jump`,
      `  HostName 127.0.0.1`,
      `  Port ${jump.port}`,
      `  IdentityFile ${jump.loginKey}`,
      `Host *`,
      `  IdentitiesOnly yes`,
      '',
    ].join('\n'),
  );
  node.writeKnownHosts([node.knownHostsLine(), jump.knownHostsLine()]);
  return configFile;
};
const connect = (
  overrides: Partial<NodeTarget> = {},
  extra: readonly string[] = [],
  audit: AuditTrail = new AuditTrail(),
) =>
  connectorFor(node, { configFile: configure(extra), timings: { connectTimeoutMs: 2_000 }, audit }).connect(
    targetOf(node, { label: 'node', proxyJump: 'the-jump', ...overrides }),
    { signal, prompts: nobody },
  );
afterEach(async () => {
  await expect.poll(() => jump.sessions().length).toBe(0);
  await expect.poll(() => node.sessions().length).toBe(0);
});

describe('a jump host', () => {
  it('carries a connection, and lets go of it at the end', async () => {
    const audit = new AuditTrail();
    const through = must(await connect({}, [], audit));
    const channel = must(await through.open('echo $SSH_CONNECTION', { signal }));
    const [address, port] = (await textOf(channel.stdout)).split(' ');
    expect(address).toBe('127.0.0.1');
    // The node sees the jump host's port, not ours.
    expect(Number(port)).not.toBe(through.local.port);
    // What crosses our own machine is the first hop.
    expect(through.remote).toEqual({ address: '127.0.0.1', port: jump.port });
    // What the jump host did for it is in the audit, as its own.
    const [forward] = audit.entries;
    expect(forward).toMatchObject({
      node: `the-jump (127.0.0.1:${jump.port})`,
      login: jump.user,
      by: 'login',
      kind: 'forward',
      what: `TCP forward to node (127.0.0.1:${node.port})`,
      endedAt: null,
      received: null,
    });
    await through[Symbol.asyncDispose]();
    await expect.poll(() => audit.entries[0]?.outcome).toBe('ended');
  });

  it('is logged in to once for all behind it, as long as one of them is there', async () => {
    const connector = connectorFor(node, { configFile: configure() });
    const target = targetOf(node, { proxyJump: 'the-jump' });
    const logins = (): number => jump.log.match(/Accepted publickey /g)?.length ?? 0;
    const before = logins();
    const leaving = new AbortController();
    // The first, who makes the login for all, does not want it any more.
    const left = connector.connect(target, { signal: leaving.signal, prompts: nobody });
    const connecting = [1, 2, 3].map(() => connector.connect(target, { signal, prompts: nobody }));
    leaving.abort();
    expect((await left).ok).toBe(false);
    const [first, ...others] = (await Promise.all(connecting)).map(must);
    await first?.[Symbol.asyncDispose]();
    await others[0]?.[Symbol.asyncDispose]();
    const last = others[1];
    if (last === undefined) throw new Error('three were asked for');
    await using channel = must(await last.open('echo still here', { signal }));
    expect(await textOf(channel.stdout)).toBe('still here\n');
    expect(logins() - before).toBe(1);
    await last[Symbol.asyncDispose]();
    await expect.poll(() => jump.sessions().length).toBe(0);
    await must(await connector.connect(target, { signal, prompts: nobody }))[Symbol.asyncDispose]();
    expect(logins() - before).toBe(2);
  });

  it('takes all behind it along when it goes, and is logged in to once more', async () => {
    const connector = connectorFor(node, { configFile: configure() });
    const target = targetOf(node, { proxyJump: 'the-jump' });
    const both = async () =>
      (await Promise.all([1, 2].map(() => connector.connect(target, { signal, prompts: nobody })))).map(must);
    const before = await both();
    jump.signalSessions('SIGKILL');
    for (const through of before) expect(await through.closed).toMatchObject({ kind: 'lost', retry: true });
    const after = await both();
    await Promise.all([...before, ...after].map((through) => through[Symbol.asyncDispose]()));
  });

  it('can stand behind another, in the order of the list', async () => {
    await using between = await SshdFixture.start();
    const extra = [
      'Host between',
      'HostName 127.0.0.1',
      `Port ${between.port}`,
      `IdentityFile ${between.loginKey}`,
    ];
    const configFile = configure(extra);
    node.writeKnownHosts([node.knownHostsLine(), jump.knownHostsLine(), between.knownHostsLine()]);
    const connector = connectorFor(node, { configFile });
    const target = targetOf(node, { proxyJump: 'the-jump,between' });
    await using through = must(await connector.connect(target, { signal, prompts: nobody }));
    expect(jump.log).toContain('Accepted');
    expect(between.log).toContain('Accepted');
    await using channel = must(await through.open('echo far away', { signal }));
    expect(await textOf(channel.stdout)).toBe('far away\n');
  });

  it('may come from the config', async () => {
    await using through = must(
      await connect({ proxyJump: null }, ['Host 127.0.0.1', `  ProxyJump ${jump.user}@the-jump`]),
    );
    expect(through.hostKeyFingerprint).toMatch(/^SHA256:/);
  });
});

describe('the failure names the hop', () => {
  it('whose port is closed', async () => {
    const port = await freePort();
    const audit = new AuditTrail();
    const failure = await failureOf(connect({ port }, [], audit));
    expect(failure).toMatchObject({ kind: 'unreachable', retry: true });
    expect(audit.entries.map(({ outcome }) => outcome)).toEqual([`not started: ${failure.sentence}`]);
    expect(failure.sentence).toMatch(
      new RegExp(
        `^The jump host the-jump \\(127\\.0\\.0\\.1:${jump.port}\\) could not connect to node \\(127\\.0\\.0\\.1:${port}\\)`,
      ),
    );
  });

  it('that is not reachable itself', async () => {
    const failure = await failureOf(connect({ proxyJump: `127.0.0.1:${await freePort()}` }));
    expect(failure).toMatchObject({ kind: 'unreachable', retry: true });
    expect(failure.sentence).toContain('refused the connection');
  });

  it('whose key is not known, or has changed', async () => {
    const configFile = configure();
    const connector = connectorFor(node, { configFile });
    const attempt = () =>
      failureOf(
        connector.connect(targetOf(node, { label: 'node', proxyJump: 'the-jump' }), {
          signal,
          prompts: nobody,
        }),
      );
    node.writeKnownHosts([node.knownHostsLine()]);
    expect(await attempt()).toMatchObject({ kind: 'host-key-unknown' });
    expect((await attempt()).sentence).toContain(`The host key of the-jump (127.0.0.1:${jump.port})`);
    node.writeKnownHosts([jump.knownHostsLine()]);
    expect((await attempt()).sentence).toContain(
      `The host key of node (127.0.0.1:${node.port}) behind the-jump`,
    );
  });

  it('that lets nobody in', async () => {
    const failure = await failureOf(connect({ identityFile: jump.loginKey }));
    expect(failure.kind).toBe('auth');
    expect(failure.sentence).toMatch(/^node \(.*\) behind the-jump \(.*\) refused every key/);
  });

  it('that does not allow forwarding', async () => {
    await using strict = await SshdFixture.start({ config: ['AllowTcpForwarding no'] });
    const configFile = join(node.folder, 'strict-config');
    writeFileSync(
      configFile,
      `Host strict\nHostName 127.0.0.1\nPort ${strict.port}\nIdentityFile ${strict.loginKey}\n`,
    );
    node.writeKnownHosts([strict.knownHostsLine()]);
    const failure = await failureOf(
      connectorFor(node, { configFile }).connect(targetOf(node, { proxyJump: 'strict' }), {
        signal,
        prompts: nobody,
      }),
    );
    expect(failure).toMatchObject({ kind: 'unreachable', retry: false });
    expect(failure.sentence).toContain('AllowTcpForwarding');
  });

  it('that goes away later', async () => {
    await using through = must(await connect());
    await using channel = must(await through.open('cat', { signal }));
    jump.signalSessions('SIGKILL');
    const failure = await through.closed;
    expect(failure).toMatchObject({ kind: 'lost', retry: true });
    expect(failure.sentence).toMatch(/^node .* was lost with its jump host: The connection to the-jump/);
    expect(await channel.exit).toMatchObject({ kind: 'lost' });
  });

  it('that is reached through itself', async () => {
    const failure = await failureOf(connect({}, ['Host the-jump', '  ProxyJump the-jump']));
    expect(failure).toMatchObject({ kind: 'config', retry: false });
    expect(failure.sentence).toContain('in a circle');
  });

  it('that makes no sense, or is a command', async () => {
    expect(await failureOf(connect({ proxyJump: 'a b:c' }))).toMatchObject({ kind: 'config', retry: false });
    const failure = await failureOf(connect({ proxyJump: null }, ['ProxyCommand nc %h %p']));
    expect(failure).toMatchObject({ kind: 'config', retry: false });
    expect(failure.sentence).toContain('ProxyCommand, which is never run');
  });
});
