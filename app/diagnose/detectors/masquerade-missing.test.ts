import { expect, it } from 'vitest';
import { diagnose } from '../diagnose.ts';
import { told } from '../testing/case.ts';
import { BESIDE, filtersOf, threeNodes, withService } from '../testing/three-nodes.ts';

const saved = (...rules: readonly string[]): string =>
  [
    ...['iptables-save -c', '*nat', ':PREROUTING ACCEPT [0:0]', ':OUTPUT ACCEPT [0:0]'],
    ':POSTROUTING ACCEPT [0:0]',
    `[0:0] -A PREROUTING -d 10.96.0.1/32 -p tcp -m tcp --dport 443 -j DNAT --to-destination ${BESIDE.c}:6443`,
    ...rules,
    ...['COMMIT', ''],
  ].join('\n');

const MASQUERADE = '[0:0] -A POSTROUTING -s 192.168.0.0/16 ! -d 192.168.0.0/16 -j MASQUERADE';

/** @param masked which nodes masquerade. */
function findings(masked: readonly string[]) {
  const facts = threeNodes(
    () => 'over',
    BESIDE,
    (label) => ({
      firewall: filtersOf(saved(...(masked.includes(label) ? [MASQUERADE] : []))),
    }),
  );
  return diagnose(withService(facts));
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
