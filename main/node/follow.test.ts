import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { follow, type Follower, type FollowEvent, type FollowStream } from './follow.ts';
import { localTransport } from './testing/local-transport.ts';
import { NO_SILENCE_MS } from './testing/load.ts';
import { goneAfter, parentOf, processesWith, statusOf } from './testing/processes.ts';
import { SHELLS } from './testing/shells.ts';

const never = new AbortController().signal;

async function start(
  shell: string,
  streams: readonly FollowStream[],
  more: { maxLineBytes?: number; signal?: AbortSignal } = {},
): Promise<Follower> {
  const opened = await follow(localTransport(), streams, { signal: never, shell, ...more });
  if (!opened.ok) throw new Error(opened.failure.sentence);
  return opened.value;
}

/** Reads events until `enough`, at most 50 s: the four shells share what a busy machine leaves them. */
async function collect(
  follower: Follower,
  enough: (events: readonly FollowEvent[]) => boolean,
): Promise<readonly FollowEvent[]> {
  const events: FollowEvent[] = [];
  const overdue = sleep(50_000, undefined, { ref: false }).then(() => follower[Symbol.asyncDispose]());
  for await (const event of follower.events) {
    events.push(event);
    if (enough(events)) return events;
  }
  await overdue;
  throw new Error(`not enough: ${JSON.stringify(events.slice(-5))}`);
}

/** Children of a guard that have ended and that nobody has asked about yet. */
function zombies(guardId: string): string[] {
  const guards = new Set(processesWith(guardId).map(({ pid }) => pid));
  return readdirSync('/proc').filter(
    (name) =>
      /^\d+$/.test(name) && /^State:\s*Z/m.test(statusOf(Number(name))) && guards.has(parentOf(Number(name))),
  );
}

/** Longer than a beat, with which the guard asks. ms */
const A_BEAT_AND_MORE = 1500;

/** What has just ended is a zombie for a moment, anywhere: only one that nobody ever asks about is left. */
async function zombiesLeft(guardId: string): Promise<string[]> {
  const before = zombies(guardId);
  await sleep(A_BEAT_AND_MORE);
  const after = new Set(zombies(guardId));
  return before.filter((pid) => after.has(pid));
}

const exits = (events: readonly FollowEvent[]): number => events.filter(({ kind }) => kind === 'exit').length;

const linesOf = (events: readonly FollowEvent[], stream: string, source = 'stdout'): string[] =>
  events.flatMap((event) =>
    event.kind === 'line' && event.stream === stream && event.source === source ? [event.line] : [],
  );

