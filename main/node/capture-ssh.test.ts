// Captures through a real sshd: how soon, in how much memory, and nothing left on the node whatever happens to whom.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { heldBytes } from '../ssh/testing/held-memory.ts';
import { must, targetOf, textOf } from '../ssh/testing/client-side.ts';
import { SshdFixture } from '../ssh/testing/sshd-fixture.ts';
import type { NodeTransport } from '../ssh/transport.ts';
import { capture, type Capture, type CaptureEvent, type CaptureRequest } from './capture.ts';
import { childOfOurs } from './testing/frozen-us.ts';
import { ALLOWED_MS, marker, NO_SILENCE_MS } from './testing/load.ts';
import { goneAfter, processesWith, until } from './testing/processes.ts';
import { reach, sessionsOf } from './testing/through-sshd.ts';
import { udpSender, type UdpSender } from './testing/udp-sender.ts';

/** Issue 3: from a click to the first packet on the screen; asserted at three times, the measured value is printed. */
const FIRST_PACKET_MS = 3 * 300;
/** SSH's window, what lies beside it in streams and sockets, and ticks. Bytes. */
const HELD_MOST = 16e6;

const never = new AbortController().signal;
const root = { tier: 3, uid: 0, limits: [], sshConnection: null } as const;
let sshd: SshdFixture;
let sender: UdpSender;
let request: CaptureRequest;

beforeAll(async () => {
  sshd = await SshdFixture.start();
  sender = await udpSender();
  request = {
    namespace: null,
    interfaceName: 'lo',
    addresses: ['127.0.0.1'],
    expression: `udp dst port ${sender.port}`,
    exclude: [],
    snaplen: 128,
  };
});
afterAll(async () => {
  sender[Symbol.dispose]();
  await sshd[Symbol.asyncDispose]();
});

/** Its events, by hand: a loop that is left early would end them. */
type Events = AsyncIterator<CaptureEvent>;

async function started(
  transport: NodeTransport,
  signal = never,
): Promise<{ running: Capture; events: Events }> {
  const running = must(await capture(transport, root, request, { signal, label: 'node' }));
  return { running, events: running.events[Symbol.asyncIterator]() };
}

async function firstPacket(events: Events): Promise<void> {
  for (let bytes = 0; bytes <= 24;) {
    const { value } = (await events.next()) as { value?: CaptureEvent };
    if (value === undefined || value.kind === 'end') throw new Error(value?.failure?.sentence ?? 'no end');
    if (value.kind === 'bytes') bytes += value.bytes.length;
  }
}

/** The last event. */
async function endOf(events: Events): Promise<CaptureEvent & { kind: 'end' }> {
  for (;;) {
    const { value } = (await events.next()) as { value?: CaptureEvent };
    if (value === undefined) throw new Error('no end');
    if (value.kind === 'end') return value;
  }
}

/** tcpdump among them, which has become another user's. */
async function gone(what: string, id: string, allowedMs: number, except?: number): Promise<void> {
  const ms = await goneAfter(marker(id), ALLOWED_MS, except);
  console.log(`capture through sshd: ${what}: gone after ${ms.toFixed(0)} ms`);
  expect(ms).toBeLessThan(allowedMs);
}

const tcpdumps = (id: string): number =>
  processesWith(marker(id)).filter(({ command }) => command.startsWith('tcpdump ')).length;

