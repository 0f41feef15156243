import { describe, expect, it } from 'vitest';
import { tracePath } from '../../trace/trace.ts';
import { findings, known, open } from '../testing/real-pasted-pair.ts';

const tables = (of: { nat?: string; raw?: string; forward?: string }): string =>
  [
    'iptables-save -c',
    ...['*raw', ':PREROUTING ACCEPT [0:0]', ':OUTPUT ACCEPT [0:0]'],
    ...(of.raw === undefined ? [] : [`[0:0] ${of.raw}`]),
    ...['COMMIT', '*nat', ':PREROUTING ACCEPT [0:0]', ':INPUT ACCEPT [0:0]', ':OUTPUT ACCEPT [0:0]'],
    ':POSTROUTING ACCEPT [0:0]',
    ...(of.nat === undefined ? [] : [`[0:0] ${of.nat}`]),
    ...['COMMIT', '*filter', ...open],
    ...(of.forward === undefined ? [] : [`[0:0] ${of.forward}`]),
    'COMMIT',
  ].join('\n');

describe('nat-diverts', () => {
  it('SNAT to an address that the node does not have: the rule is named where it stands, once', () => {
    const rule = '-A POSTROUTING -d 10.244.2.0/24 -j SNAT --to-source 172.31.7.7';
    const [one, ...others] = findings([tables({ nat: rule })]);
    expect(others).toEqual([]);
    expect(one).toMatchObject({ id: 'nat-diverts', where: { node: 'node-A' } });
    expect(one?.title).toContain('-d 10.244.2.0/24 -j SNAT --to-source 172.31.7.7');
    expect(one?.title).toContain('rewrites the source of');
    expect(one?.suggestion.commands.join('\n')).toContain('iptables -t nat -D POSTROUTING 1');
  });

  it('silent for the node’s own address, by MASQUERADE or by name', () => {
    const masquerade = '-A POSTROUTING -d 10.244.2.0/24 -j MASQUERADE';
    expect(findings([tables({ nat: masquerade })])).toEqual([]);
  });

  it('DNAT in front of a Pod leads to another one', () => {
    const rule = '-A PREROUTING -d 10.244.2.2/32 -j DNAT --to-destination 10.244.1.3';
    const found = findings([tables({ nat: rule })]);
    expect(found.map(({ id, where }) => [id, where.node])).toEqual([['nat-diverts', 'node-A']]);
    expect(found[0]?.title).toContain('redirects');
  });

  it('REDIRECT leads to the node itself, or, where the interface has no address, nowhere', () => {
    const rule = '-A PREROUTING -d 10.244.2.2/32 -j REDIRECT';
    const found = (change?: (text: string) => string) =>
      findings([tables({ nat: rule })], change).map(({ id, where, title }) => [id, where.node, title]);
    const told = ['nat-diverts', 'node-A', expect.stringContaining('-j REDIRECT” redirects')];
    expect(found()).toEqual([told]);
    expect(found((text) => text.replace(/^ *inet 10\.244\.1\.1\/24 .*\n/m, ''))).toContainEqual(told);
  });

  it('a whole network of Pods’ addresses mapped to one that is nobody’s: all of it leaves the cluster', () => {
    const rule = '-A PREROUTING -d 10.244.2.0/24 -j NETMAP --to 10.9.9.0/24';
    const gateway = (text: string): string =>
      text.replace(
        'root@node-A:~# ip rule show',
        'default via 10.0.0.77 dev eth0 \nroot@node-A:~# ip rule show',
      );
    const [one, ...others] = findings([tables({ nat: rule })], gateway);
    expect(others).toEqual([]);
    expect(one).toMatchObject({ id: 'nat-diverts', where: { node: 'node-A' } });
    expect(one?.because).toContain('leaves the cluster');
  });

  it('NOTRACK: a rule for known connections does not know the answer', () => {
    const raw = '-A PREROUTING -s 10.244.1.0/24 -j CT --notrack';
    const forward = '-A FORWARD -m conntrack --ctstate INVALID -j DROP';
    const [one, ...others] = findings([tables({ raw, forward })]);
    expect(others).toEqual([]);
    expect(one).toMatchObject({ id: 'nat-diverts', where: { node: 'node-A' } });
    expect(one?.title).toContain('-s 10.244.1.0/24 -j CT --notrack');
    // Without anybody who asks it does no harm.
    expect(findings([tables({ raw })])).toEqual([]);
  });

  it('NOTRACK is not why a Pod’s packet goes where a policy rule leads it', () => {
    const raw = '-A PREROUTING -s 10.244.1.0/24 -j CT --notrack';
    const away = (text: string) =>
      text
        .replace(
          'root@node-A:~# ip rule show',
          'default via 10.0.0.77 dev eth0 table 77 \nroot@node-A:~# ip rule show',
        )
        .replace('ip rule show\n', 'ip rule show\n100:\tfrom 10.244.1.2 lookup 77\n');
    expect(findings([tables({ raw })], away).map(({ id }) => id)).toEqual(['policy-routing-diverts']);
  });
});

it('an answer that NAT has left as it is comes from somebody who was not asked', () => {
  const nat =
    '-A PREROUTING -d 10.96.0.7/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.244.2.2:8080';
  const way = (raw?: string) => {
    const facts = known([tables(raw === undefined ? { nat } : { nat, raw })]);
    const question = { from: '10.244.1.2', to: '10.96.0.7', proto: 'tcp', port: 80, size: null } as const;
    const answer = tracePath(facts, question);
    if (!answer.ok) throw new Error(answer.sentence);
    return answer;
  };
  expect(way().reverse?.verdict).toBe('delivered');
  const { paths, reverse } = way('-A PREROUTING -s 10.244.2.0/24 -j CT --notrack');
  expect(paths[0]?.verdict).toBe('delivered');
  expect(reverse?.stopsAt?.reason).toBe('unasked');
  expect(reverse?.sentence).toContain('It comes from 10.244.2.2:8080, and');
  expect(reverse?.sentence).toContain('waits for an answer of 10.96.0.7:80');
  expect(reverse?.hops.at(-1)).toMatchObject({ action: 'drop', because: reverse?.sentence });
});
