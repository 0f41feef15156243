// Captures with the real tcpdump, in a network namespace of the test's own where packets loop over lo.
import { spawn } from 'node:child_process';
import { mkdtempSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  capture,
  type Capture,
  type CaptureEvent,
  type CaptureFailure,
  type CaptureRequest,
} from './capture.ts';
import type { Rights } from './rights.ts';
import { localTransport } from './testing/local-transport.ts';
import { ALLOWED_MS, marker, NO_SILENCE_MS } from './testing/load.ts';
import { goneAfter, processesWith, until } from './testing/processes.ts';
import { udpSender, type UdpSender } from './testing/udp-sender.ts';
import { SHELLS } from './testing/shells.ts';

const never = new AbortController().signal;
const root: Rights = { tier: 3, uid: 0, limits: [], sshConnection: null };
const plain: Rights = { ...root, tier: 0, uid: 65_534 };
const request: CaptureRequest = {
  namespace: null,
  interfaceName: null,
  addresses: ['127.0.0.1'],
  expression: null,
  exclude: [],
  snaplen: 128,
};

let sender: UdpSender;
beforeAll(async () => {
  sender = await udpSender('unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh');
});
afterAll(() => {
  sender[Symbol.dispose]();
});

/** A node whose network namespace is the sender's; `before` is run by its login first. */
function node(before = '', as = '') {
  const enter = [
    'nsenter',
    '-t',
    String(sender.pid),
    '--net',
    ...as.split(' ').filter((word) => word !== ''),
  ];
  return localTransport({ argv: (command) => [...enter, '/bin/sh', '-c', `${before}${command}`] });
}

async function started(
  options: {
    shell?: string;
    before?: string;
    as?: string;
    rights?: Rights;
    signal?: AbortSignal;
    answersWithinS?: number;
  } = {},
  over: Partial<CaptureRequest> = {},
): Promise<Capture> {
  const { before, as, rights = root, signal = never, answersWithinS } = options;
  const shell = options.shell === undefined ? {} : { shell: options.shell };
  const running = await capture(
    node(before, as),
    rights,
    { ...request, ...over },
    { signal, label: 'here', ...shell, ...(answersWithinS === undefined ? {} : { answersWithinS }) },
  );
  if (!running.ok) throw new Error(running.failure.sentence);
  return running.value;
}

async function firstPacket(running: Capture): Promise<void> {
  // By hand: a loop that is left early would end the events.
  const events = running.events[Symbol.asyncIterator]();
  for (let bytes = 0; bytes <= 24;) {
    const { value } = (await events.next()) as { value?: CaptureEvent };
    if (value === undefined || value.kind === 'end') throw new Error(value?.failure?.sentence ?? 'no end');
    if (value.kind === 'bytes') bytes += value.bytes.length;
  }
}

async function failureOf(running: Capture): Promise<CaptureFailure | null> {
  let last: CaptureEvent | null = null;
  for await (const event of running.events) last = event;
  if (last?.kind !== 'end') throw new Error('no end');
  return last.failure;
}

const tcpdumpOf = (id: string): number | undefined =>
  processesWith(marker(id)).find(({ command }) => command.startsWith('tcpdump'))?.pid;

describe.each(SHELLS)('a capture under %s', (shell) => {
  it('gives the first packet soon, and leaves nothing', async () => {
    let soonest = Infinity;
    // A busy machine may be late once; without immediate mode it is a second each time.
    for (let round = 0; round < 3 && soonest >= 900; round++) {
      const before = performance.now();
      const running = await started({ shell });
      await firstPacket(running);
      soonest = Math.min(soonest, performance.now() - before);
      console.log(`capture: first packet under ${shell} after ${soonest.toFixed(0)} ms`);
      await running[Symbol.asyncDispose]();
      expect(await goneAfter(marker(running.guardId), NO_SILENCE_MS)).toBeLessThan(NO_SILENCE_MS);
    }
    expect(soonest).toBeLessThan(900);
  });

  it('ends also a tcpdump that does not run', async () => {
    const running = await started({ shell });
    await until(() => tcpdumpOf(running.guardId) !== undefined, 5000);
    process.kill(tcpdumpOf(running.guardId) ?? 0, 'SIGSTOP');
    await running[Symbol.asyncDispose]();
    expect(await goneAfter(marker(running.guardId), ALLOWED_MS)).toBeLessThan(ALLOWED_MS);
  });

  it('tells a refused filter', async () => {
    const failure = await failureOf(await started({ shell }, { expression: 'host 1.2.3.4 andd' }));
    expect(failure).toMatchObject({ kind: 'filter-refused' });
    expect(failure?.detail).toContain('syntax error');
  });

  it('tells that tcpdump was killed', async () => {
    await using running = await started({ shell });
    await firstPacket(running);
    process.kill(tcpdumpOf(running.guardId) ?? 0, 'SIGKILL');
    expect(await failureOf(running)).toMatchObject({ kind: 'killed' });
  });

  it('gives the moment up to which it is complete', async () => {
    await using running = await started({ shell });
    let ticks = 0;
    for await (const event of running.events) {
      if (event.kind !== 'tick') continue;
      expect(event.captured).toBeGreaterThan(0);
      expect(event.dropped).toBe(0);
      const { before = NaN, after = NaN } = event.uptime ?? {};
      expect(before).toBeGreaterThan(0);
      expect(after).toBeGreaterThanOrEqual(before);
      // A tick of the kernel's is soon taken, and a second of one that hardly does anything is not.
      expect(event.cpu).toBeGreaterThanOrEqual(0);
      expect(event.cpu).toBeLessThan(1);
      ticks += 1;
      if (ticks === 2) break;
    }
    expect(ticks).toBe(2);
  });
});

