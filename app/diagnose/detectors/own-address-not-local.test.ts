import { describe, expect, it } from 'vitest';
import { parseRulesText } from '../../probe/ip-rules.ts';
import type { NodeSnapshot } from '../../probe/snapshot.ts';
import { route } from '../../topology/testing/synthetic-node.ts';
import { changed, foundAt, pods, section, known } from '../testing/case.ts';
import { diagnose } from '../diagnose.ts';

const own = (table = 'local') =>
  route('10.0.0.1/32', {
    ...{ type: 'local', table, dev: 'ens192', proto: 'kernel', scope: 'host', prefsrc: '10.0.0.1' },
  });
const near = route('10.0.0.0/24', { dev: 'ens192', proto: 'kernel', scope: 'link', prefsrc: '10.0.0.1' });
const other = route('127.0.0.0/8', { type: 'local', table: 'local', dev: 'lo', proto: 'kernel' });

const withRules = (rules: string, routes = [own(), near]) => ({
  routes,
  facts: () => ({ rules4: section('rules4', parseRulesText(rules, 4).entries) }),
});

const KERNELS = '0:\tfrom all lookup local\n32766:\tfrom all lookup main\n32767:\tfrom all lookup default';

describe('own-address-not-local', () => {
  it('the rule that leads to table local is gone, or comes behind main: once, at that node', () => {
    const gone = '32766:\tfrom all lookup main\n32767:\tfrom all lookup default';
    expect(foundAt({ a: withRules(gone) })).toEqual(['own-address-not-local a']);
    const behind = `${gone}\n32767:\tfrom all lookup local`;
    expect(foundAt({ a: withRules(behind) })).toEqual(['own-address-not-local a']);
    const { nodes, inventory } = pods({ a: withRules(behind) });
    const [finding] = diagnose(known([nodes], inventory)).findings;
    expect(finding?.title).toContain('The rule “32766: from all lookup main” comes before');
    expect(finding?.suggestion.commands).toContain('ip rule add priority 0 lookup local');
    expect(finding?.suggestion.commands).toContain('ip rule del priority 32767 lookup local');
  });

  it('a rule of somebody’s that decides before is told as that', () => {
    const foreign = '50:\tto 10.0.0.1 unreachable\n100:\tfrom all lookup local\n32766:\tfrom all lookup main';
    expect(foundAt({ a: withRules(foreign) })).toEqual(['policy-routing-diverts a']);
  });

  it('table local has lost the address', () => {
    expect(foundAt({ a: withRules(KERNELS, [near, other]) })).toEqual(['own-address-not-local a']);
  });

  it('silent for the kernel’s own rules, for table local behind others that do not decide, and where little was read', () => {
    expect(foundAt({ a: withRules(KERNELS) })).toEqual([]);
    // Cilium's, and as the kernel's documentation has it for VRFs.
    expect(
      foundAt({
        a: withRules(
          '9:\tfrom all fwmark 0x200/0xf00 lookup 2004\n100:\tfrom all lookup local\n32766:\tfrom all lookup main',
        ),
      }),
    ).toEqual([]);
    expect(
      foundAt({
        a: withRules(
          '1000:\tfrom all lookup [l3mdev-table]\n32765:\tfrom all lookup local\n32766:\tfrom all lookup main',
        ),
      }),
    ).toEqual([]);
    expect(foundAt({ a: withRules('32766:\tfrom all lookup main', [near]) })).toEqual([]);
  });

  it('silent for an address that is not up yet, or was read after the routes', () => {
    const late = {
      routes: [near, other],
      facts: ({ addresses }: NodeSnapshot) => ({
        rules4: section('rules4', parseRulesText(KERNELS, 4).entries),
        addresses: addresses === null ? null : { ...addresses, at: { s: 1001, ns: 0 } },
      }),
    };
    expect(foundAt({ a: late })).toEqual([]);
    const down = {
      routes: [near, other],
      facts: ({ links }: NodeSnapshot) => ({
        rules4: section('rules4', parseRulesText(KERNELS, 4).entries),
        links: changed(links, (one) => (one.name === 'ens192' ? { ...one, adminUp: false } : one)),
      }),
    };
    expect(foundAt({ a: down }).filter((one) => one.startsWith('own-address'))).toEqual([]);
  });
});
