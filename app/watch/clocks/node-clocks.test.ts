import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../testing/runs.ts';
import { contradictionSentence } from './clock-words.ts';
import { NodeClocks } from './node-clocks.ts';
import { falselyTold, observe, stamps } from './testing/observed.ts';
import {
  delivered,
  packetsOf,
  randomOf,
  SyntheticClock,
  type Link,
  type SyntheticPacket,
} from './testing/synthetic-clocks.ts';

const US = 1e3;
const MS = 1e6;
const S = 1e9;

const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });
/** ± 500 ms, ± 100 ppm. */
const settings = fc.record({
  ahead: fc.double({ min: -500 * MS, max: 500 * MS, noNaN: true }),
  drift: fc.double({ min: -100, max: 100, noNaN: true }),
});
/** As quick as a veth pair, or as slow as another town; one direction up to ten times as slow as the other. */
const delays = fc
  .record({
    least: fc.double({ min: Math.log(20 * US), max: Math.log(2 * MS), noNaN: true }).map(Math.exp),
    asymmetry: fc.double({ min: 1, max: 10, noNaN: true }),
    isSlowBack: fc.boolean(),
    jitter: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 10 * MS, noNaN: true })),
  })
  .map(({ least, asymmetry, isSlowBack, jitter }) => {
    const slow = least * asymmetry;
    return { least: isSlowBack ? ([least, slow] as const) : ([slow, least] as const), jitter };
  });
/** Nodes that each exchange packets with the next one, three of them also with each other. */
const networks = fc.array(fc.record({ setting: settings, delay: delays }), { minLength: 2, maxLength: 4 });

function linksOf(
  network: readonly { readonly delay: Pick<Link, 'least' | 'jitter'> }[],
  rate: number,
): Link[] {
  const links = network
    .slice(1)
    .map(({ delay }, index) => ({ ...delay, nodes: [index, index + 1] as const, rate }));
  const [first] = network;
  return network.length === 3 && first !== undefined
    ? [...links, { ...first.delay, nodes: [0, 2] as const, rate: rate / 4 }]
    : links;
}

function told(clocks: readonly SyntheticClock[], packets: readonly SyntheticPacket[]): NodeClocks {
  const nodeClocks = new NodeClocks();
  observe(nodeClocks, clocks, packets);
  nodeClocks.refresh();
  return nodeClocks;
}

