import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import { discoveryScript } from './discovery-script.ts';
import { parseTracked } from './tracked.ts';
import { MOST_CLOSED, MOST_OPENING, MOST_TRANSLATIONS, trackedScript } from './tracked-script.ts';

/** As /proc/net/nf_conntrack has it. */
const line = (
  left: number,
  port: number,
  { endpoint = '192.168.1.9', flags = '[UNREPLIED] ', counted = '', protocol = 'udp      17' } = {},
): string =>
  `ipv4     2 ${protocol} ${String(left)} src=192.168.1.2 dst=10.96.0.10 sport=${String(port)} dport=53 ${counted}${flags}src=${endpoint} dst=192.168.1.2 sport=53 dport=${String(port)} ${counted === '' ? '' : 'packets=0 bytes=0 '}mark=0 zone=0 use=2`;

/** One that begins, as /proc/net/nf_conntrack has it. */
const SYN = (left: number, sport: number, { state = 'SYN_SENT', to = '192.168.2.3' } = {}): string =>
  `ipv4     2 tcp      6 ${String(left)} ${state} src=192.168.1.2 dst=${to} sport=${String(sport)} dport=80 ${state === 'SYN_SENT' ? '[UNREPLIED] ' : ''}src=${to} dst=192.168.1.2 sport=80 dport=${String(sport)} mark=0 zone=0 use=2`;

