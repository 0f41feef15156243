import { expect, it } from 'vitest';
import { emptyInventory } from '../../probe/inventory.ts';
import type { ServiceFact } from '../../probe/kube-facts.ts';
import { worker } from '../../trace/testing/worker.ts';
import { diagnose } from '../diagnose.ts';
import { section, told, withList } from '../testing/case.ts';
import { BESIDE, threeNodes } from '../testing/three-nodes.ts';

/** A Service whose endpoint is node c itself. */
const service: ServiceFact = {
  ...{ namespace: 'default', name: 'api', type: 'ClusterIP', clusterIps: ['10.96.0.1'] },
  ...{ externalIps: [], loadBalancerIps: [], externalName: null, hasSelector: true },
  ports: [{ name: null, protocol: 'TCP', port: 443, targetPort: '6443', nodePort: null }],
  ...{ internalTrafficPolicy: 'Cluster', externalTrafficPolicy: 'Cluster', sessionAffinity: 'None' },
};

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
      firewall: section('firewall', {
        ...{ tables: [], ipsets: [], virtualServers: [], conntrack: null, unread: [], unreadCount: 0 },
        ...worker({ iptables: saved(...(masked.includes(label) ? [MASQUERADE] : [])) }).filters,
      }),
    }),
  );
  const endpoint = {
    ...{ addresses: [BESIDE.c], ready: true, serving: true, terminating: false, hinted: false },
    ...{ nodeName: 'c', pod: null },
  };
  const inventory = withList(
    withList(facts.inventory ?? emptyInventory, 'services', [service]),
    'endpointSlices',
    [
      {
        namespace: 'default',
        name: 'api-1',
        service: 'api',
        endpoints: [endpoint],
        ports: [{ name: null, protocol: 'TCP', port: 6443 }],
      },
    ],
  );
  return diagnose({ ...facts, inventory });
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
