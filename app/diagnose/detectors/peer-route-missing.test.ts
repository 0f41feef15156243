import { expect, it } from 'vitest';
import { diagnose } from '../diagnose.ts';
import { told } from '../testing/case.ts';
import { route } from '../../topology/testing/synthetic-node.ts';
import { BESIDE, threeNodes } from '../testing/three-nodes.ts';

const findings = (...asked: Parameters<typeof threeNodes>) => diagnose(threeNodes(...asked));

it('all have routes to all, by their tunnel or by their NICs: nothing', () => {
  expect(told(findings(() => 'over'))).toEqual([]);
  expect(told(findings(() => 'ens192'))).toEqual([]);
});

it('a node that lacks the route to another’s Pods is told of, with what others have, and what its filters then drop under it', () => {
  const lacking = findings((own, peer) => (own === 'a' && peer === 'b' ? null : 'over'));
  expect(told(lacking)).toEqual(['peer-route-missing a (rp-filter-drop)']);
  const [first] = lacking.findings;
  expect(first?.title).toBe('a has no route to Pods of b');
  expect(first?.where.interface).toBe('over');
  expect(first?.because).toContain('c has a route to them: 192.168.2.0/24 via 192.168.2.0 dev over');
  expect(first?.suggestion.commands.join('\n')).toContain(
    'ip route add 192.168.2.0/24 via 192.168.2.0 dev over onlink',
  );
  expect(told(findings((own, peer) => (own === 'a' && peer === 'b' ? null : 'ens192')))).toEqual([
    'peer-route-missing a',
  ]);
});

it('of whose Pods nobody knows, that one is told of; where nobody has routes at all, nothing', () => {
  const untold = findings((_, peer) => (peer === 'b' ? null : 'over'));
  expect(untold.findings.map(({ id, where, title }) => [id, where.node, title])).toEqual([
    ['peer-route-missing', 'b', 'No other node has a route to the Pods of b'],
  ]);
  expect(told(findings(() => null))).toEqual([]);
});

it('of networks behind a router a node need not know the others’', () => {
  const far = { ...BESIDE, c: '10.9.0.3' };
  // The other two know each other, being beside each other; c is elsewhere and sends all to its router.
  expect(told(findings((own, peer) => (own === 'c' || peer === 'c' ? null : 'ens192'), far))).toEqual([]);
});

it('a route past the tunnel is told where a filter drops what then comes by another device than answers leave by', () => {
  const past = findings((own, peer) => (own === 'a' && peer === 'b' ? 'ens192' : 'over'));
  expect(told(past)).toEqual(['peer-route-missing a (rp-filter-drop, rp-filter-drop)']);
  expect(past.findings[0]?.title).toBe(
    'a sends packets for Pods of b past the tunnel: 192.168.2.0/24 by ens192',
  );
});

it('somebody’s own tunnel, into which one node alone is led by another, is no network of Pods', () => {
  const vpn = threeNodes(
    () => 'ens192',
    BESIDE,
    () => ({}),
    {
      tunnelAt: (label) => ({ a: '10.8.0.1', b: '10.8.0.2', c: '10.8.0.3' })[label],
      beside: (label) => (label === 'b' ? [route('10.8.0.0/24', { dev: 'ens192', via: BESIDE.a })] : []),
    },
  );
  expect(told(diagnose(vpn))).toEqual([]);
});
