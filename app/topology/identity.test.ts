// The identity rules over random histories, against a plain model: every thing has a token of its own, made at birth.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import { buildTopology, emptyTopology } from './build.ts';
import { applyPatch, diffTopology } from './diff.ts';
import type { Topology } from './model.ts';
import { inputOf, type SyntheticPod } from './testing/synthetic-node.ts';

type Step =
  | { readonly do: 'create' | 'delete' | 'recreate'; readonly slot: number }
  | { readonly do: 'reboot' | 'rest' }
  | { readonly do: 'rename'; readonly slot: number; readonly name: string };

const slot = fc.nat(3);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom('create' as const, 'delete' as const, 'recreate' as const), slot }),
  fc.record({ do: fc.constantFrom('reboot' as const, 'rest' as const, 'rest' as const) }),
  fc.record({ do: fc.constant('rename' as const), slot, name: fc.constantFrom('calia', 'calib', 'renamed') }),
);

/** A machine that reuses all it can: inodes, nsids, ifindexes, pids, names, addresses, MACs. */
class Machine {
  readonly pods = new Map<number, SyntheticPod & { readonly token: string }>();
  boot = 1;
  ticks = 0;
  #born = 0;

  apply(one: Step): void {
    this.ticks += 1;
    switch (one.do) {
      case 'create':
        if (!this.pods.has(one.slot)) this.#create(one.slot);
        return;
      case 'delete':
        this.pods.delete(one.slot);
        return;
      case 'recreate':
        if (this.pods.has(one.slot)) this.#create(one.slot);
        return;
      case 'rename': {
        const pod = this.pods.get(one.slot);
        const taken = [...this.pods.values()].some(({ hostName }) => hostName === one.name);
        if (pod && !taken) this.pods.set(one.slot, { ...pod, hostName: one.name });
        return;
      }
      case 'reboot': {
        this.boot += 1;
        const slots = [...this.pods.keys()];
        for (const each of slots) this.#create(each);
        return;
      }
      case 'rest':
    }
  }

  #create(at: number): void {
    this.pods.set(at, {
      token: `pod ${(this.#born += 1)}`,
      inode: 100 + at,
      nsid: 1 + at,
      pid: 50 + at,
      startTicks: this.ticks,
      ip: `192.168.1.${at}`,
      ifindex: 3,
      hostIfindex: 4 + at,
      hostName: `cali${at}`,
      mac: '02:00:00:00:00:aa',
    });
  }
}

function living<T extends { readonly until: unknown }>(table: Readonly<Record<string, T>>): T[] {
  return Object.values(table).filter(({ until }) => until === null);
}

function check(
  topology: Topology,
  machine: Machine,
  ids: Map<string, string>,
  owners: Map<string, string>,
): void {
  const node = living(topology.nodes);
  expect(node).toHaveLength(1);
  claim(`node ${machine.boot}`, node[0]?.id ?? '', ids, owners);
  // The node's own namespace and NIC, and for each Pod a namespace and both ends.
  expect(living(topology.netns)).toHaveLength(1 + machine.pods.size);
  expect(living(topology.interfaces)).toHaveLength(1 + 2 * machine.pods.size);
  expect(living(topology.pods)).toHaveLength(machine.pods.size);
  for (const { token, inode, hostIfindex } of machine.pods.values()) {
    const netns = living(topology.netns).find((one) => one.inode === inode);
    const inside = living(topology.interfaces).find((one) => one.netnsId === netns?.id);
    const host = living(topology.interfaces).find(
      (one) => one.ifindex === hostIfindex && one.netnsId === node[0]?.rootNetns,
    );
    claim(`netns of ${token}`, netns?.id ?? '', ids, owners);
    claim(`Pod of ${token}`, netns?.podId ?? '', ids, owners);
    claim(`inside of ${token}`, inside?.id ?? '', ids, owners);
    claim(`host end of ${token}`, host?.id ?? '', ids, owners);
    // Never mispaired, though every Pod's eth0 has the same ifindex.
    expect(host?.peer?.interfaceId).toBe(inside?.id);
    expect(inside?.peer?.interfaceId).toBe(host?.id);
    expect(host?.peer?.podId).toBe(netns?.podId);
  }
}

/** A thing keeps its id, and no two things ever have the same one. */
function claim(token: string, id: string, ids: Map<string, string>, owners: Map<string, string>): void {
  expect(id).not.toBe('');
  expect(ids.get(token) ?? id).toBe(id);
  expect(owners.get(id) ?? token).toBe(token);
  ids.set(token, id);
  owners.set(id, token);
}

describe('identity', () => {
  it('tells all things of any history apart, and knows each again', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const machine = new Machine();
        const ids = new Map<string, string>();
        const owners = new Map<string, string>();
        let topology = emptyTopology('test');
        steps.forEach((one, at) => {
          machine.apply(one);
          const input = inputOf([
            { label: 'a', bootId: `boot-${machine.boot}`, at: 1000 + at, pods: [...machine.pods.values()] },
          ]);
          const next = buildTopology(topology, input);
          check(next, machine, ids, owners);
          // All that ever lived is still there, ended or not.
          for (const id of owners.keys()) {
            expect(
              [next.nodes[id], next.netns[id], next.interfaces[id], next.pods[id]].some(
                (thing) => thing !== undefined,
              ),
            ).toBe(true);
          }
          expect(buildTopology(next, input)).toBe(next);
          const patch = diffTopology(topology, next);
          expect(applyPatch(topology, JSON.parse(JSON.stringify(patch)) as typeof patch)).toEqual(next);
          topology = next;
        });
        const whole = diffTopology(emptyTopology('test'), topology);
        expect(applyPatch(emptyTopology('test'), whole)).toEqual(topology);
      }),
      { numRuns: runs(80) },
    );
  });
});