describe('a capture', () => {
  it('takes no noise for packets, though it looks like a capture', async () => {
    const before = String.raw`printf '\324\303\262\241\002\000\004\000welcome'; echo motd >&2; `;
    await using running = await started({ before });
    for await (const event of running.events) {
      if (event.kind !== 'bytes') continue;
      expect(Buffer.from(event.bytes).readUInt32LE(20) & 0xffff).toBe(276);
      break;
    }
  });

  it('tells a login that may not capture, and Pods that it may not enter', async () => {
    const as = 'setpriv --reuid=65534 --regid=65534 --clear-groups';
    const failure = await failureOf(await started({ as, rights: plain }));
    expect(failure).toMatchObject({ kind: 'not-permitted' });
    expect(failure?.detail).toMatch(/permi/);
    const namespace = { pid: process.pid, inode: 1 };
    const inside = await capture(node(), plain, { ...request, namespace }, { signal: never, label: 'here' });
    expect(inside).toMatchObject({ ok: false, failure: { kind: 'not-permitted' } });
  });

  it('tells that tcpdump is missing, and that it is too old', async ({ onTestFinished }) => {
    const folder = mkdtempSync(join(tmpdir(), 'hopscope-capture-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const missing = `mount --bind /dev/null /usr/bin/tcpdump; `;
    expect(await failureOf(await started({ before: missing, as: 'unshare --mount' }))).toMatchObject({
      kind: 'missing-tool',
    });
    const old = join(folder, 'tcpdump');
    const header = String.raw`\324\303\262\241\2\0\4\0\0\0\0\0\0\0\0\0\200\0\0\0\161\0\0\0`;
    writeFileSync(old, `#!/bin/sh\nprintf '${header}'\nexec sleep 30\n`, { mode: 0o755 });
    const before = `mount --bind ${old} /usr/bin/tcpdump; `;
    expect(await failureOf(await started({ before, as: 'unshare --mount' }))).toMatchObject({
      kind: 'no-sll2',
    });
  });

  it('enters a namespace by a process in it, and ends with that process', async () => {
    const pod = spawn('unshare', ['--net', 'sleep', '60'], { stdio: 'ignore' });
    const inode = (): number => Number(/\d+/.exec(readlinkSync(`/proc/${pod.pid}/ns/net`))?.[0]);
    const outside = inode();
    await until(() => inode() !== Number(/\d+/.exec(readlinkSync('/proc/self/ns/net'))?.[0]), 5000);
    const namespace = { pid: pod.pid ?? 0, inode: inode() };
    expect(outside).toBeGreaterThan(0);
    const wrong = { ...namespace, inode: namespace.inode + 1 };
    expect(await failureOf(await started({}, { namespace: wrong }))).toMatchObject({
      kind: 'namespace-gone',
    });
    await using running = await started({}, { namespace });
    await until(() => tcpdumpOf(running.guardId) !== undefined, 5000);
    pod.kill('SIGKILL');
    expect(await failureOf(running)).toMatchObject({ kind: 'namespace-gone' });
  });

  it('tells a tcpdump that is there and does not answer, and leaves nothing of it', async () => {
    await using running = await started({ answersWithinS: 2 }, { addresses: ['127.0.0.9'] });
    let failure: CaptureFailure | null = null;
    for await (const event of running.events) {
      // It had answered once; nothing passes, and that is no silence.
      if (event.kind === 'tick') process.kill(tcpdumpOf(running.guardId) ?? 0, 'SIGSTOP');
      if (event.kind === 'end') ({ failure } = event);
    }
    expect(failure).toMatchObject({ kind: 'frozen' });
    expect(await goneAfter(marker(running.guardId), ALLOWED_MS)).toBeLessThan(ALLOWED_MS);
  });

  it('lets the kernel count what is lost while its reader stalls', async () => {
    sender.flood(true);
    await using running = await started();
    await firstPacket(running);
    const stallMs = 4_000;
    await sleep(stallMs);
    let dropped = 0;
    for await (const event of running.events) {
      if (event.kind === 'end') throw new Error(event.failure?.sentence);
      if (event.kind !== 'tick') continue;
      ({ dropped } = event);
      if (dropped > 0) break;
      // A sender that gets little of a busy machine has not filled the kernel's ring yet: no quicker than this reader, it never would.
      await sleep(stallMs);
    }
    console.log(`capture: ${dropped} packets dropped by the kernel`);
    expect(dropped).toBeGreaterThan(0);
  });
});
