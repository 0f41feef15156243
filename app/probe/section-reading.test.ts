import { describe, expect, it } from 'vitest';
import { MOST_INSIDE } from './inside-script.ts';
import { MOST_SECTIONS, readSections } from './section-reading.ts';

const nonce = '0123456789abcdef';

/** One section as the script frames it. */
function stateOf(exitStatus: number, stderr: string): string | undefined {
  const text = `\n#${nonce} begin pods 1.50 head x\nsome\n#${nonce} end pods ${exitStatus} 2.50\n#${nonce} stderr pods\n${stderr}\n#${nonce} done 2.50\n`;
  const { sections } = readSections(new TextEncoder().encode(text), { nonce, nodeLabel: 'n', seenAt: 1 });
  return sections.get('pods')?.state;
}

const gone = "head: cannot open '4711/net/fib_trie' for reading: No such file or directory";

describe('what became of a section', () => {
  it.each([
    ['ok', 0, ''],
    ['missing-tool', 127, 'sh: 1: ip: not found'],
    ['timeout', 124, ''],
    ['not-permitted', 1, 'ls: cannot read symbolic link: Permission denied'],
    ['failed', 1, ''],
    ['failed', 1, 'Cannot open netlink socket: No such file or directory'],
    // A process that ends while it is read is an everyday thing on a node.
    ['ok', 1, gone],
    ['ok', 1, `${gone}\nhead: 12/net/dev: No such file or directory`],
    ['ok', 1, "head: error reading '4711/net/dev': Invalid argument"],
    ['not-permitted', 1, `${gone}\nhead: cannot open '1/net/dev' for reading: Permission denied`],
    ['failed', 1, `${gone}\nhead: out of memory`],
  ])('is %s for status %i and %j', (state, exitStatus, stderr) => {
    expect(stateOf(exitStatus, stderr)).toBe(state);
  });
});

describe('when a section was read', () => {
  const timesOf = (clock: string, ...uptimes: string[]) => {
    const begins = uptimes.map(
      (uptime, at) => `\n#${nonce} begin s${at} ${uptime} x\n\n#${nonce} end s${at} 0 0.00\n`,
    );
    const output = new TextEncoder().encode(`\n#${nonce} clock ${clock}\n${begins.join('')}`);
    const { sections } = readSections(output, { nonce, nodeLabel: 'n', seenAt: 1 });
    return [...sections.values()].map(({ head }) => head.at);
  };

  it('is the clock’s time and what the uptime adds, less the hundredth that may not have passed', () => {
    expect(timesOf('1700000000.995000000 50.00', '50.00', '50.01', '50.02', '51.31')).toEqual([
      { s: 1_700_000_000, ns: 995_000_000 },
      { s: 1_700_000_000, ns: 995_000_000 },
      { s: 1_700_000_001, ns: 5_000_000 },
      { s: 1_700_000_002, ns: 295_000_000 },
    ]);
  });

  it('is the clock’s own where there is no uptime, and unknown without a clock', () => {
    expect(timesOf('1700000000.%N ', '')).toEqual([{ s: 1_700_000_000, ns: 0 }]);
    expect(timesOf('', '50.00')).toEqual([null]);
  });
});

it('as many as fifty Pods make are read, and not endlessly many', () => {
  const framed = (count: number): number => {
    const one = (at: number): string => `\n#${nonce} begin s${at} 1.00 x\n\n#${nonce} end s${at} 0 1.00\n`;
    const text = Array.from({ length: count }, (_, at) => one(at)).join('');
    return readSections(new TextEncoder().encode(text), { nonce, nodeLabel: 'n', seenAt: 1 }).sections.size;
  };
  expect(framed(40 + MOST_INSIDE * 10)).toBe(40 + MOST_INSIDE * 10);
  expect(framed(MOST_SECTIONS + 500)).toBe(MOST_SECTIONS);
});
