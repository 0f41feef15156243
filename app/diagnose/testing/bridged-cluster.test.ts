import { expect, it } from 'vitest';
import { diagnose } from '../diagnose.ts';
import { bridgedCluster } from './bridged-cluster.ts';
import { clusterOf } from '../cluster.ts';
import { surveyOf } from '../paths/stops.ts';

it('is healthy as it stands, and its packets arrive', () => {
  const known = bridgedCluster();
  expect(diagnose(known).findings).toEqual([]);
  const ways = surveyOf(clusterOf(known)).ended.map(({ pair, paths }) => [pair.name, paths[0]?.verdict]);
  expect(ways.length).toBeGreaterThan(20);
  expect(ways.filter(([, verdict]) => verdict !== 'delivered')).toEqual([]);
});
