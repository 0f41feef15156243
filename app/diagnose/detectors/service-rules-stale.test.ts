import { expect, it } from 'vitest';
import { diagnose } from '../diagnose.ts';
import { told } from '../testing/case.ts';
import { BESIDE, filtersOf, threeNodes, withService } from '../testing/three-nodes.ts';

/** @param ports where each node sends the Service to on c. @param atC rules of c's own. */
function findings(ports: Readonly<Partial<Record<string, number>>>, ...atC: string[]): string[] {
  const saved = (label: string): string =>
    [
      ...['iptables-save -c', '*nat', ':PREROUTING ACCEPT [0:0]', ':OUTPUT ACCEPT [0:0]'],
      ':POSTROUTING ACCEPT [0:0]',
      ...(label === 'c' ? atC : []),
      `[0:0] -A PREROUTING -d 10.96.0.1/32 -p tcp -m tcp --dport 443 -j DNAT --to-destination ${BESIDE.c}:${String(ports[label] ?? 6443)}`,
      '[0:0] -A POSTROUTING -s 192.168.0.0/16 ! -d 192.168.0.0/16 -j MASQUERADE',
      ...['COMMIT', ''],
    ].join('\n');
  const facts = threeNodes(
    () => 'over',
    BESIDE,
    (label) => ({ firewall: filtersOf(saved(label)) }),
  );
  return told(diagnose(withService(facts)));
}

it('a node whose rules lead to another port than the endpoint’s', () => {
  expect(findings({})).toEqual([]);
  expect(findings({ a: 9443 })).toEqual(['service-rules-stale a']);
});

it('not the node that asks, where it is the endpoint’s own that redirects', () => {
  const redirect = '[0:0] -A PREROUTING -p tcp -m tcp --dport 6443 -j REDIRECT --to-ports 9443';
  expect(findings({}, redirect).join()).not.toContain('service-rules-stale');
});
