import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../testing/runs.ts';
import { stepSentence } from './clock-words.ts';
import { NodeClocks } from './node-clocks.ts';
import { falselyTold, observe } from './testing/observed.ts';
import { packetsOf, randomOf, SyntheticClock, type Link } from './testing/synthetic-clocks.ts';

const MS = 1e6;
const S = 1e9;

const quick = { least: [0.1 * MS, 0.3 * MS], jitter: 2 * MS, rate: 30 } as const;
const link = (a: number, b: number, rest: Partial<Link> = {}): Link => ({ ...quick, nodes: [a, b], ...rest });

/** Of that link, a clock set once. */
function watched(
  links: readonly Link[],
  { node, at, by }: { readonly node: number; readonly at: number; readonly by: number },
  seed = 1,
): {
  readonly clocks: SyntheticClock[];
  readonly packets: ReturnType<typeof packetsOf>;
  readonly nodeClocks: NodeClocks;
} {
  const clocks = [0, 1, 2, 3].map(
    (index) =>
      new SyntheticClock({
        ...{ ahead: index * 70 * MS, drift: 30 * index - 40 },
        steps: index === node ? [{ at, by }] : [],
      }),
  );
  const packets = packetsOf(links, 10 * S, randomOf(seed));
  const nodeClocks = new NodeClocks();
  observe(nodeClocks, clocks, packets);
  nodeClocks.refresh();
  return { clocks, packets, nodeClocks };
}