describe('NodeClocks', () => {
  it('says nothing that is not so, however skewed clocks are, how unlike both directions, and whoever is set', () => {
    const step = fc.record({
      at: fc.double({ min: 1 * S, max: 5 * S, noNaN: true }),
      by: fc.double({ min: 50 * MS, max: 2 * S, noNaN: true }),
      isBack: fc.boolean(),
      node: fc.nat({ max: 3 }),
    });
    fc.assert(
      fc.property(networks, fc.option(step), seeds, (network, set, seed) => {
        const random = randomOf(seed);
        const clocks = network.map(({ setting }, node) => {
          const steps = set?.node === node ? [{ at: set.at, by: set.isBack ? -set.by : set.by }] : [];
          return new SyntheticClock({ ...setting, steps });
        });
        const packets = packetsOf(linksOf(network, 12), 6 * S, random);
        const nodeClocks = told(clocks, packets);
        expect(falselyTold(nodeClocks, clocks, packets)).toEqual([]);
        // Nor of nodes that exchange no packets.
        const last = network.length - 1;
        for (let at = 0; at < 6 * S; at += 0.1 * S) {
          const [here, there] = [clocks[0]?.shows(at) ?? NaN, clocks[last]?.shows(at) ?? NaN];
          const { atLeast, atMost } = nodeClocks.bounds(0, here, last);
          expect(there - here).toBeGreaterThanOrEqual(atLeast);
          expect(there - here).toBeLessThanOrEqual(atMost);
          if (set === null) expect(nodeClocks.ahead(0, here, last)).not.toBeNull();
        }
        expect(nodeClocks.steps.length > 0).toBe(set !== null && set.node <= last);
        for (const { node } of nodeClocks.steps) expect([null, set?.node]).toContain(node);
      }),
      { numRuns: runs(200) },
    );
  });

  it('keeps up with clocks that drift apart for ten minutes', () => {
    fc.assert(
      fc.property(settings, settings, delays, seeds, (a, b, delay, seed) => {
        const clocks = [new SyntheticClock(a), new SyntheticClock(b)];
        const packets = packetsOf([{ ...delay, nodes: [0, 1], rate: 4 }], 600 * S, randomOf(seed));
        const nodeClocks = new NodeClocks();
        for (let from = 0; from < packets.length; from += 500) {
          const some = packets.slice(from, from + 500);
          observe(nodeClocks, clocks, some);
          nodeClocks.refresh();
          expect(falselyTold(nodeClocks, clocks, some)).toEqual([]);
        }
        // Of all that is remembered, too.
        expect(falselyTold(nodeClocks, clocks, packets)).toEqual([]);
        expect(nodeClocks.steps).toEqual([]);
      }),
      { numRuns: runs(5) },
    );
  });

  it('is as exact as half of the round trip', () => {
    const clocks = [
      new SyntheticClock({ ahead: 0, drift: 0 }),
      new SyntheticClock({ ahead: 300 * MS, drift: 50 }),
    ];
    const least = [100 * US, 40 * US] as const;
    const packets = packetsOf([{ nodes: [0, 1], least, jitter: 0, rate: 100 }], 5 * S, randomOf(1));
    const nodeClocks = told(clocks, packets);
    const ahead = nodeClocks.ahead(0, 2.5 * S, 1);
    // What captures cut off, and what clocks may drift between two packets.
    expect(ahead?.plusMinusNs).toBeGreaterThanOrEqual(70 * US);
    expect(ahead?.plusMinusNs).toBeLessThan(85 * US);
    const [packet] = packets.filter(({ sentAt }) => sentAt > 2 * S);
    const [sent, received] = packet === undefined ? [NaN, NaN] : stamps(clocks, packet);
    const latency = nodeClocks.latency(packet?.sentOn ?? 0, sent, packet?.receivedOn ?? 0, received);
    expect(latency?.by).toBe('half-rtt');
    expect(latency?.ns).toBeGreaterThan(60 * US);
    expect(latency?.ns).toBeLessThan(85 * US);
  });

  it('depends on what was seen, not on when it came', () => {
    fc.assert(
      fc.property(networks, seeds, fc.nat({ max: 50 }), (network, seed, step) => {
        const random = randomOf(seed);
        const clocks = network.map(
          ({ setting }, index) =>
            new SyntheticClock({ ...setting, steps: index === 1 ? [{ at: 4 * S, by: step * 40 * MS }] : [] }),
        );
        const packets = packetsOf(linksOf(network, 10), 8 * S, random);
        const inOrder = told(clocks, packets);
        const inParts = new NodeClocks();
        for (const packet of delivered(packets, random, packets.length)) {
          observe(inParts, clocks, [packet]);
          if (random() < 0.02) inParts.refresh();
        }
        inParts.refresh();
        expect(inParts.steps).toEqual(inOrder.steps);
        for (let at = -1 * S; at < 10 * S; at += 0.3 * S)
          for (const [from] of network.entries())
            for (const [to] of network.entries())
              expect(inParts.bounds(from, at, to)).toEqual(inOrder.bounds(from, at, to));
      }),
      { numRuns: runs(50) },
    );
  });

  it('bounds one side where one direction was seen, and knows no latency', () => {
    const nodeClocks = new NodeClocks();
    nodeClocks.observe(0, 1 * S, 1, 1.3 * S);
    nodeClocks.refresh();
    expect(nodeClocks.ahead(0, 1 * S, 1)).toBeNull();
    expect(nodeClocks.bounds(0, 1 * S, 1).atLeast).toBe(-Infinity);
    expect(nodeClocks.bounds(0, 1 * S, 1).atMost).toBeCloseTo(0.3 * S + 1 * US, -1);
    expect(nodeClocks.bounds(1, 1.3 * S, 0).atLeast).toBeCloseTo(-0.3 * S - 1 * US, -1);
    expect(nodeClocks.latency(0, 1 * S, 1, 1.3 * S)).toBeNull();
    expect(nodeClocks.bounds(0, 1 * S, 7)).toEqual({ atLeast: -Infinity, atMost: Infinity });
  });

  it('takes one clock for what one node saw, unless it was set back meanwhile', () => {
    const nodeClocks = new NodeClocks();
    expect(nodeClocks.latency(3, 5_000, 3, 12_000)).toEqual({
      ns: 7_000,
      plusMinusNs: 1_000,
      by: 'same-node',
    });
    expect(nodeClocks.latency(3, 5_000, 3, 3_000)).toBeNull();
  });

  it('believes the nodes where they say that their clocks are more exact, and packets do not contradict', () => {
    const clocks = [
      new SyntheticClock({ ahead: 40 * US, drift: 0 }),
      new SyntheticClock({ ahead: 0, drift: 0 }),
    ];
    const packets = packetsOf(
      [{ nodes: [0, 1], least: [9 * MS, 1 * MS], jitter: 0, rate: 20 }],
      5 * S,
      randomOf(4),
    );
    const nodeClocks = told(clocks, packets);
    const packet = { sentOn: 0, receivedOn: 1, sentAt: 2 * S, receivedAt: 2 * S + 9 * MS };
    const [sent, received] = stamps(clocks, packet);
    expect(nodeClocks.latency(0, sent, 1, received)?.by).toBe('half-rtt');
    const reading = { at: 2 * S, plusMinusNs: 100 * US, drift: 1e-6 };
    nodeClocks.setSync(0, reading);
    expect(nodeClocks.latency(0, sent, 1, received)?.by).toBe('half-rtt');
    nodeClocks.setSync(1, reading);
    const latency = nodeClocks.latency(0, sent, 1, received);
    expect(latency?.by).toBe('sync');
    expect(latency?.plusMinusNs).toBeLessThan(210 * US);
    expect(falselyTold(nodeClocks, clocks, [packet])).toEqual([]);
    // Half a second off, and sure of being right.
    const wrong = [
      new SyntheticClock({ ahead: 500 * MS, drift: 0 }),
      clocks[1] ?? new SyntheticClock({ ahead: 0, drift: 0 }),
    ];
    const contradicted = told(wrong, packets);
    contradicted.setSync(0, reading);
    contradicted.setSync(1, reading);
    expect(contradicted.latency(0, stamps(wrong, packet)[0], 1, stamps(wrong, packet)[1])?.by).toBe(
      'half-rtt',
    );
  });

  it('believes what a node said of its clock until that is set, and of the time before it', () => {
    const nodeClocks = new NodeClocks();
    // Two seconds forward in the tenth second, which its own uptime shows; packets go one way only.
    const clock = (at: number): number => at + (at > 10 * S ? 2 * S : 0);
    for (let at = 1 * S; at < 20 * S; at += S) {
      const uptime = Math.floor(at / (10 * MS)) * 10 * MS;
      nodeClocks.observeUptime(1, clock(at) + 1, uptime, uptime + 10 * MS);
      nodeClocks.observe(0, at, 1, clock(at) + 1 * MS);
    }
    nodeClocks.refresh();
    for (const node of [0, 1]) nodeClocks.setSync(node, { at: 5 * S, plusMinusNs: 1 * MS, drift: 1e-6 });
    const latency = (at: number) => nodeClocks.latency(0, at, 1, clock(at) + 1 * MS);
    expect(latency(8 * S)?.by).toBe('sync');
    expect(latency(15 * S)).toBeNull();
    nodeClocks.setSync(1, { at: clock(14 * S), plusMinusNs: 1 * MS, drift: 1e-6 });
    expect(latency(8 * S)).toBeNull();
  });

  it('forgets after a quarter of an hour, and then extrapolates over nothing that it forgot', () => {
    const nodeClocks = new NodeClocks();
    const round = (at: number): void => {
      const set = at > 60 * S ? 300 * MS : 0;
      nodeClocks.observe(0, at, 1, at + set + 1 * MS);
      nodeClocks.observe(1, at + set + 2 * MS, 0, at + 3 * MS);
      nodeClocks.refresh();
    };
    // All of the same place in the ring of fine cells.
    for (let at = 0; at < 1_000 * S; at += 40.96 * S) round(at);
    expect(Math.abs(nodeClocks.ahead(0, 20 * S, 1)?.ns ?? NaN)).toBeLessThan(1 * MS);
    expect(nodeClocks.steps).toHaveLength(1);
    for (let at = 1_024 * S; at < 1_100 * S; at += 40.96 * S) round(at);
    expect(nodeClocks.ahead(0, 20 * S, 1)).toBeNull();
    expect(nodeClocks.ahead(0, 500 * S, 1)?.ns).toBeGreaterThan(299 * MS);
    expect(nodeClocks.steps).toEqual([]);
  });

  it('tells where the nodes’ own synchronisation cannot be right, and only there', () => {
    const skewed = (ms: number): NodeClocks => {
      const clocks = [0, ms * MS].map((ahead) => new SyntheticClock({ ahead, drift: 0 }));
      const packets = packetsOf(
        [{ nodes: [0, 1], least: [MS, MS], jitter: 0, rate: 20 }],
        3 * S,
        randomOf(7),
      );
      const nodeClocks = told(clocks, packets);
      expect(nodeClocks.contradiction(0, 2 * S, 1)).toBeNull();
      for (const node of [0, 1]) nodeClocks.setSync(node, { at: 2 * S, plusMinusNs: 3 * MS, drift: 1e-6 });
      return nodeClocks;
    };
    expect(skewed(6).contradiction(0, 2 * S, 1)).toBeNull();
    expect(skewed(-6).contradiction(0, 2 * S, 1)).toBeNull();
    for (const ms of [12, -12]) {
      const found = skewed(ms).contradiction(0, 2 * S, 1);
      expect(Math.abs((found?.seen.ns ?? NaN) - ms * MS)).toBeLessThanOrEqual(found?.seen.plusMinusNs ?? NaN);
      expect(found?.saidNs).toBeCloseTo(6 * MS, -3);
    }
    const found = skewed(-12).contradiction(0, 2 * S, 1);
    if (found !== null)
      expect(contradictionSentence(found, 'a', 'b')).toMatch(
        /^Packets show the clock of b 1[12]\.\d ms behind that of a \(± 1\.0 ms\), while .* at most 6\.0 ms apart\.$/,
      );
  });

  it('goes on with a clock that was set back by an hour', () => {
    const round = (nodeClocks: NodeClocks, at: number, back: number): void => {
      nodeClocks.observe(0, at - back, 1, at + 0.1 * MS);
      nodeClocks.observe(1, at + 0.1 * MS, 0, at - back + 0.2 * MS);
      nodeClocks.refresh();
    };
    const nodeClocks = new NodeClocks();
    for (let at = 0; at < 100 * S; at += 0.5 * S) round(nodeClocks, 4_000 * S + at, 0);
    expect(nodeClocks.ahead(0, 4_090 * S, 1)?.plusMinusNs).toBeLessThan(0.2 * MS);
    for (let at = 100 * S; at < 110 * S; at += 0.5 * S) round(nodeClocks, 4_000 * S + at, 3_600 * S);
    expect(nodeClocks.ahead(0, 505 * S, 1)?.ns).toBeCloseTo(3_600 * S, -6);
    expect(nodeClocks.ahead(1, 4_105 * S, 0)?.ns).toBeCloseTo(-3_600 * S, -6);
    expect(nodeClocks.steps).toHaveLength(1);
  });

  it('survives any values', () => {
    const value = fc.oneof(
      fc.double(),
      fc.constantFrom(NaN, Infinity, -Infinity, 0, -0, 2 ** 53, -1.8e18, 2 ** 63, Number.MAX_VALUE),
      fc.double({ min: 0, max: 60 * S, noNaN: true }),
    );
    const node = fc.nat({ max: 3 });
    fc.assert(
      fc.property(fc.array(fc.tuple(node, value, node, value), { maxLength: 60 }), (all) => {
        const nodeClocks = new NodeClocks();
        for (const one of all) nodeClocks.observe(...one);
        nodeClocks.refresh();
        for (const [from, at, to, received] of all) {
          const bounds = nodeClocks.bounds(from, at, to);
          expect([bounds.atLeast, bounds.atMost]).not.toContain(NaN);
          const latency = nodeClocks.latency(from, at, to, received);
          if (latency !== null) expect(latency.plusMinusNs).toBeGreaterThanOrEqual(0);
        }
        for (const { from, to } of nodeClocks.steps) expect(from).toBeLessThanOrEqual(to);
      }),
      { numRuns: runs(200) },
    );
  });
});
