// What tc takes at interfaces, and where its queues are as somebody wants them.
import { describe, expect, it } from 'vitest';
import type { QdiscCounters } from '../../probe/counter-facts.ts';
import type { TcFilter } from '../../probe/tc-filters.ts';
import { fact } from '../../topology/testing/scenario.ts';
import { diagnose } from '../diagnose.ts';
import { bridgedCluster } from '../testing/bridged-cluster.ts';
import { counters, known, POD_A, pods, withList } from '../testing/case.ts';

const queue = (device: string, kind: string, more: Partial<QdiscCounters> = {}): QdiscCounters => ({
  ...{ device, kind, handle: '1:', dropped: 0, sent: 0, root: true },
  ...more,
});
const filter = (device: string, more: Partial<TcFilter>): TcFilter => ({
  ...{ device, direction: 'egress', kind: 'matchall', pref: 1, protocol: 'all' },
  ...{ matchesAll: true, does: 'drop', to: null, dropped: 0 },
  ...more,
});

describe('by the ways that packets take', () => {
  const found = (qdiscs: readonly QdiscCounters[], filters: readonly TcFilter[] = []): string[] =>
    diagnose(
      bridgedCluster({
        a: { facts: () => ({ counters: counters({}, { qdiscs, tc: { filters, cut: false } }) }) },
      }),
    ).findings.map(
      ({ id, severity, where }) => `${severity} ${id} ${where.node ?? ''}/${where.interface ?? ''}`,
    );
  const port = ['error tc-drops a/vetha1'];

  it('a queue that lets nothing pass, or nothing so large', () => {
    expect(found([queue('vetha1', 'blackhole')])).toEqual(port);
    expect(found([queue('vetha1', 'pfifo', { limit: 0 })])).toEqual(port);
    expect(found([queue('vetha1', 'tbf', { rate: 1000, burst: 40 })])).toEqual(port);
    expect(
      found([queue('vetha1', 'tbf', { rate: 1e6, burst: 10_000 }), queue('vetha2', 'fq_codel')]),
    ).toEqual([]);
  });

  it('a filter that drops everything, if nothing before it may let it pass', () => {
    expect(found([], [filter('vetha1', {})])).toEqual(port);
    expect(found([], [filter('vetha1', { direction: 'ingress', protocol: 'ip' })])).toEqual(port);
    expect(found([], [filter('vetha1', { protocol: 'ipv6' })])).toEqual([]);
    expect(found([], [filter('vetha1', { matchesAll: false, kind: 'flower' })])).toEqual([]);
    expect(
      found(
        [],
        [
          filter('vetha1', { kind: 'bpf', does: 'program', matchesAll: false }),
          filter('vetha1', { pref: 2 }),
        ],
      ),
    ).toEqual([]);
  });

  it('at the NIC it is behind what the node’s Pods lose', () => {
    expect(found([queue('ens192', 'blackhole')])).toEqual(['error tc-drops a/ens192']);
  });
});