describe('clock steps', () => {
  it('are noticed, of any size and at any moment, and nothing false is said before, meanwhile or since', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1 * S, max: 8 * S, noNaN: true }),
        fc.double({ min: 50 * MS, max: 2 * S, noNaN: true }),
        fc.boolean(),
        fc.nat({ max: 1 }),
        fc.double({ min: 1, max: 10, noNaN: true }),
        fc.integer(),
        (at, size, isBack, node, asymmetry, seed) => {
          const by = isBack ? -size : size;
          const links = [link(0, 1, { least: [1 * MS, asymmetry * MS], jitter: 10 * MS })];
          const { clocks, packets, nodeClocks } = watched(links, { node, at, by }, seed);
          expect(falselyTold(nodeClocks, clocks, packets)).toEqual([]);
          expect(nodeClocks.steps).toHaveLength(1);
          const [step] = nodeClocks.steps;
          if (step === undefined) return;
          const apart = node === 1 ? by : -by;
          expect(step).toMatchObject({ node: null, nodes: [0, 1] });
          expect(step.by.atLeast).toBeLessThanOrEqual(apart);
          expect(step.by.atMost).toBeGreaterThanOrEqual(apart);
          expect(step.by.atMost - step.by.atLeast).toBeLessThan(50 * MS);
          const clock = clocks[step.clock];
          expect(step.from).toBeLessThanOrEqual(clock?.shows(at) ?? NaN);
          expect(step.to).toBeGreaterThanOrEqual(clock?.shows(at) ?? NaN);
          expect(step.to - step.from).toBeLessThan(1 * S + size);
          // Behind it the estimate begins anew.
          const later = packets.filter(({ sentAt }) => sentAt > at + 1 * S + size);
          const known = later.filter(({ sentOn, sentAt, receivedOn, receivedAt }) => {
            const [sent, received] = [clocks[sentOn]?.stamp(sentAt), clocks[receivedOn]?.stamp(receivedAt)];
            return nodeClocks.latency(sentOn, sent ?? NaN, receivedOn, received ?? NaN) !== null;
          });
          expect(known).toEqual(later);
        },
      ),
      { numRuns: runs(200) },
    );
  });

  it.each([
    [0, 200 * MS],
    [1, -200 * MS],
    [2, 1.5 * S],
  ])('are known to be of node %d where others show it', (node, by) => {
    for (const links of [
      [link(0, 1), link(1, 2), link(0, 2)],
      // The two others exchange nothing: but both see the same.
      [link(node, (node + 1) % 3), link(node, (node + 2) % 3)],
    ]) {
      const { nodeClocks, clocks } = watched(links, { node, at: 5 * S, by });
      expect(nodeClocks.steps).toHaveLength(1);
      const [step] = nodeClocks.steps;
      expect(step?.node).toBe(node);
      if (step !== undefined)
        expect(stepSentence(step, (one) => `n${one}`)).toMatch(
          new RegExp(`^The clock of n${node} was set ${by > 0 ? 'forward' : 'back'} by \\d+ ms \\(± `),
        );
      expect(step?.clock === node).toBe(by > 0);
      expect(step?.by.atLeast).toBeLessThanOrEqual(by);
      expect(step?.by.atMost).toBeGreaterThanOrEqual(by);
      const shown = clocks[step?.clock ?? 0]?.shows(5 * S) ?? NaN;
      expect(step?.from).toBeLessThanOrEqual(shown);
      expect(step?.to).toBeGreaterThanOrEqual(shown);
    }
  });

  it('of the one that only one other sees are of either', () => {
    // Node 2 hardly sends: what its clock did meanwhile is not known.
    const links = [link(0, 1), link(1, 2, { rate: 0.05 })];
    const { nodeClocks } = watched(links, { node: 0, at: 5 * S, by: 5 * MS });
    expect(nodeClocks.steps).toMatchObject([{ node: null, nodes: [0, 1] }]);
    expect(nodeClocks.steps.map((step) => stepSentence(step, (node) => `n${node}`))).toEqual([
      expect.stringMatching(
        /^The clock of n0 or that of n1 was set: n1 is \d\.\d ms \(± 0\.\d{3} ms\) further behind since\.$/,
      ),
    ]);
  });

  it.each([
    [0, 0.4 * S],
    [0, -0.4 * S],
    [1, 0.4 * S],
    [1, -2 * S],
  ])('are known to be of node %d where its own uptime, or the other one’s, shows it', (node, by) => {
    for (const [told, withPackets] of [
      [[0], true],
      [[1], true],
      [[0, 1], true],
      [[node], false],
    ] as const) {
      const links = withPackets ? [link(0, 1)] : [];
      const { nodeClocks, clocks } = watched(links, { node, at: 5 * S, by });
      for (const of of told)
        for (let at = 0.3 * S; at < 10 * S; at += 1.003 * S) {
          // Booted a minute ago; date(1) takes some ms to start, or hardly any.
          const uptime = (then: number): number => Math.floor((then + 60 * S) / (10 * MS)) * 10 * MS;
          const took = at < 7 * S ? 0 : 3 * MS;
          const time = clocks[of]?.stamp(at) ?? NaN;
          nodeClocks.observeUptime(of, time, uptime(at - took), uptime(at + took));
        }
      nodeClocks.refresh();
      expect(nodeClocks.steps).toHaveLength(1);
      const [step] = nodeClocks.steps;
      expect(step?.node).toBe(node);
      expect(step?.by.atLeast).toBeLessThanOrEqual(by);
      expect(step?.by.atMost).toBeGreaterThanOrEqual(by);
      const shown = clocks[step?.clock ?? 0]?.shows(5 * S) ?? NaN;
      expect(step?.from).toBeLessThanOrEqual(shown);
      expect(step?.to).toBeGreaterThanOrEqual(shown);
    }
  });

  it('are none of a node whose uptime and time are told at once, or whose date(1) knows whole seconds only', () => {
    const nodeClocks = new NodeClocks();
    for (let at = 1.0001 * S; at < 30 * S; at += 1.003 * S) {
      const uptime = Math.floor(at / (10 * MS)) * 10 * MS;
      nodeClocks.observeUptime(0, at, uptime, uptime);
      nodeClocks.observeUptime(1, Math.floor(at / S) * S, uptime, uptime + 10 * MS);
    }
    nodeClocks.refresh();
    expect(nodeClocks.steps).toEqual([]);
  });

  it('are two where a clock is set there and back', () => {
    const steps = [300 * MS, -300 * MS].map((by, index) => ({ at: (3 + 4 * index) * S, by }));
    const clocks = [{ steps: [] }, { steps }].map(
      (one) => new SyntheticClock({ ahead: 0, drift: 0, ...one }),
    );
    const nodeClocks = new NodeClocks();
    observe(nodeClocks, clocks, packetsOf([link(0, 1)], 10 * S, randomOf(8)));
    nodeClocks.refresh();
    expect(nodeClocks.steps.map(({ by }) => Math.sign(by.atMost + by.atLeast))).toEqual([1, -1]);
  });

  it('are none where a clock is only turned faster for a while', () => {
    const clocks = [new SyntheticClock({ ahead: 0, drift: 0 }), new SyntheticClock({ ahead: 0, drift: 499 })];
    const nodeClocks = new NodeClocks();
    observe(nodeClocks, clocks, packetsOf([link(0, 1)], 20 * S, randomOf(2)));
    nodeClocks.refresh();
    expect(nodeClocks.steps).toEqual([]);
  });

  it('there and back within a moment leave that moment unknown', () => {
    const clocks = [
      new SyntheticClock({ ahead: 0, drift: 0 }),
      new SyntheticClock({
        ...{ ahead: 0, drift: 0 },
        steps: [
          { at: 9 * S, by: 100 * MS },
          { at: 9.2 * S, by: -100 * MS },
        ],
      }),
    ];
    const packets = packetsOf([link(0, 1)], 20 * S, randomOf(3));
    const nodeClocks = new NodeClocks();
    observe(nodeClocks, clocks, packets);
    nodeClocks.refresh();
    expect(falselyTold(nodeClocks, clocks, packets)).toEqual([]);
    expect(nodeClocks.ahead(0, 9.1 * S, 1)).toBeNull();
    expect(nodeClocks.ahead(0, 8 * S, 1)).not.toBeNull();
    expect(nodeClocks.ahead(0, 11 * S, 1)).not.toBeNull();
    expect(nodeClocks.steps).toEqual([]);
  });
});
