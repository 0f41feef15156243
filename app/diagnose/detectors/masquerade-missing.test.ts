import { describe, expect, it } from 'vitest';
import { emptyInventory } from '../../probe/inventory.ts';
import { diagnose } from '../diagnose.ts';
import type { Diagnosis } from '../finding.ts';
import { told, withInventory, withList } from '../testing/case.ts';
import { BESIDE, filtersOf, threeNodes, withService } from '../testing/three-nodes.ts';

const saved = (nat: readonly string[], filter: readonly string[], raw: readonly string[]): string =>
  [
    ...['iptables-save -c', '*nat', ':PREROUTING ACCEPT [0:0]', ':OUTPUT ACCEPT [0:0]'],
    ':POSTROUTING ACCEPT [0:0]',
    `[0:0] -A PREROUTING -d 10.96.0.1/32 -p tcp -m tcp --dport 443 -j DNAT --to-destination ${BESIDE.c}:6443`,
    ...nat,
    ...['COMMIT', '*filter', ':INPUT ACCEPT [0:0]', ':OUTPUT ACCEPT [0:0]', ...filter],
    ...['COMMIT', '*raw', ':PREROUTING ACCEPT [0:0]', ...raw, 'COMMIT', ''],
  ].join('\n');

const MASQUERADE = '[0:0] -A POSTROUTING -s 192.168.0.0/16 ! -d 192.168.0.0/16 -j MASQUERADE';

interface Asked {
  /** What the reverse path filter is set to. */
  readonly reversePath?: string;
  /** Rules of node c's. */
  readonly filter?: readonly string[];
  readonly raw?: readonly string[];
}

/** @param masked which nodes masquerade. */
function factsOf(masked: readonly string[], { reversePath = '1', filter = [], raw = [] }: Asked) {
  const facts = threeNodes(
    () => 'over',
    BESIDE,
    (label) => {
      const nat = masked.includes(label) ? [MASQUERADE] : [];
      return { firewall: filtersOf(label === 'c' ? saved(nat, filter, raw) : saved(nat, [], [])) };
    },
    { reversePath },
  );
  return withService(facts);
}

function findings(masked: readonly string[], asked: Asked = {}) {
  return diagnose(factsOf(masked, asked));
}

it('all nodes masquerade what their Pods send beyond their network: nothing', () => {
  expect(told(findings(['a', 'b', 'c']))).toEqual([]);
});

it('one does not: that is told there, and what another node’s filter then drops under it', () => {
  const { findings: found, ...rest } = findings(['b', 'c']);
  expect(told({ findings: found, ...rest })).toEqual(['masquerade-missing a (rp-filter-drop)']);
  expect(found[0]?.because).toContain('On b rule 1 of nat POSTROUTING');
});

it('where none does, the filter is what is known', () => {
  expect(told(findings([]))).toEqual(['rp-filter-drop c']);
});

describe('beside a filter at the other end', () => {
  const atEnd = (asked: Asked) => told(findings(['b', 'c'], asked));
  const off = { reversePath: '0' };

  it('that takes these alone: it is told under this', () => {
    const input = ['[0:0] -A INPUT -s 192.168.0.0/16 -i ens192 -j DROP'];
    expect(atEnd({ ...off, filter: input })).toEqual(['masquerade-missing a']);
    const raw = ['[0:0] -A PREROUTING -m rpfilter --invert -j DROP'];
    expect(atEnd({ ...off, raw })).toEqual(['masquerade-missing a (anti-spoof-drop)']);
  });

  it('that takes what is for Pods from anybody: it alone is told, and beside what ends these before', () => {
    const filter = ['[0:0] -A OUTPUT -d 192.168.1.0/24 -j DROP'];
    expect(atEnd({ ...off, filter })).toEqual(['unexplained-drop c']);
    expect(atEnd({ filter })).toEqual(['masquerade-missing a (rp-filter-drop)', 'unexplained-drop c']);
  });
});

it('a node that has joined just now has its rules yet to come', () => {
  const facts = factsOf(['b', 'c'], {});
  const since = (readySince: number): Diagnosis => {
    const nodes = Object.values(facts.inventory?.nodes ?? {}).map((one) =>
      one.name === 'a' ? { ...one, readySince } : one,
    );
    return diagnose(withInventory(facts, withList(facts.inventory ?? emptyInventory, 'nodes', nodes)));
  };
  expect(told(since(970))).toEqual(['masquerade-missing a (rp-filter-drop)']);
  // Nor is what ends for want of them told, and that nobody looked is.
  const young = since(971);
  expect(told(young)).toEqual([]);
  expect(young.skipped.find(({ id }) => id === 'unexplained-drop')?.why).toContain('from or to a ');
});