describe.concurrent.each(SHELLS)('following under %s', (shell) => {
  it('brings 8 streams of 3,000 lines whole and in order', async () => {
    const streams = Array.from({ length: 8 }, (_, at) => ({
      name: `s${at}`,
      command: `seq -f '%.0f of stream ${at}, as long as an event of ip monitor is, or so, with its time' 1 3000`,
    }));
    await using follower = await start(shell, streams);
    const events = await collect(follower, (so) => so.at(-1)?.kind === 'exit' && exits(so) === 8);
    for (const [at, { name }] of streams.entries()) {
      const lines = linesOf(events, name);
      expect(lines.length).toBe(3_000);
      const wrong = lines.findIndex(
        (line, index) =>
          line !== `${index + 1} of stream ${at}, as long as an event of ip monitor is, or so, with its time`,
      );
      expect(wrong).toBe(-1);
    }
    expect(follower.noiseBytes).toBe(0);
  });

  it('brings long lines whole while others run, errors apart, and how each ended', async () => {
    await using follower = await start(shell, [
      { name: 'long', command: `for i in 1 2 3; do head -c 100000 /dev/zero | tr '\\0' $i; echo; done` },
      {
        name: 'exact',
        command: `for n in 2999 3000 3001 6000; do head -c $n /dev/zero | tr '\\0' e; echo; done`,
      },
      { name: 'busy', command: 'seq 1 5000' },
      { name: 'both', command: "echo out; echo err >&2; printf 'no newline'; exit 7" },
      { name: 'killed', command: 'kill -9 $$' },
      { name: 'empty', command: "echo; echo '  spaces  kept\\\\n '; echo" },
    ]);
    const events = await collect(follower, (so) => so.at(-1)?.kind === 'exit' && exits(so) === 6);
    expect(linesOf(events, 'long')).toEqual(['1', '2', '3'].map((digit) => digit.repeat(100_000)));
    expect(linesOf(events, 'exact').map((line) => line.length)).toEqual([2999, 3000, 3001, 6000]);
    expect(linesOf(events, 'busy')).toEqual(Array.from({ length: 5000 }, (_, at) => String(at + 1)));
    expect(linesOf(events, 'both')).toEqual(['out', 'no newline']);
    expect(linesOf(events, 'both', 'stderr')).toEqual(['err']);
    expect(linesOf(events, 'empty').length).toBe(3);
    expect(linesOf(events, 'empty')[1]).toMatch(/^ {2}spaces {2}kept.* $/);
    const status = new Map(
      events.flatMap((event): [string, number][] =>
        event.kind === 'exit' ? [[event.stream, event.status]] : [],
      ),
    );
    expect(Object.fromEntries(status)).toEqual({
      long: 0,
      exact: 0,
      busy: 0,
      both: 7,
      killed: 137,
      empty: 0,
    });
  });

  it('keeps every character of UTF-8, whose bytes a shell may use for itself', async () => {
    const every = Array.from({ length: 0x2100 - 0x80 }, (_, at) => String.fromCodePoint(0x80 + at)).join('');
    await using follower = await start(shell, [{ name: 'text', command: `printf '%s\\n' '${every}'` }]);
    const events = await collect(follower, (so) => exits(so) === 1);
    expect(linesOf(events, 'text')).toEqual([every]);
  });

  it('brings hostile bytes as they are, NUL apart, and takes no frame from them', async () => {
    // Every byte value but NUL and newline, 40 times, around words of ours.
    const octal = Array.from({ length: 255 }, (_, at) => at + 1)
      .filter((byte) => byte !== 10)
      .map((byte) => `\\${byte.toString(8).padStart(3, '0')}`)
      .join('');
    const command = `i=0; while [ $i -lt 40 ]; do printf '${octal}\\nx 1 0\\nbegin\\n'; i=$((i+1)); done`;
    await using follower = await start(shell, [{ name: 'hostile', command }]);
    const events = await collect(follower, (so) => exits(so) === 1);
    const every = new Uint8Array(
      Array.from({ length: 255 }, (_, at) => at + 1).filter((byte) => byte !== 10),
    );
    const expected = new TextDecoder('utf-8', { ignoreBOM: true }).decode(every);
    expect(linesOf(events, 'hostile')).toEqual(
      Array.from({ length: 40 }, () => [expected, 'x 1 0', 'begin']).flat(),
    );
    expect(follower.noiseBytes).toBe(0);
  });

  it('starts and stops streams without touching the others', async () => {
    const nap = `5000.${process.pid}${shell.length}`;
    await using follower = await start(shell, [
      { name: 'steady', command: 'while :; do echo on; sleep 0.1; done' },
    ]);
    const iterator = follower.events[Symbol.asyncIterator]();
    const next = async (wanted: (event: FollowEvent) => boolean): Promise<FollowEvent> => {
      for (let turn = 0; turn < 500; turn += 1) {
        const result: IteratorResult<FollowEvent, unknown> = await iterator.next();
        if (result.done === true) throw new Error('ended');
        if (wanted(result.value)) return result.value;
      }
      throw new Error('never came');
    };
    const line = (stream: string, text: string) => (event: FollowEvent) =>
      event.kind === 'line' && event.stream === stream && event.line === text;
    const exit = (stream: string) => (event: FollowEvent) => event.kind === 'exit' && event.stream === stream;

    await next(line('steady', 'on'));
    await follower.add({ name: 'watch', command: 'echo first\necho "second $((1+1))"\nexit 4' });
    await next(line('watch', 'second 2'));
    expect(await next(exit('watch'))).toMatchObject({ status: 4 });
    await follower.add({ name: 'watch', command: `echo again; (sleep ${nap} &); sleep ${nap}` });
    await next(line('watch', 'again'));
    expect(() => follower.add({ name: 'watch', command: 'true' })).toThrow('running');
    await follower.remove('watch');
    expect(await goneAfter(nap, NO_SILENCE_MS)).toBeLessThan(NO_SILENCE_MS);
    await follower.add({ name: 'watch', command: 'echo third' });
    await next(exit('watch'));
    await next(line('steady', 'on'));
    await next(({ kind }) => kind === 'tick');
  });

  it('ticks each second with the time of the node, and leaves no zombies', async () => {
    await using follower = await start(shell, [{ name: 'brief', command: 'true' }]);
    const events = await collect(follower, (so) => so.filter(({ kind }) => kind === 'tick').length === 4);
    const ticks = events.flatMap((event) => (event.kind === 'tick' ? [event.nodeTime] : []));
    const [first, , , last] = ticks;
    expect(Math.abs(Date.now() / 1000 - (last?.s ?? 0))).toBeLessThan(3);
    expect((last?.s ?? 0) - (first?.s ?? 0)).toBeGreaterThanOrEqual(2);
    expect((last?.s ?? 0) - (first?.s ?? 0)).toBeLessThanOrEqual(5);
    expect(await zombiesLeft(follower.id)).toEqual([]);
  });
});

