// Ten minutes of 20,000 captured packets a second, followed from place to place: the memory of the process that captures, decodes, keeps and
// correlates, minute by minute. It is `hopscope watch`, which runs the window's engine in plain Node.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { watchDocumentSchema } from '../app/contract/watch-document.ts';
import { median, report, tellLoad } from './fixtures/figures.ts';
import { startLab } from './fixtures/lab.ts';
import { findPod, hear, listeners, send, type PodPlace } from './fixtures/pod-udp.ts';
import { cli } from './fixtures/program.ts';

/** Captured, at all vantage points together. */
const RATE = 20_000;
/** From Pod to Pod: each has its own interface, its host end and its node's NIC. */
const VANTAGE_POINTS = 6;
const MINUTES = 10;
/** By then the ring of packets in memory is full. */
const FULL_MINUTE = 3;
/** What garbage collection leaves lying about. */
const FLAT = 1.05;
/** Of the wanted rate: with less there was no test. */
const REACHED = 0.9;
const READY_LIMIT_MS = 30_000;
/** Captures have begun, and go on until the last packet has come. */
const AROUND_S = 20;
const SENT_AT_ONCE_S = 30;

tellLoad('at the start');
await using lab = await startLab('endurance', { nodes: 3, pods: 2 });
await lab.traffic(0);
const [, other, node] = lab.nodes;
if (node === undefined || other === undefined) throw new Error('the lab has no two workers');
const from = await findPod(node, '192.168.2.2');
await using farEnd = await hear(await findPod(other, '192.168.1.3'));
const seconds = String(MINUTES * 60 + AROUND_S);
const words = ['watch', 'web-2', '--cluster', lab.client.cluster, '--seconds', seconds, '--json'];
const child = spawn(process.execPath, [cli, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
const closed = once(child, 'close');
let said = '';
child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
try {
  await ready(from);
  const [residents, sent] = await Promise.all([sample(child.pid ?? 0), sendAll(from, farEnd.place)]);
  const [code] = (await closed) as [number | null];
  if (code !== 0) throw new Error(`hopscope ${words.join(' ')} ended with ${String(code)}`);
  const { packets, loss, trails, missed } = watchDocumentSchema.parse(JSON.parse(said));
  const rate = packets / (MINUTES * 60);
  console.log(
    `${sent} sent; ${packets} captured, ${rate.toFixed(0)} a second; lost: ${loss.kernel} by the kernel, ` +
      `${loss.governor} left out, ${loss.ours} by us; ${trails.total} trails, ${trails.delivered} delivered, ` +
      `${trails.dropped} dropped, ${trails.notCaptured} not captured; ${missed} packets of no trail`,
  );
  if (rate < REACHED * RATE) {
    console.log(`MISS: ${rate.toFixed(0)} packets a second are less than ${RATE}`);
    process.exitCode = 1;
  }
  const minutes = Array.from({ length: MINUTES }, (_, at) => median(residents.slice(at * 60, at * 60 + 60)));
  console.log(`by the minute, MiB: ${minutes.map((one) => one.toFixed(0)).join(', ')}`);
  const full = minutes[FULL_MINUTE - 1] ?? NaN;
  const later = minutes.slice(FULL_MINUTE);
  report({
    name: `main process after minute ${FULL_MINUTE} of ${MINUTES}, ${RATE} packets a second`,
    measured: later,
    unit: 'MiB',
    reference: { name: `minute ${FULL_MINUTE}`, values: later.map(() => full) },
    budget: { of: 'ratio', atMost: FLAT },
  });
} finally {
  child.kill();
}
tellLoad('at the end');

/** Once a second, MiB. */
async function sample(pid: number): Promise<readonly number[]> {
  const residents: number[] = [];
  const began = performance.now();
  for (let second = 0; second < MINUTES * 60; second++) {
    await pause(Math.max(0, began + second * 1000 - performance.now()));
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    residents.push(Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024);
  }
  return residents;
}

async function sendAll(source: PodPlace, to: PodPlace): Promise<number> {
  const rate = Math.round(RATE / VANTAGE_POINTS);
  const until = performance.now() + MINUTES * 60_000;
  let sum = 0;
  while (performance.now() < until - SENT_AT_ONCE_S * 500)
    sum += (await send(source, to, rate, rate * SENT_AT_ONCE_S)).sent;
  return sum;
}

async function ready(pod: PodPlace): Promise<void> {
  const deadline = performance.now() + READY_LIMIT_MS;
  for (;;) {
    const { inPod, onNode } = await listeners(pod);
    if (inPod > 0 && onNode > 0) return;
    if (performance.now() > deadline) throw new Error('no captures');
    await pause(100);
  }
}
