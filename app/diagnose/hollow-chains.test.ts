import { describe, expect, it } from 'vitest';
import { worker } from '../trace/testing/worker.ts';
import { hollowChains } from './hollow-chains.ts';

const nat = (...rules: string[]): string =>
  ['*nat', ':PREROUTING ACCEPT [0:0]', ':KUBE-SVC-X - [0:0]', ':KUBE-SEP-A - [0:0]', ':KUBE-SEP-B - [0:0]']
    .concat(rules, 'COMMIT', '')
    .join('\n');
const jumps = [
  '-A PREROUTING -d 10.96.0.10/32 -p tcp -m comment --comment "default/web:http cluster IP" -m tcp --dport 80 -j KUBE-SVC-X',
  '-A KUBE-SVC-X -m comment --comment "default/web:http -> 192.168.2.3:8080" -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-A',
  '-A KUBE-SVC-X -m comment --comment "default/web:http -> 192.168.1.2:8080" -j KUBE-SEP-B',
];
const dnat = (chain: string): string => `-A ${chain} -p tcp -m tcp -j DNAT --to-destination 192.168.2.3:8080`;
const hollow = (...rules: string[]) => hollowChains(worker({ iptables: nat(...rules) }).filters);

describe('chains that kube-proxy would not leave so', () => {
  it('an endpoint’s that translates nothing, by its Service', () => {
    expect(hollow(...jumps, dnat('KUBE-SEP-B'), '-A KUBE-SEP-A -s 192.168.2.3/32 -j RETURN')).toEqual([
      { chain: 'KUBE-SEP-A', service: 'default/web' },
    ]);
  });

  it('a Service’s without a rule', () => {
    expect(hollow(jumps[0] ?? '', dnat('KUBE-SEP-A'), dnat('KUBE-SEP-B'))).toEqual([
      { chain: 'KUBE-SVC-X', service: 'default/web' },
    ]);
  });

  it('none where each translates, and none to which nobody leads', () => {
    expect(hollow(...jumps, dnat('KUBE-SEP-A'), dnat('KUBE-SEP-B'))).toEqual([]);
    expect(hollow()).toEqual([]);
    const said = '-A PREROUTING -m comment --comment "once -j KUBE-SVC-X" -j ACCEPT';
    expect(hollow(said)).toEqual([]);
  });
});
