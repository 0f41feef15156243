// The same promises through a real sshd: nothing of ours on the node after 15 s, whatever happens to whom.
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { must, targetOf } from '../ssh/testing/client-side.ts';
import { SshdFixture } from '../ssh/testing/sshd-fixture.ts';
import type { NodeTransport } from '../ssh/transport.ts';
import { follow, type Follower } from './follow.ts';
import { runScript } from './run-probe.ts';
import { childOfOurs } from './testing/frozen-us.ts';
import { ALLOWED_MS, allGone, load, NO_SILENCE_MS, underWay } from './testing/load.ts';
import { reach, sessionsOf } from './testing/through-sshd.ts';

const never = new AbortController().signal;
let sshd: SshdFixture;

beforeAll(async () => {
  sshd = await SshdFixture.start();
});
afterAll(async () => {
  await sshd[Symbol.asyncDispose]();
});

interface Started extends AsyncDisposable {
  readonly follower: Follower;
  readonly sleeps: string;
}

async function started(transport: NodeTransport): Promise<Started> {
  const { sleeps, streams } = load();
  const follower = must(await follow(transport, streams, { signal: never }));
  await underWay(sleeps);
  return {
    follower,
    sleeps,
    async [Symbol.asyncDispose]() {
      await follower[Symbol.asyncDispose]();
      await transport[Symbol.asyncDispose]();
    },
  };
}

function report(what: string, ms: number): void {
  console.log(`guard through sshd: ${what}: gone after ${ms.toFixed(0)} ms`);
}

/** Passes bytes on until the cable is cut: then nothing passes, and nobody is told. */
async function cable(port: number): Promise<{ port: number; cut: () => void; remove: () => void }> {
  const sockets: Socket[] = [];
  const server = createServer((near) => {
    const far = connect({ host: '127.0.0.1', port });
    sockets.push(near, far);
    for (const socket of [near, far]) socket.on('error', () => undefined);
    near.pipe(far);
    far.pipe(near);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => {
      for (const socket of sockets) {
        socket.unpipe();
        socket.pause();
      }
    },
    remove: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

describe.concurrent('through a real sshd', () => {
  it('runs a script, and gives its output and status', async () => {
    await using transport = await reach(sshd);
    const ran = must(
      await runScript(transport, {
        script: 'echo out; echo err >&2; head -c 3000000 /dev/zero; exit 5',
        deadlineMs: 40_000,
        signal: never,
      }),
    );
    expect(ran).toMatchObject({ exitStatus: 5, truncated: false });
    expect(ran.stdout.length).toBe(3_000_004);
    expect(Buffer.from(ran.stderr).toString()).toBe('err\n');
  });

  it('runs in turn what a node with few sessions does not run at once', async () => {
    await using narrow = await SshdFixture.start({ config: ['MaxSessions 2'] });
    await using transport = await reach(narrow);
    const options = { deadlineMs: 20_000, signal: never, inTurn: true };
    const asked = [1, 2, 3, 4, 5, 6].map((n) => runScript(transport, { script: `echo ${n}`, ...options }));
    const said = (await Promise.all(asked)).map((ran) => Buffer.from(must(ran).stdout).toString());
    expect(said.join('')).toBe('1\n2\n3\n4\n5\n6\n');
  });

  it('follows streams with their lines whole', async () => {
    await using transport = await reach(sshd);
    const streams = Array.from({ length: 8 }, (_, at) => ({
      name: `s${at}`,
      command: `seq -f '%.0f of ${at}' 1 3000; head -c 100000 /dev/zero | tr '\\0' ${at}; echo`,
    }));
    await using follower = must(await follow(transport, streams, { signal: never }));
    const lines = new Map<string, string[]>(streams.map(({ name }) => [name, []]));
    let ended = 0;
    for await (const event of follower.events) {
      if (event.kind === 'line') lines.get(event.stream)?.push(event.line);
      if (event.kind === 'exit') ended += 1;
      if (ended === 8) break;
    }
    for (const [at, { name }] of streams.entries()) {
      const numbered = Array.from({ length: 3000 }, (_, index) => `${index + 1} of ${at}`);
      expect(lines.get(name)).toEqual([...numbered, String(at).repeat(100_000)]);
    }
  });

  it('leaves nothing when a follower is disposed', async () => {
    const { follower, sleeps } = await started(await reach(sshd));
    await follower[Symbol.asyncDispose]();
    const ms = await allGone(follower.id, sleeps);
    report('the channel closed', ms);
    expect(ms).toBeLessThan(NO_SILENCE_MS);
  });

  it('leaves nothing when the connection is closed', async () => {
    const transport = await reach(sshd);
    const { follower, sleeps } = await started(transport);
    await transport[Symbol.asyncDispose]();
    const ms = await allGone(follower.id, sleeps);
    report('the connection closed', ms);
    expect(ms).toBeLessThan(NO_SILENCE_MS);
  });

  it.each(['SIGSTOP', 'SIGKILL'] as const)(
    "leaves nothing after %s of the session's sshd",
    async (signal) => {
      await using running = await started(await reach(sshd));
      const { follower, sleeps } = running;
      const sessions = sessionsOf(sshd, follower.id);
      expect(sessions.length).toBeGreaterThan(0);
      for (const pid of sessions) process.kill(pid, signal);
      const ms = await allGone(follower.id, sleeps);
      report(`${signal} of sshd`, ms);
      if (signal === 'SIGSTOP') for (const pid of sessions) process.kill(pid, 'SIGKILL');
      expect(ms).toBeLessThan(signal === 'SIGSTOP' ? ALLOWED_MS : NO_SILENCE_MS);
    },
  );

  it('leaves nothing when the cable is cut', async () => {
    const wire = await cable(sshd.port);
    await using running = await started(await reach(sshd, wire.port));
    wire.cut();
    const ms = await allGone(running.follower.id, running.sleeps);
    wire.remove();
    report('the cable cut', ms);
    expect(ms).toBeLessThan(ALLOWED_MS);
  });

  it.each(['SIGSTOP', 'SIGKILL'] as const)('leaves nothing after %s of us', async (signal) => {
    const { sleeps, streams } = load();
    await using us = await childOfOurs({ reach: { target: targetOf(sshd), home: sshd.home }, work: streams });
    await underWay(sleeps);
    us.process.kill(signal);
    const ms = await allGone(us.id, sleeps, us.process.pid);
    report(`${signal} of us`, ms);
    expect(ms).toBeLessThan(signal === 'SIGSTOP' ? ALLOWED_MS : NO_SILENCE_MS);
  });
});