describe('a capture through sshd', () => {
  it('gives the first packet within 300 ms', async () => {
    await using transport = await reach(sshd);
    const median = (all: number[]): number => all.toSorted((a, b) => a - b)[all.length >> 1] ?? Infinity;
    const commands: number[] = [];
    const packets: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const asked = performance.now();
      await using command = must(await transport.open('echo', { signal: never }));
      await textOf(command.stdout);
      commands.push(performance.now() - asked);
      const began = performance.now();
      const { running, events } = await started(transport);
      await firstPacket(events);
      packets.push(performance.now() - began);
      await running[Symbol.asyncDispose]();
    }
    const [command, packet] = [median(commands), median(packets)];
    console.log(
      `capture through sshd: first packet after ${packet.toFixed(0)} ms, where echo takes ${command.toFixed(0)} ms`,
    );
    // What a machine with other work needs for any command is not the capture's.
    expect(packet - command).toBeLessThan(FIRST_PACKET_MS);
  });

  it('takes no memory for what its reader does not read; the kernel counts what is lost', async () => {
    await using transport = await reach(sshd);
    const { running, events } = await started(transport);
    await firstPacket(events);
    sender.flood(true);
    let read = 0;
    const began = performance.now();
    while (performance.now() - began < 1500) {
      const { value } = (await events.next()) as { value: CaptureEvent };
      if (value.kind === 'bytes') read += value.bytes.length;
    }
    const rate = read / ((performance.now() - began) / 1000);
    const before = heldBytes();
    // Twice as much comes as may be held.
    const stallMs = Math.min(25_000, (2 * HELD_MOST * 1000) / rate);
    await new Promise((resolve) => setTimeout(resolve, stallMs));
    const held = heldBytes() - before;
    console.log(
      `capture through sshd: ${(rate / 1e6).toFixed(1)} MB/s; held ${(held / 1e6).toFixed(1)} MB after ${(stallMs / 1000).toFixed(1)} s unread`,
    );
    expect(held).toBeLessThan(HELD_MOST);
    sender.flood(false);
    for (let dropped = 0; dropped === 0;) {
      const { value } = (await events.next()) as { value: CaptureEvent };
      if (value.kind === 'end') throw new Error(value.failure?.sentence);
      if (value.kind === 'tick') dropped = value.dropped;
    }
    await running[Symbol.asyncDispose]();
    await gone('its reader had stalled', running.guardId, NO_SILENCE_MS);
  });

  it('gives way to readings where the node allows few sessions, and says so', async () => {
    await using few = await SshdFixture.start({ config: ['MaxSessions 3'] });
    await using transport = await reach(few);
    const first = await started(transport);
    await using following = must(await transport.open('exec cat', { signal: never }));
    const second = await started(transport);
    for (const { events } of [first, second]) await firstPacket(events);
    await using reading = must(await transport.open('echo read', { signal: never }));
    expect(await textOf(reading.stdout)).toBe('read\n');
    const { failure } = await endOf(second.events);
    expect(failure?.kind).toBe('limit');
    expect(failure?.sentence).toMatch(
      /^MaxSessions is 3 at node .*reading its state comes first, so packets/,
    );
    await gone('readings came first', second.running.guardId, NO_SILENCE_MS);
    const third = await capture(transport, root, request, { signal: never, label: 'node' });
    expect(third).toMatchObject({ ok: false, failure: { kind: 'limit' } });
    expect(tcpdumps(first.running.guardId)).toBe(1);
    await firstPacket(first.events);
    await first.running[Symbol.asyncDispose]();
    following.end();
  });
});

describe.concurrent('a capture through sshd leaves nothing', () => {
  it.each(['disposed of', 'aborted'] as const)('when it is %s', async (how) => {
    await using transport = await reach(sshd);
    const stop = new AbortController();
    const { running, events } = await started(transport, stop.signal);
    await firstPacket(events);
    expect(tcpdumps(running.guardId)).toBe(1);
    if (how === 'aborted') stop.abort();
    else void running[Symbol.asyncDispose]();
    expect(await endOf(events)).toMatchObject({ failure: { kind: 'cancelled' } });
    await gone(how, running.guardId, NO_SILENCE_MS);
  });

  it.each(['SIGSTOP', 'SIGKILL'] as const)("after %s of the session's sshd", async (signal) => {
    await using transport = await reach(sshd);
    const { running, events } = await started(transport);
    await firstPacket(events);
    const sessions = sessionsOf(sshd, running.guardId);
    expect(sessions.length).toBeGreaterThan(0);
    for (const pid of sessions) process.kill(pid, signal);
    await gone(`${signal} of sshd`, running.guardId, signal === 'SIGSTOP' ? ALLOWED_MS : NO_SILENCE_MS);
    if (signal === 'SIGSTOP') for (const pid of sessions) process.kill(pid, 'SIGKILL');
    expect(await endOf(events)).toMatchObject({ failure: { kind: 'lost' } });
  });

  it('after sshd freezes while nobody reads', async () => {
    await using transport = await reach(sshd);
    const { running, events } = await started(transport);
    await firstPacket(events);
    const sessions = sessionsOf(sshd, running.guardId);
    for (const pid of sessions) process.kill(pid, 'SIGSTOP');
    await gone('SIGSTOP of sshd, unread', running.guardId, ALLOWED_MS);
    // Disposing does not wait for a peer that never answers.
    const began = performance.now();
    await running[Symbol.asyncDispose]();
    expect(performance.now() - began).toBeLessThan(3 * 1000);
    for (const pid of sessions) process.kill(pid, 'SIGKILL');
  });

  it.each(['SIGSTOP', 'SIGKILL'] as const)('after %s of us', async (signal) => {
    await using us = await childOfOurs({ reach: { target: targetOf(sshd), home: sshd.home }, work: request });
    await until(() => tcpdumps(us.id) === 1, 10_000);
    us.process.kill(signal);
    await gone(`${signal} of us`, us.id, signal === 'SIGSTOP' ? ALLOWED_MS : NO_SILENCE_MS, us.process.pid);
  });
});
