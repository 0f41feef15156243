// A node's routes that name a source address of another interface, and where that is meant.
import { describe, expect, it } from 'vitest';
import type { Route } from '../../probe/facts.ts';
import { route } from '../../topology/testing/synthetic-node.ts';
import { diagnose } from '../diagnose.ts';
import { link, section, settings, type CaseNode } from '../testing/case.ts';
import { routedCluster } from '../testing/routed-cluster.ts';

const SOURCE = '10.99.0.1';

interface Given {
  /** Whose routes to the others' Pods name an address of their own dummy. */
  readonly at?: readonly string[];
  /** Which address of those nodes. */
  readonly source?: (label: string) => string;
  /** Routes of the other nodes beside. */
  readonly others?: readonly Route[];
  /** `none`: not asked for; else what of them was not said. */
  readonly rules?: 'whole' | 'none' | 'all' | 'some';
  readonly sysctls?: Readonly<Record<string, string>>;
  /** Of the routes that name it. */
  readonly changed?: Partial<Route>;
}

function findings({
  at = ['a'],
  source = () => SOURCE,
  others = [],
  rules = 'whole',
  sysctls = {},
  changed = {},
}: Given) {
  const facts: (label: string) => Partial<CaseNode> = (label) => ({
    facts: ({ routes4, links, addresses }) => {
      const own = source(label);
      const firewall = {
        ...{ tables: [], ipsets: [], virtualServers: [], conntrack: null, unread: [], unreadCount: 0 },
        ...(rules === 'all' || rules === 'some' ? { rulesMissing: rules } : {}),
      };
      const refused = rules === 'all' ? { state: 'not-permitted' as const, sentence: 'Only root may.' } : {};
      const read = {
        firewall: rules === 'none' ? null : { ...section('firewall', firewall), ...refused },
        settings: settings({ 'ipv4/ip_forward': '1', ...sysctls }),
      };
      if (!at.includes(label))
        return {
          ...read,
          links: section('links', [...(links?.value ?? []), link('ens224')]),
          routes4: section('routes4', [...(routes4?.value ?? []), ...others]),
        };
      return {
        ...read,
        routes4: section('routes4', [
          ...(routes4?.value ?? []).map((one) =>
            one.proto === 'bird' && one.via !== null ? { ...one, prefsrc: own, ...changed } : one,
          ),
          route(`${own}/32`, { type: 'local', table: 'local', dev: 'dummy0', proto: 'kernel', prefsrc: own }),
        ]),
        links: section('links', [...(links?.value ?? []), link('dummy0', { kind: 'dummy', ifindex: 77 })]),
        addresses: section('addresses', [
          ...(addresses?.value ?? []),
          {
            ...{ ifindex: 77, name: 'dummy0' },
            addresses: [{ address: own, prefixLength: 32, family: 4, scope: 'global' }],
          },
        ]),
      };
    },
  });
  const labels = ['a', 'b', 'c'];
  const known = routedCluster({ labels, sessions: ['a-b', 'b-c', 'a-c'], podsEach: 1, change: facts });
  return diagnose(known).findings;
}

