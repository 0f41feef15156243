import { describe, expect, it } from 'vitest';
import type { KernelContradiction } from '../../trace/model.ts';
import { diagnose } from '../diagnose.ts';
import { kernelQuestions } from '../kernel-questions.ts';
import { bridgedCluster } from '../testing/bridged-cluster.ts';

describe('kernel-disagrees', () => {
  const known = bridgedCluster();
  const [lookup] = kernelQuestions(known);
  if (lookup === undefined) throw new Error('no lookup');
  const word = (more: Partial<KernelContradiction> = {}): KernelContradiction => ({
    ...{ node: lookup.node, netnsId: lookup.netnsId, place: lookup.place, isPod: lookup.isPod },
    ...{ command: lookup.command, destination: '192.168.2.3', family: 4, device: 'ens192' },
    theirs: 'the kernel goes by ens192 to 10.0.0.9',
    ours: 'our model goes by ens192 to 10.0.0.2',
    ...more,
  });
  const told = (...contradictions: KernelContradiction[]) =>
    diagnose({ ...known, contradictions }).findings.map(
      ({ id, severity, where, title }) =>
        `${severity} ${id} ${where.node ?? ''}/${where.interface ?? ''}: ${title}`,
    );

  it('is told once for what goes one way, with both words', () => {
    expect(told()).toEqual([]);
    expect(told(word(), word({ destination: '192.168.2.2' }))).toEqual([
      `warning kernel-disagrees ${lookup.node}/ens192: The kernel of ${lookup.place} routes 192.168.2.3 and 1 more otherwise than its rules and tables say`,
    ]);
    const [finding] = diagnose({ ...known, contradictions: [word()] }).findings;
    expect(finding?.because).toContain('the kernel goes by ens192 to 10.0.0.9');
    expect(finding?.because).toContain('our model goes by ens192 to 10.0.0.2');
  });

  it('of a node that is not known any more nothing is', () => {
    expect(told(word({ node: 'gone' }))).toEqual([]);
  });

  it('asks each node for a few routes, its own first', () => {
    for (const label of ['a', 'b', 'c']) {
      const lookups = kernelQuestions(known).filter(({ node }) => node === label);
      expect(lookups.length).toBeGreaterThan(0);
      expect(lookups.length).toBeLessThanOrEqual(16);
      expect(lookups[0]?.isPod).toBe(false);
    }
  });
});