/** What the node's awk makes of its table, by the program that stands in the script. */
function awked(table: readonly string[], awk: readonly string[] = ['awk']): string {
  const folder = mkdtempSync(join(tmpdir(), 'tracked-'));
  try {
    const file = join(folder, 'table');
    writeFileSync(file, `${table.join('\n')}\n`);
    const [, program = ''] = /^chosen='([^']*)'/m.exec(trackedScript) ?? [];
    const [command = '', ...words] = awk;
    const times = ['plain=30', 'stream=120', 'sent=120', 'received=60', 'closed=120'].flatMap((one) => [
      '-v',
      one,
    ]);
    return execFileSync(command, [...words, ...times, program, file], { encoding: 'utf8' });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('connections of UDP that were translated, and of TCP that have no answer', () => {
  it.each([[['awk']], [['busybox', 'awk']]])(
    '%s tells the one of each endpoint that was used last',
    (awk) => {
      const told = awked(
        [
          line(3, 4001),
          line(100, 4002, { flags: '' }).replace(' mark=', ' [ASSURED] mark='),
          line(28, 4003, { counted: 'packets=12 bytes=348 ' }),
          line(29, 4004, { endpoint: '192.168.2.7' }),
          line(29, 4005, { endpoint: '10.96.0.10' }),
          line(29, 4006, { protocol: 'tcp      6' }),
        ],
        awk,
      );
      const read = parseTracked(`timeouts 30 120\n${told}`);
      expect(read).toMatchObject({ beyond: 0, unreadCount: 0 });
      const found = read.translated.map(({ entry, count, quietS, packets }) => [
        entry.reply.src,
        entry.original.sport,
        count,
        quietS,
        packets,
      ]);
      expect(found.toSorted()).toEqual([
        ['192.168.1.9', 4003, 3, 2, { sent: 12, answered: 0 }],
        ['192.168.2.7', 4004, 1, 1, null],
      ]);
    },
  );

  it.each([[['awk']], [['busybox', 'awk']]])(
    '%s tells of TCP what began lately and has not come about',
    (awk) => {
      const told = awked(
        [
          SYN(119, 5001),
          SYN(104, 5007),
          SYN(113, 5002),
          SYN(105, 5008),
          SYN(99, 5003),
          SYN(58, 5004, { state: 'SYN_RECV', to: '192.168.3.4' }),
          SYN(431999, 5005, { state: 'ESTABLISHED' }),
          SYN(109, 5010, { state: 'TIME_WAIT' }),
          SYN(117, 5006, { state: 'TIME_WAIT' }),
          SYN(118, 5011, { state: 'TIME_WAIT' }).replace(/ src=(?=192.168.2.3)/, ' packets=6 bytes=400$&'),
          SYN(119, 5012, { state: 'TIME_WAIT', to: '10.0.0.9' }).replaceAll('192.168.1.2', '10.0.0.8'),
          SYN(119, 5013, { state: 'CLOSE', to: '192.168.9.9' }),
          SYN(115, 5014, { state: 'TIME_WAIT', to: '192.168.9.9' }),
        ],
        awk,
      );
      const { opening, translated, unopened, closed, unreadCount } = parseTracked(
        `timeouts 30 120 120 60\n${told}`,
      );
      expect([translated, unopened, unreadCount]).toEqual([[], 0, 0]);
      const found = opening.map(({ entry: { original, state }, count, quietS }) => [
        state,
        original.sport,
        count,
        quietS,
      ]);
      expect(found.toSorted()).toEqual([
        ['SYN_RECV', 5004, 1, 2],
        // Of the others one may still be answered, two are of clients that have given up.
        ['SYN_SENT', 5002, 1, 7],
      ]);
      // The latest of each two, one of which tries.
      expect(closed).toEqual([
        { ends: ['192.168.2.3', '192.168.1.2'], quietS: 2 },
        { ends: ['192.168.9.9', '192.168.1.2'], quietS: 5 },
      ]);
    },
  );

  it('are told with the kernel’s own times, in full', () => {
    const nonce = 'abcdefghijklmnop';
    const file = '/proc/sys/net/netfilter/nf_conntrack_udp_timeout';
    const input = discoveryScript({ nonce, parts: ['tracked'] });
    for (const shell of ['dash', 'bash']) {
      const output = execFileSync(shell, ['-s'], { input, encoding: 'utf8' });
      const [, told] = /^timeouts (\d+) \d+ \d+ \d+$/m.exec(output) ?? [];
      expect(told).toBe(existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined);
    }
  });

  it('are no more than a few hundred, whatever a node has; how many more there are is said', () => {
    const many = Array.from({ length: MOST_TRANSLATIONS + 7 }, (_, at) =>
      line(20, 4000, { endpoint: `192.168.${String(at >> 7)}.${String(at & 127)}` }),
    );
    const scan = Array.from({ length: MOST_OPENING + 5 }, (_, at) =>
      SYN(119, 9, { to: `10.1.${String(at)}.1` }),
    );
    const ended = Array.from({ length: MOST_CLOSED + 9 }, (_, at) =>
      SYN(119, 9, { state: 'TIME_WAIT', to: `10.2.${String(at)}.1` }),
    );
    const read = parseTracked(awked([...many, ...scan, ...ended]));
    expect([read.translated.length, read.beyond]).toEqual([MOST_TRANSLATIONS, 7]);
    expect([read.opening.length, read.unopened]).toEqual([MOST_OPENING, 5]);
    expect([read.closed.length, read.unreadCount]).toEqual([MOST_CLOSED, 0]);
  });

  it('a timeout of its own, or none told: how long it has been quiet nobody knows', () => {
    const quiet = (head: string, left: number): unknown =>
      parseTracked(`${head}\n${line(left, 1)} entries=1`).translated[0]?.quietS;
    expect([quiet('timeouts 30 120', 12), quiet('timeouts 30 120', 500), quiet('', 12)]).toEqual([
      18,
      null,
      null,
    ]);
  });

  it('any text: no throw, and what is not understood is told with its line', () => {
    expect(parseTracked(`timeouts 30 120\nudp what`).unread).toEqual([{ where: 'line 2', text: 'udp what' }]);
    const words = fc.constantFrom(
      'timeouts 30 120',
      line(3, 1),
      `${line(3, 1)} entries=2`,
      `${SYN(3, 1)} entries=1`,
      'unopened 3',
      'closed 3 fd00::1 10.0.0.2',
      '',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(words, fc.string()), { maxLength: 8 }), (lines) => {
        const text = lines.join('\n');
        const { translated, opening, closed, unreadCount } = parseTracked(text);
        const others = text
          .split('\n')
          .filter((one) => !/^(timeouts|beyond|unopened) \d|^$/.test(one.trim()));
        expect(translated.length + opening.length + closed.length + unreadCount).toBe(others.length);
      }),
      { numRuns: runs(100) },
    );
  });
});
