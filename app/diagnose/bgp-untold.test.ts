import { expect, it } from 'vitest';
import type { BgpRoute } from '../probe/facts.ts';
import type { NodeSnapshot } from '../probe/snapshot.ts';
import { clusterOf } from './cluster.ts';
import { untoldDrafts } from './bgp-untold.ts';
import { changed, section } from './testing/case.ts';
import { blockOf, routedCluster } from './testing/routed-cluster.ts';

/** A mesh of three nodes whose sessions have been up for long; one or more lack the kernel's route to a block, as BIRD may, too. */
function told(lacking: readonly string[], block: string, hasLearned: boolean): string[] {
  const facts =
    (label: string) =>
    (snapshot: NodeSnapshot): Partial<NodeSnapshot> => {
      const bird = snapshot.bird?.value ?? null;
      if (bird === null) return {};
      const isLacking = lacking.includes(label);
      const kept = ({ dst }: BgpRoute): boolean => !isLacking || hasLearned || dst !== block;
      const routes =
        bird.routes === null ? null : { ...bird.routes, routes: bird.routes.routes.filter(kept) };
      return {
        routes4: changed(snapshot.routes4, (one) => (isLacking && one.dst === block ? null : one)),
        bird: section('birds', {
          ...bird,
          protocols: bird.protocols.map((one) => ({ ...one, sinceAt: { s: 900, ns: 0 } })),
          routes,
        }),
      };
    };
  const known = routedCluster({
    ...{ labels: ['a', 'b', 'c'], sessions: ['a-b', 'a-c', 'b-c'], podsEach: 1 },
    change: (label) => ({ facts: facts(label) }),
  });
  return untoldDrafts(clusterOf(known)).map(({ where, title }) => `${where.node ?? ''}: ${title}`);
}

it('nothing where all know all', () => {
  expect(told([], blockOf(1), true)).toEqual([]);
});

it('one that lacks a block’s route: whether its daemon has it says who is to look at what', () => {
  expect(told(['a'], blockOf(1), false)).toEqual([
    'a: a has no route to Pods of b, though their BGP session is up',
  ]);
  expect(told(['a'], blockOf(1), true)).toEqual([
    'a: a has no route to Pods of b, though its BIRD has learned one',
  ]);
});

it('where nobody has it, its own node has not told it', () => {
  expect(told(['a', 'c'], blockOf(1), false)).toEqual([
    'b: b tells nobody of its Pods’ addresses, though its BGP sessions are up',
  ]);
});
