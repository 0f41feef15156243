// From what nodes said while packets were sent to what became of them.
import { describe, expect, it } from 'vitest';
import { fail } from '../result.ts';
import type { ProbeOutcome } from './probe-model.ts';
import { planProbe, type PlannedProbe, type Traced } from './probe-plan.ts';
import { understandProbe, type Said, type SaidProbe } from './probe-understood.ts';
import { scopeCells, type ScopeCells } from './scope-cells.ts';
import { planScope, type PlannedScope } from './scope-plan.ts';
import { understandScope } from './scope-understood.ts';
import { countedOutput, outputOf, shotsOutput } from './testing/node-output.ts';
import { knownCluster } from './testing/real-cluster.ts';
import { tracePath } from './trace.ts';

const known = knownCluster(new URL('./fixtures/vxlan-bridge/', import.meta.url));

const echos = (count: number): string => `Icmp: InEchos\nIcmp: ${String(count)}\n`;
const dropping = (count: number): string[] => [
  ...[':INPUT ACCEPT [0:0]', ':FORWARD ACCEPT [0:0]', ':OUTPUT ACCEPT [0:0]'],
  `[${String(count)}:900] -A INPUT -p icmp -m comment --comment "no ping" -j DROP`,
];

describe('a probe', () => {
  const question = {
    ...({ from: 'node/node-A', to: 'node/node-B', proto: 'icmp', port: null, size: null } as const),
    ...{ sizes: false, rules: false, consent: null },
  };
  const traced = tracePath(known, question) as Traced;
  const made = planProbe(question, traced, known.topology, () => 3);
  const planned = made.ok ? made.value : ({} as PlannedProbe);
  const outcome = (said: Partial<SaidProbe>): ProbeOutcome => {
    const understood = understandProbe(known, {
      ...{ traced, planned, shots: shotsOutput([true]), around: [], rules: null, ms: 12 },
      ...said,
    });
    if (!understood.ok) throw new Error(understood.failure);
    return understood.value;
  };
  const around = (before: Said, after: Said) => ({ around: [{ node: 'node-B', before, after }] });

  it('that is answered has arrived, as the trace says', () => {
    expect(outcome({})).toMatchObject({ verdict: 'arrives', agrees: true, ms: 12, rules: null, rose: [] });
    expect(outcome({}).filter).toContain('icmp and host 10.0.0.2 and icmp[24:4] = 0x');
  });

  it('that is not answered: its destination’s own counter says whether it came', () => {
    const silent = { shots: shotsOutput([false]) };
    const came = outcome({ ...silent, ...around(countedOutput(echos(5)), countedOutput(echos(8))) });
    expect(came.arrived).toBe(3);
    const lost = outcome({ ...silent, ...around(countedOutput(echos(5)), countedOutput(echos(5))) });
    expect(lost.arrived).toBe(0);
    expect(lost.sentence).not.toBe(came.sentence);
  });

  it('names the rule that rose meanwhile, and nothing of a node that began anew', () => {
    const silent = { shots: shotsOutput([false]) };
    const before = countedOutput(echos(5), { filter: dropping(2) });
    const after = countedOutput(echos(5), { filter: dropping(5) });
    const { rose, sentence } = outcome({ ...silent, ...around(before, after) });
    expect(rose).toMatchObject([{ node: 'node-B', kind: 'rule', name: 'filter INPUT rule 1', rose: 3 }]);
    expect(sentence).toContain('filter INPUT rule 1 on node-B rose by 3');
    const anew = countedOutput(echos(0), { filter: dropping(5), boot: '1' });
    expect(outcome({ ...silent, ...around(before, anew) })).toMatchObject({ rose: [], arrived: null });
  });

  it('of which nothing was said was not sent; of rules that could not be traced that is said', () => {
    const none = understandProbe(known, {
      ...{ traced, planned, shots: fail('the connection broke.'), around: [], rules: null, ms: 0 },
    });
    expect(none).toMatchObject({ ok: false, failure: 'node-A: the connection broke.' });
    const empty = { traced, planned, shots: outputOf({}), around: [], rules: null, ms: 0 };
    expect(understandProbe(known, empty)).toMatchObject({ failure: 'node-A did not come to sending.' });
    const ends = { source: '10.0.0.1', destination: '10.0.0.2' };
    const flow = { ...ends, proto: 'icmp', port: null, told: { bytes: 97 } } as const;
    const rules = [{ node: 'node-B', flow, said: fail('nft is not there.'), late: false }];
    expect(outcome({ rules }).rules).toMatchObject([
      { node: 'node-B', sentence: 'node-B: nft is not there.', agrees: null, met: [] },
    ]);
  });
});

describe('a scope', () => {
  const found = scopeCells(known, { from: 'node/node-A', to: 'node/node-B', port: null });
  const scope = found.ok ? found.value : ({} as ScopeCells);
  const planned = planScope(scope, known.topology, () => 3);
  type Shot = PlannedScope['fired'][number]['shots'][number];
  const understood = (passes: (shot: Shot) => boolean, around: SaidProbe['around'] = []) =>
    understandScope(known, {
      ...{ scope, planned, around },
      shots: planned.fired.map(({ shots }) => shotsOutput(shots.map(passes), 2)),
    });
  const isLarge = ({ whole }: Shot): boolean => whole;

  it('is healthy where all is answered', () => {
    expect(understood(() => true)).toMatchObject({ by: 'probes', healthy: true, drops: [] });
    expect(understood(() => true).sentence).toContain('Nothing fails between node-A and node-B');
  });

  it('is what all that fails has in common', () => {
    const { sentence, healthy, cells } = understood((shot) => !isLarge(shot));
    expect(sentence).toContain('Only large packets fail');
    expect(healthy).toBe(false);
    for (const { size, probed } of cells) expect(probed).toBe(size === 'large' ? 'fails' : 'passes');
  });

  it('is one direction, where what was not answered came and what was sent back did not', () => {
    const toB = (count: number) => [
      {
        node: 'node-B',
        before: countedOutput(echos(0)),
        after: countedOutput(echos(count)),
      },
    ];
    const forth = planned.fired.find(({ node }) => node === 'node-A');
    const echoes = (forth?.shots ?? []).filter(
      ({ kind, destination }) => kind === 'echo' && destination === '10.0.0.2',
    );
    const sent = echoes.length * 2;
    const lost = (count: number) =>
      understood(() => false, toB(count)).cells.find(
        ({ from, to, proto, direction }) =>
          from === 'asked' && to === 'asked' && proto === 'icmp' && direction === 'forth',
      )?.probedWhy;
    expect(sent).toBeGreaterThan(0);
    expect(lost(sent)).toContain('It arrived: its answer was lost.');
    expect(lost(0)).toContain('It did not arrive.');
    // Somebody else's are among them.
    expect(lost(sent + 1)).not.toMatch(/arrive/);
  });

  it('of a node that said nothing says why, and claims nothing of it', () => {
    const shots = planned.fired.map(() => fail('it did not answer.'));
    const { cells, healthy, sentence } = understandScope(known, { scope, planned, shots, around: [] });
    expect(cells.every(({ probed }) => probed === null)).toBe(true);
    expect(cells[0]?.probedWhy).toContain('it did not answer.');
    expect([healthy, sentence]).toEqual([
      false,
      'Nothing is known of what passes between node-A and node-B.',
    ]);
  });
});
