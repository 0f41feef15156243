// The shortcut of a build on top of the last one must never show.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildTopology, emptyTopology } from './build.ts';
import type { LinkDeletion, NodeReading, TopologyInput } from './input.ts';
import { runs } from '../testing/runs.ts';
import { demo, fact, inventoryOf, kubeNode } from './testing/scenario.ts';
import { bgp, inputOf, route, type SyntheticNode } from './testing/synthetic-node.ts';

const LABELS = ['a', 'b', 'c'];

type Step =
  | { readonly kind: 'read'; readonly node: number; readonly pods: number; readonly look: number }
  | {
      readonly kind: 'inventory';
      readonly nodes: number;
      readonly pods: readonly { readonly on: number; readonly phase: string }[];
    }
  | { readonly kind: 'delete'; readonly node: number; readonly ifindex: number }
  | { readonly kind: 'end' | 'forget'; readonly node: number }
  | { readonly kind: 'again' };

const place = fc.nat({ max: LABELS.length - 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('read' as const),
    node: place,
    pods: fc.nat({ max: 3 }),
    look: fc.nat({ max: 5 }),
  }),
  fc.record({
    kind: fc.constant('inventory' as const),
    nodes: fc.nat({ max: LABELS.length }),
    pods: fc.array(fc.record({ on: fc.nat({ max: 3 }), phase: fc.constantFrom('Running', 'Failed') }), {
      maxLength: 4,
    }),
  }),
  fc.record({ kind: fc.constant('delete' as const), node: place, ifindex: fc.integer({ min: 2, max: 7 }) }),
  fc.record({ kind: fc.constantFrom('end' as const, 'forget' as const), node: place }),
  fc.constant({ kind: 'again' as const }),
);

/** `look`: as it was, blind, rebooted, BIRD dead, BIRD silent, a peer of all. */
function readingOf(node: number, pods: number, look: number, at: number): NodeReading | undefined {
  const label = LABELS[node] ?? '';
  const peers = LABELS.flatMap((_, n) =>
    n === node ? [] : [bgp(`Mesh_${n}`, { neighbourAddress: `10.0.0.${n + 1}` })],
  );
  const described: SyntheticNode = {
    label,
    at,
    // Two nodes may have one address.
    address: `10.0.0.${look === 0 ? 1 : node + 1}`,
    bootId: `boot-${node}-${look === 2 ? at : 0}`,
    pods: Array.from({ length: pods }, (_, n) => ({
      ...demo,
      inode: 100 + n,
      nsid: n + 1,
      pid: 50 + n,
      startTicks: 7 + n,
      ip: `192.168.${node}.${n + 2}`,
      hostIfindex: 4 + n,
      hostName: `cali${node}${n}`,
    })),
    routes: [route(`172.16.${at % 3}.0/24`, { dev: 'ens192', proto: 'bird' })],
    bird:
      look === 3
        ? { state: 'dead', sockets: [] }
        : look === 4
          ? { state: 'unknown', sentence: 'BIRD does not answer.' }
          : { state: 'running', protocols: peers },
    blind: look === 1,
  };
  return inputOf([described]).readings[label];
}

describe('a build on top of the last one', () => {
  it('is what it would be without remembering', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 2, maxLength: 12 }), (steps) => {
        let topology = emptyTopology('test');
        const readings: Record<string, NodeReading> = {};
        let input: TopologyInput = { ...inputOf([]), readings };
        steps.forEach((one, at) => {
          let deletions: LinkDeletion[] = [];
          let endedLabels: string[] = [];
          const label = 'node' in one ? (LABELS[one.node] ?? '') : '';
          if (one.kind === 'read') {
            const reading = readingOf(one.node, one.pods, one.look, 1000 + at);
            if (reading !== undefined) readings[label] = reading;
          } else if (one.kind === 'inventory') {
            const pods = one.pods.map(({ on, phase }, n) =>
              fact({
                uid: `u${n}-${on}`,
                name: `pod-${n}`,
                nodeName: LABELS[on] ?? null,
                ips: [`192.168.${on}.${n + 2}`],
                phase,
              }),
            );
            const known = inventoryOf(...pods);
            const nodes = LABELS.slice(0, one.nodes).map((name, n) => kubeNode(name, `10.0.0.${n + 1}`));
            input = {
              ...input,
              inventory: { ...known, nodes: Object.fromEntries(nodes.map((node) => [node.name, node])) },
            };
          } else if (one.kind === 'delete') {
            deletions = [
              { nodeLabel: label, nsid: null, ifindex: one.ifindex, at: { s: 999 + at, ns: 500_000_000 } },
            ];
          } else if (one.kind === 'end') endedLabels = [label];
          else if (one.kind === 'forget') Reflect.deleteProperty(readings, label);
          input = { ...input, readings: { ...readings }, deletions, endedLabels };
          if (one.kind === 'end') Reflect.deleteProperty(readings, label);
          const plain = buildTopology(structuredClone(topology), structuredClone(input));
          const before = topology;
          topology = buildTopology(topology, input);
          expect(topology).toEqual(plain);
          expect(Object.keys(topology.pods)).toEqual(Object.keys(plain.pods));
          if (one.kind === 'again' && at > 0) expect(buildTopology(topology, input)).toBe(topology);
          expect(topology.revision - before.revision).toBeLessThanOrEqual(1);
        });
      }),
      { numRuns: runs(300) },
    );
  });

  it('costs a fraction of a whole one when one node was read again', () => {
    const nodes = Array.from({ length: 40 }, (_, n) => n);
    const readings = (at: number, of: readonly number[]): Record<string, NodeReading> =>
      inputOf(
        of.map((n) => ({
          label: `n${n}`,
          at,
          bootId: `boot-${n}`,
          address: `10.0.0.${n + 1}`,
          pods: Array.from({ length: 40 }, (_unused, p) => ({
            ...demo,
            inode: 100 + p,
            nsid: p + 1,
            pid: 50 + p,
            startTicks: 7 + p,
            ip: `192.168.${n}.${p + 2}`,
            hostIfindex: 4 + p,
            hostName: `cali${n}x${p}`,
          })),
          bird: {
            state: 'running',
            protocols: nodes.flatMap((m) =>
              m === n ? [] : [bgp(`M${m}`, { neighbourAddress: `10.0.0.${m + 1}` })],
            ),
          },
        })),
      ).readings;
    const all = readings(1000, nodes);
    const first = buildTopology(emptyTopology('test'), { ...inputOf([]), readings: all });
    const timeOf = (previous: typeof first, at: number): number => {
      const input = { ...inputOf([]), readings: { ...all, ...readings(at, [7]) } };
      const began = performance.now();
      expect(buildTopology(previous, input).revision).toBe(first.revision);
      return performance.now() - began;
    };
    const ratios = Array.from(
      { length: 5 },
      (_, round) => timeOf(first, 2000 + round) / timeOf(structuredClone(first), 3000 + round),
    );
    const ratio = ratios.toSorted((a, b) => a - b)[1] ?? Number.NaN;
    console.log(`one node of 40 read again: ${ratio.toFixed(2)} of a whole build`);
    expect(ratio).toBeLessThan(0.33);
  });
});
