// Each way in which a connection can fail, against the real thing: what it is called and what it tells one to do.
import { spawn } from 'node:child_process';
import { createServer as createHttpServer } from 'node:http';
import { createConnection, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SshConnector } from './ssh-connector.ts';
import { connectorFor, failureOf, nobody, targetOf } from './testing/client-side.ts';
import { freePort, SshdFixture } from './testing/sshd-fixture.ts';

const signal = new AbortController().signal;
const options = { signal, prompts: nobody };

/** Prints its port and stops accepting; the kernel queues what the backlog takes and drops the rest. */
const LISTEN_AND_FREEZE = `
  const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    process.stdout.write(String(server.address().port), () =>
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000));
  });`;

async function listening(server: Server): Promise<{ port: number } & AsyncDisposable> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  return {
    port,
    [Symbol.asyncDispose]: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

describe('what does not answer as an SSH server', () => {
  let sshd: SshdFixture;
  let connector: SshConnector;
  /** For what never answers; elsewhere a machine that stalls for a second must not look like that. */
  let impatient: SshConnector;
  beforeAll(async () => {
    sshd = await SshdFixture.start();
    connector = connectorFor(sshd);
    impatient = connectorFor(sshd, { timings: { connectTimeoutMs: 1_000 } });
  });
  afterAll(() => sshd[Symbol.asyncDispose]());

  it('says that the port is closed', async () => {
    const port = await freePort();
    const failure = await failureOf(
      connector.connect(targetOf(sshd, { port, label: 'k8s-worker-1' }), options),
    );
    expect(failure).toMatchObject({ kind: 'unreachable', retry: true });
    expect(failure.sentence).toBe(
      `k8s-worker-1 (127.0.0.1:${port}) refused the connection: is sshd running there and the port right?`,
    );
  });

  it('says that a name is not known', async () => {
    const failure = await failureOf(
      connector.connect(targetOf(sshd, { host: 'no-such-node.invalid' }), options),
    );
    expect(failure).toMatchObject({ kind: 'unreachable', retry: true });
    expect(failure.sentence).toMatch(
      /name of no-such-node\.invalid:\d+ (is not known|could not be looked up)/,
    );
  });

  it('gives up on an address that swallows everything', async () => {
    // A full backlog drops further SYNs, as a firewall would.
    const deaf = spawn(process.execPath, ['-e', LISTEN_AND_FREEZE]);
    const port = Number(await new Promise<Buffer>((resolve) => deaf.stdout.once('data', resolve)));
    const filling = [1, 2, 3, 4].map(() =>
      createConnection({ host: '127.0.0.1', port }).on('error', () => undefined),
    );
    await new Promise((resolve) => setTimeout(resolve, 200));
    const failure = await failureOf(impatient.connect(targetOf(sshd, { port }), options));
    for (const socket of filling) socket.destroy();
    deaf.kill('SIGKILL');
    expect(failure).toMatchObject({ kind: 'unreachable', retry: true });
    expect(failure.sentence).toBe(
      `127.0.0.1:${port} did not answer: is the machine up, the address right, and no firewall between?`,
    );
  });

  it('gives up on a server that accepts and says nothing', async () => {
    await using server = await listening(createServer((socket) => socket.on('error', () => undefined)));
    const failure = await failureOf(impatient.connect(targetOf(sshd, { port: server.port }), options));
    expect(failure).toMatchObject({ kind: 'silent', retry: true });
    expect(failure.sentence).toContain('said nothing for 1 s');
  });

  it('recognizes a web server', async () => {
    const http = createHttpServer((_request, response) => response.end('hello'));
    await using server = await listening(http);
    const failure = await failureOf(connector.connect(targetOf(sshd, { port: server.port }), options));
    expect(failure).toMatchObject({ kind: 'not-ssh', retry: false });
    expect(failure.detail).toContain('HTTP/1.1 400');
    expect(failure.sentence).toBe(
      `What listens on 127.0.0.1:${server.port} does not speak SSH: check the port.`,
    );
  });

  it('recognizes a mail server, which speaks first and waits', async () => {
    await using server = await listening(
      createServer((socket) => socket.on('error', () => undefined).write('220 mx ESMTP\r\n')),
    );
    expect(await failureOf(connector.connect(targetOf(sshd, { port: server.port }), options))).toMatchObject({
      kind: 'not-ssh',
      detail: '220 mx ESMTP',
    });
  });

  it('says that a server hangs up before it says anything', async () => {
    await using server = await listening(createServer((socket) => socket.on('error', () => undefined).end()));
    const failure = await failureOf(connector.connect(targetOf(sshd, { port: server.port }), options));
    expect(failure).toMatchObject({ kind: 'lost', retry: true });
    expect(failure.sentence).toContain('MaxStartups');
  });

  it('says that a server stops in the middle of the handshake', async () => {
    await using server = await listening(
      createServer((socket) => socket.on('error', () => undefined).write('SSH-2.0-OpenSSH_9.2\r\n')),
    );
    const failure = await failureOf(impatient.connect(targetOf(sshd, { port: server.port }), options));
    expect(failure).toMatchObject({ kind: 'silent', retry: true });
    expect(failure.sentence).toContain(`127.0.0.1:${server.port} did not finish the login within 1 s`);
  });

  it('survives a peer that talks nonsense after the version', async () => {
    await using server = await listening(
      createServer((socket) => {
        socket.on('error', () => undefined);
        socket.write('SSH-2.0-OpenSSH_9.2\r\n');
        socket.end(Buffer.alloc(4096, 0x55));
      }),
    );
    expect(await failureOf(connector.connect(targetOf(sshd, { port: server.port }), options))).toMatchObject({
      kind: 'lost',
    });
  });

  it('can be called off at any time', async () => {
    const already = AbortSignal.abort();
    expect(await failureOf(connector.connect(targetOf(sshd), { ...options, signal: already }))).toMatchObject(
      {
        kind: 'cancelled',
        retry: false,
      },
    );
    for (const ms of [0, 5, 20, 60]) {
      const outcome = await connector.connect(targetOf(sshd), {
        ...options,
        signal: AbortSignal.timeout(ms),
      });
      if (outcome.ok) await outcome.value[Symbol.asyncDispose]();
      else expect(outcome.failure.kind).toBe('cancelled');
    }
  });
});

describe('an sshd with too many logins under way', () => {
  it('is tried again, and said to be what it is', async () => {
    await using busy = await SshdFixture.start({ config: ['MaxStartups 1:100:1'] });
    // The fixture's own look at it may still count: until one of ours is let in, and holds the only place.
    const holding = async (): Promise<Socket | null> => {
      const socket = createConnection({ host: busy.host, port: busy.port });
      const said = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
      if (said.toString('latin1').startsWith('SSH-')) return socket;
      socket.destroy();
      return null;
    };
    let holder: Socket | null = null;
    await expect.poll(async () => (holder ??= await holding())).not.toBeNull();
    const failure = await failureOf(connectorFor(busy).connect(targetOf(busy), options));
    expect(failure).toMatchObject({ kind: 'lost', retry: true, detail: 'Exceeded MaxStartups' });
    expect(failure.sentence).toContain('turned the connection away: too many logins');
    (holder as Socket | null)?.destroy();
    await expect
      .poll(async () => {
        const connected = await connectorFor(busy).connect(targetOf(busy), options);
        if (connected.ok) await connected.value[Symbol.asyncDispose]();
        return connected.ok;
      })
      .toBe(true);
  });

  it('is known by the words of newer ones', async () => {
    await using sshd = await SshdFixture.start();
    await using server = await listening(
      createServer((socket) => socket.on('error', () => undefined).end('Not allowed at this time\r\n')),
    );
    expect(
      await failureOf(connectorFor(sshd).connect(targetOf(sshd, { port: server.port }), options)),
    ).toMatchObject({ kind: 'lost', retry: true, detail: 'Not allowed at this time' });
  });
});

describe('algorithms', () => {
  it.each([
    ['KexAlgorithms diffie-hellman-group14-sha1', 'KexAlgorithms'],
    ['Ciphers aes128-cbc', 'Ciphers'],
    ['HostKeyAlgorithms ssh-rsa', 'HostKeyAlgorithms'],
  ])('refuses a server with only %s', async (line, directive) => {
    await using sshd = await SshdFixture.start({ config: [line], hostKeys: ['rsa'] });
    const failure = await failureOf(connectorFor(sshd).connect(targetOf(sshd), options));
    expect(failure).toMatchObject({ kind: 'no-common-algorithm', retry: false });
    expect(failure.sentence).toContain(directive);
  });

  it('refuses a server whose only MAC is hmac-sha1', async () => {
    await using sshd = await SshdFixture.start({ config: ['MACs hmac-sha1', 'Ciphers aes128-ctr'] });
    const failure = await failureOf(connectorFor(sshd).connect(targetOf(sshd), options));
    expect(failure).toMatchObject({ kind: 'no-common-algorithm', retry: false });
    expect(failure.sentence).toContain('MACs');
  });
});
