// Routes that lie before the network's own, or have other ways beside it: who is told of them, and when nobody is.
import { expect, it } from 'vitest';
import type { NodeSnapshot } from '../../probe/snapshot.ts';
import { bgp, route } from '../../topology/testing/synthetic-node.ts';
import { diagnose } from '../diagnose.ts';
import type { Finding } from '../finding.ts';
import { section } from '../testing/case.ts';
import { addressOf, blockOf, routedCluster } from '../testing/routed-cluster.ts';

type Entry = ReturnType<typeof route>;
const labels = ['a', 'b', 'c'];
/** Nobody known has it. */
const BEYOND = '10.0.0.254';

/** @param put node a's route to b's block, and what else it has. */
function found(put: (own: Entry) => readonly Entry[], silent = true, toRouter = false): Finding[] {
  const facts = ({ routes4 }: NodeSnapshot): Partial<NodeSnapshot> => ({
    routes4: section(
      'routes4',
      (routes4?.value ?? []).flatMap((one) =>
        one.dst === blockOf(1) && one.type === 'unicast' ? put(one) : [one],
      ),
    ),
  });
  const sessions = ['a-b', 'a-c', 'b-c'];
  return diagnose(
    routedCluster({
      labels,
      sessions,
      silent,
      podsEach: 2,
      change: (label) => (label === 'a' ? { facts } : label === 'b' && toRouter ? { facts: peering } : {}),
    }),
  ).findings;
}

/** With a session to that router. */
function peering({ bird }: NodeSnapshot): Partial<NodeSnapshot> {
  const session = bgp('Node_10_0_0_254', { localAddress: addressOf(1), neighbourAddress: BEYOND });
  const value = bird?.value ?? null;
  if (value === null) return {};
  return { bird: section('bird', { ...value, protocols: [...value.protocols, session] }) };
}

const told = (put: (own: Entry) => readonly Entry[]): string[] =>
  found(put).map(({ id, where, title }) => `${id} ${where.node ?? ''}: ${title}`);
const via = (...hops: readonly string[]): Partial<Entry> => ({
  ...{ via: null, dev: null },
  nexthops: hops.map((hop) => ({ via: hop, dev: 'ens192', weight: 1, flags: [] })),
});

it('a longer route of somebody’s to a router, though other Pods of the block go by the network’s own', () => {
  const [one, ...others] = told((own) => [own, route('192.168.2.2/32', { dev: 'ens192', via: BEYOND })]);
  expect(others).toEqual([]);
  expect(one).toMatch(/^policy-routing-diverts a: On a the route “192\.168\.2\.2\/32 via 10\.0\.0\.254/);
});

it('one that a daemon has learned, for a Pod whose node has it, from beyond the cluster', () => {
  const learned = route('192.168.2.2/32', { dev: 'ens192', via: BEYOND, proto: 'bird' });
  const [one, ...others] = found((own) => [own, learned]);
  expect(others).toEqual([]);
  expect(one).toMatchObject({ id: 'policy-routing-diverts', where: { node: 'a' } });
  expect(one?.suggestion.commands.join('\n')).toContain('birdcl show route for 192.168.2.2/32 all');
  // Where the daemon itself does not have it, that is behind it.
  const [stale, ...more] = found((own) => [own, learned], false);
  expect(more).toEqual([]);
  expect(stale).toMatchObject({ id: 'stale-bgp-routes', where: { node: 'a' } });
  expect(one).toMatchObject({ confidence: 'possible' });
  // A router that the Pod’s node speaks to may well know it.
  expect(found((own) => [own, learned], true, true)).toEqual([]);
  // To a node, or where nobody knows a better way, it is the network's own.
  expect(told((own) => [own, { ...learned, via: addressOf(1) }])).toEqual([]);
  expect(told((own) => [{ ...own, via: BEYOND }])).toEqual([]);
});

it('some of a route’s ways lead to nobody known, one to the node of the Pods', () => {
  const [one, ...others] = told((own) => [{ ...own, ...via(addressOf(1), BEYOND) }]);
  expect(others).toEqual([]);
  expect(one).toMatch(
    /^policy-routing-diverts a: On a the route .* sends some of 192\.168\.1\.2 → 192\.168\.2\.2/,
  );
  // Two routers that nobody read may both know the way, and two ways to the node are both good.
  expect(told((own) => [{ ...own, ...via('10.0.0.253', BEYOND) }])).toEqual([]);
  expect(told((own) => [{ ...own, ...via(addressOf(1), addressOf(1)) }])).toEqual([]);
});