describe('a follower', () => {
  it('says cancelled when that was asked for, and ended when it was killed', async () => {
    const controller = new AbortController();
    const asked = await start('/bin/sh', [], { signal: controller.signal });
    const seen: FollowEvent[] = [];
    for await (const event of asked.events) {
      seen.push(event);
      if (event.kind === 'tick') controller.abort();
    }
    expect(seen.at(-1)).toMatchObject({ kind: 'end', failure: { kind: 'cancelled' } });

    const transport = localTransport();
    const opened = await follow(transport, [], { signal: never });
    if (!opened.ok) throw new Error(opened.failure.sentence);
    for await (const event of opened.value.events) {
      seen.push(event);
      if (event.kind === 'tick') process.kill(transport.pids[0] ?? 0, 'SIGKILL');
    }
    expect(seen.at(-1)).toMatchObject({ kind: 'end', failure: { kind: 'ended' } });
  });

  it('bounds a line, and slows its commands when it is not read', async () => {
    const most = 100_000 + (process.pid % 10_000); // in the arguments of our seq alone
    await using follower = await start(
      '/bin/sh',
      [{ name: 'big', command: `head -c 200000 /dev/zero | tr '\\0' b; echo; exec seq 1 ${most}` }],
      { maxLineBytes: 50_000 },
    );
    const written = (): number | null => {
      const seq = processesWith(`seq 1 ${most}`).find(({ command }) => command.startsWith('seq'));
      if (seq === undefined) return null;
      return Number(/^wchar: (\d+)$/m.exec(readFileSync(`/proc/${seq.pid}/io`, 'latin1'))?.[1]);
    };
    // It writes until every pipe and buffer on the way is full, and then lives on without writing.
    let last: number | null = null;
    await expect
      .poll(
        () => {
          const before = last;
          last = written();
          return last !== null && last > 0 && last === before;
        },
        { interval: 500, timeout: 10_000 },
      )
      .toBe(true);
    // Twice 200,000 by head and tr, which the shell waited for, and of seq's six bytes a line what a pipe holds.
    expect(last).toBeLessThan(400_000 + most);
    const events = await collect(follower, (so) => so.at(-1)?.kind === 'exit');
    expect(events.find(({ kind }) => kind === 'line')).toMatchObject({
      truncated: true,
      line: 'b'.repeat(50_000),
    });
    expect(linesOf(events, 'big').length).toBe(most + 1);
  });
});