describe('by what is counted', () => {
  const later = (
    after: { readonly qdiscs?: readonly QdiscCounters[]; readonly filters?: readonly TcFilter[] },
    annotated = false,
  ): string[] => {
    const { qdiscs = [], filters = [] } = after;
    const zero = <T extends { readonly dropped: number | null }>(list: readonly T[]) =>
      list.map((one) => ({ ...one, dropped: 0, ...('sent' in one ? { sent: 0 } : {}) }));
    const at = (seconds: number, now: Parameters<typeof counters>[1]) => ({
      at: seconds,
      facts: () => ({ counters: { ...counters({}, now), at: { s: seconds, ns: 0 } } }),
    });
    const before = { qdiscs: zero(qdiscs), tc: { filters: zero(filters), cut: false } };
    const [first, last] = [at(1000, before), at(1010, { qdiscs, tc: { filters, cut: false } })].map((a) =>
      pods({ a }),
    );
    const inventory = last?.inventory;
    const limited =
      inventory === undefined || !annotated
        ? inventory
        : withList(inventory, 'pods', [
            fact({ isLimited: true }),
            fact({ uid: 'u2', name: 'c2c-network-demo-w2', nodeName: 'b', ips: ['192.168.2.3'] }),
          ]);
    return diagnose(known([first?.nodes ?? [], last?.nodes ?? []], limited)).findings.map(
      ({ id, severity, where }) => `${severity} ${id} ${where.interface ?? ''}`,
    );
  };
  const shaped = (dropped: number, sent: number, kind = 'tbf') => ({
    qdiscs: [queue(POD_A, kind, { dropped, sent })],
  });

  it('a limit at a Pod’s cable, by the share that it loses', () => {
    expect(later(shaped(9, 1))).toEqual([`error tc-drops ${POD_A}`]);
    expect(later(shaped(20, 80))).toEqual([`warning tc-drops ${POD_A}`]);
    expect(later(shaped(5, 95))).toEqual([]);
    expect(later(shaped(2, 0))).toEqual([]);
    expect(later(shaped(900, 100, 'fq_codel'))).toEqual([]);
  });

  it('silent where the Pod’s annotations ask for it: a queue, or a filter that polices', () => {
    expect(later(shaped(9, 1), true)).toEqual([]);
    const polices = filter(POD_A, { matchesAll: false, dropped: 5, does: 'limit' });
    expect(later({ filters: [polices] })).toEqual([`warning tc-drops ${POD_A}`]);
    expect(later({ filters: [polices] }, true)).toEqual([]);
    // What drops is no limit.
    expect(later({ filters: [{ ...polices, does: 'drop' }] }, true)).toEqual([`warning tc-drops ${POD_A}`]);
  });

  it('silent of interfaces of which no packet of the cluster comes near', () => {
    expect(later({ qdiscs: [queue('vnet0', 'tbf', { dropped: 9, sent: 1 })] })).toEqual([]);
    expect(later({ filters: [filter('docker0', { matchesAll: false, dropped: 5 })] })).toEqual([]);
  });

  it('says whose filters were not listed, or not all', () => {
    const skipped = (extra: Parameters<typeof counters>[1]): string | undefined =>
      diagnose(known([pods({ a: { facts: () => ({ counters: counters({}, extra) }) } }).nodes])).skipped.find(
        ({ id }) => id === 'tc-drops',
      )?.why;
    const hooks = [queue('ens192', 'clsact', { root: false })];
    expect(skipped({ qdiscs: hooks, tc: { filters: [], cut: true } })).toContain(
      'Not all filters of tc on a were listed',
    );
    expect(skipped({ qdiscs: hooks, tc: null })).toContain('tc on a does not list filters as JSON');
    expect(skipped({ qdiscs: [queue('ens192', 'fq_codel')], tc: null })).not.toContain('tc on a');
    expect(skipped({ qdiscs: [] })).toContain('There is no tc on a');
  });

  it('a filter that drops some: not what keeps strangers out of a NIC, and not what a program does', () => {
    const some = { matchesAll: false, dropped: 5 };
    expect(later({ filters: [filter(POD_A, some)] })).toEqual([`warning tc-drops ${POD_A}`]);
    expect(later({ filters: [filter('ens192', some)] })).toEqual(['warning tc-drops ens192']);
    expect(later({ filters: [filter('ens192', { ...some, direction: 'ingress' })] })).toEqual([]);
    expect(later({ qdiscs: [queue('ens192', 'clsact', { root: false, dropped: 5000 })] })).toEqual([]);
  });

  it('a NIC’s own queue is nic-drops', () => {
    expect(later({ qdiscs: [queue('ens192', 'tbf', { dropped: 9, sent: 1 })] })).toEqual([
      'warning nic-drops ens192',
    ]);
  });
});
