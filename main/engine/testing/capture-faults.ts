// What goes wrong while a Pod is watched and packets pass: each leaves a gap that is told, in which nothing is called dropped, captures that go on
// behind it, and clean nodes.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { count, NODES, OTHER, words, type Case } from './trail-case.ts';
import { TO, type Seen, type TrailsOfLab } from './trails-of-lab.ts';
import { until } from './until.ts';

/** ms of traffic before it. */
const BEFORE_MS = 1_500;
/** ms by which a gap may begin before, and end behind, what made it: a watermark comes once a second, a capture begins anew after a rest. */
const GIVE_MS = 3_500;
/** Packets at the end of what is sent that must have been seen again. */
const AGAIN = 50;
/** When it began and was over, ms since the epoch. */
let blackout: readonly [from: number, to: number];

const runningAt = ({ engine }: TrailsOfLab, node: string): number =>
  engine.watch.view.captures.filter(({ nodeLabel, state }) => nodeLabel === node && state === 'running')
    .length;

async function untilBack(of: TrailsOfLab, captures: number): Promise<void> {
  await until(`${OTHER} is captured again`, () => runningAt(of, OTHER) === captures, 45_000);
}

/** Local time of day, as sentences tell it. */
function secondOf(text: string): number {
  const [hour = 0, minute = 0, second = 0] = text.split(':').map(Number);
  return hour * 3600 + minute * 60 + second;
}

async function expectGap({ view, trails, report }: Seen, of: TrailsOfLab): Promise<void> {
  const [from, to] = blackout;
  const told = view.sentences.flatMap((sentence) => {
    const [, begun, ended] =
      /^Nothing was captured at (?:\S+) from ([\d:]+) to ([\d:]+): ./.exec(sentence) ?? [];
    return begun === undefined || ended === undefined ? [] : [[secondOf(begun), secondOf(ended)] as const];
  });
  expect(told.length, view.sentences.join('\n')).toBeGreaterThan(0);
  const ofDay = (ms: number): number => secondOf(new Date(ms).toTimeString().slice(0, 8));
  const first = Math.min(...told.map(([begun]) => begun));
  const last = Math.max(...told.map(([, ended]) => ended));
  expect(first).toBeGreaterThanOrEqual(ofDay(from) - 1);
  expect(first).toBeLessThanOrEqual(ofDay(from + GIVE_MS));
  expect(Math.abs(last - ofDay(to))).toBeLessThanOrEqual(1);
  expect([count(trails, 'dropped'), count(trails, 'inFlight')]).toEqual([0, 0]);
  expect(trails.length).toBe(report.totals.sent);
  const missing = trails.filter(({ verdict }) => verdict === 'notCaptured');
  expect(missing.length).toBeGreaterThan(0);
  for (const { at } of missing) {
    expect(at).toBeGreaterThan(from - GIVE_MS);
    expect(at).toBeLessThan(to + GIVE_MS);
  }
  const inOrder = trails.toSorted((a, b) => a.at - b.at);
  for (const { verdict } of inOrder.slice(-AGAIN)) expect(verdict).toBe('delivered');
  for (const node of NODES) expect(await of.left(node)).toBe('');
}

export const faults: readonly Case[] = [
  {
    what: 'SSH cut',
    first: [],
    words: words(`--to ${TO} --count 8000 --rate 200`),
    meanwhile: async (of) => {
      await sleep(BEFORE_MS);
      const captures = runningAt(of, OTHER);
      const from = Date.now();
      await of.lab.run('fault', 'sshd-kill', '--on', OTHER);
      await until('the cut is noticed', () => runningAt(of, OTHER) === 0, 25_000);
      await of.lab.run('heal', 'sshd-kill', '--on', OTHER);
      await untilBack(of, captures);
      blackout = [from, Date.now()];
    },
    look: (seen, _, of) => expectGap(seen, of),
  },
  {
    what: 'tcpdump killed',
    first: [],
    words: words(`--to ${TO} --count 2000 --rate 200`),
    meanwhile: async (of) => {
      await sleep(BEFORE_MS);
      const captures = runningAt(of, OTHER);
      const from = Date.now();
      await of.lab.exec(
        OTHER,
        'sh',
        '-c',
        'kill -9 $(ps -eo pid=,comm= | awk \'$2 == "tcpdump" { print $1 }\')',
      );
      await until('the end is noticed', () => runningAt(of, OTHER) < captures, 10_000);
      await untilBack(of, captures);
      blackout = [from, Date.now()];
    },
    look: (seen, _, of) => expectGap(seen, of),
  },
];