describe('a route that names a source address', () => {
  it('to which answers leave by the default gateway: once, at the node whose route it is, with its ways', () => {
    const [one, ...rest] = findings({});
    expect(rest).toEqual([]);
    expect(one).toMatchObject({
      ...{ id: 'preferred-source-lost', confidence: 'likely', where: { node: 'a', interface: 'ens192' } },
      title: 'a sends to 192.168.2.0/24 from 10.99.0.1, to which no answer comes back',
    });
    expect(one?.because).toContain('an address of dummy0');
    expect(one?.because).toContain('From 10.0.0.1, the address of ens192, answers would take another way');
    expect(one?.suggestion.commands).toContain(
      'ip route replace 192.168.2.0/24 via 10.0.0.2 dev ens192 proto bird src 10.0.0.1   # on a',
    );
    expect(one?.consequences).toEqual(
      expect.arrayContaining(['the answer of a → 192.168.2.2', 'the answer of a → 192.168.3.2']),
    );
  });

  it('whose command is for the shell, whatever its device is called, and none where it has several next hops', () => {
    const replaced = (changed: Partial<Route>): string[] =>
      findings({ changed })[0]?.suggestion.commands.filter((one) => one.includes('route replace')) ?? [];
    expect(replaced({ flags: ['linkdown', 'onlink'] })).toEqual([
      'ip route replace 192.168.2.0/24 via 10.0.0.2 dev ens192 proto bird src 10.0.0.1 onlink   # on a',
    ]);
    expect(replaced({ proto: 'x;reboot' })).toEqual([
      "ip route replace 192.168.2.0/24 via 10.0.0.2 dev ens192 proto 'x;reboot' src 10.0.0.1   # on a",
    ]);
  });

  it('to which a route of the others is a dead end', () => {
    const told = findings({ others: [route(`${SOURCE}/32`, { type: 'blackhole', proto: 'static' })] });
    expect(told.map(({ id, where }) => [id, where.node])).toEqual([['preferred-source-lost', 'a']]);
  });

  it('that their reverse path filter drops', () => {
    const told = findings({
      others: [route(`${SOURCE}/32`, { dev: 'ens224', via: '10.9.0.9', proto: 'static' })],
      sysctls: { 'ipv4/conf/all/rp_filter': '1', 'ipv4/conf/ens192/rp_filter': '1' },
    });
    expect(told.map(({ id, where }) => [id, where.node])).toEqual([['preferred-source-lost', 'a']]);
  });

  it('that several nodes name alike: at each, for no router could bring answers to both', () => {
    const told = findings({ at: ['a', 'b'] });
    expect(told.map(({ id, where }) => `${id} ${where.node ?? ''}`).sort()).toEqual([
      'preferred-source-lost a',
      'preferred-source-lost b',
    ]);
  });

  it('whose answers end where they were read, whoever else sends from an address of its own', () => {
    const source = (label: string): string => `10.99.0.${label.charCodeAt(0) - 96}`;
    const deadEnd = route('10.99.0.1/32', { type: 'blackhole', proto: 'static' });
    expect(findings({ at: ['a', 'b'], source })).toEqual([]);
    const told = findings({ at: ['a', 'b'], source, others: [deadEnd] });
    expect(told.map(({ id, where }) => `${id} ${where.node ?? ''}`)).toEqual(['preferred-source-lost a']);
  });

  it('whatever routes of others that lead elsewhere name', () => {
    const away = { dev: 'ens224', via: '10.9.0.9', proto: 'static', prefsrc: '10.98.0.1' };
    const told = findings({ others: [route('172.31.0.0/16', away)] });
    expect(told.map(({ id, where }) => `${id} ${where.node ?? ''}`)).toEqual(['preferred-source-lost a']);
  });

  it('silent where the others have a route back, all nodes do so, or Kubernetes knows it', () => {
    const back = route(`${SOURCE}/32`, { dev: 'ens192', via: '10.0.0.1', proto: 'static' });
    expect(findings({ others: [back] })).toEqual([]);
    const all = { at: ['a', 'b', 'c'], source: (label: string) => `10.99.0.${label.charCodeAt(0) - 96}` };
    expect(findings(all)).toEqual([]);
    expect(findings({ source: () => '10.0.0.1' })).toEqual([]);
  });

  it.each(['none', 'all', 'some'] as const)(
    'silent where rules may rewrite it, of which was not read: %s; and no rule’s absence is made a finding of',
    (rules) => {
      expect(findings({ rules })).toEqual([]);
      const deadEnd = route(`${SOURCE}/32`, { type: 'blackhole', proto: 'static' });
      expect(findings({ rules, others: [deadEnd] })).toEqual([]);
    },
  );
});
