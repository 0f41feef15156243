import { expect, it } from 'vitest';
import type { TopologyEvent } from '../../../app/topology/model.ts';
import { filterEvents, toneOf } from './filter-events.ts';

const event = (id: number, kind: TopologyEvent['kind'], sentence: string): TopologyEvent => ({
  id,
  at: { s: id, ns: 0 },
  nodeLabel: 'k8s-worker-1',
  kind,
  sentence,
  about: [],
});
const events = [
  event(1, 'node-appeared', 'k8s-worker-1 is here.'),
  event(2, 'pod-appeared', 'Pod default/web-1 appeared with 192.168.1.3.'),
  event(3, 'route-ended', '192.168.2.0/24 via 10.12.22.152 is gone.'),
  event(4, 'bird-changed', 'BIRD dead, routes kept.'),
];

it('newest first, by group and by text', () => {
  expect(filterEvents(events, 'all', '').map(({ id }) => id)).toEqual([4, 3, 2, 1]);
  expect(filterEvents(events, 'bgp', '').map(({ id }) => id)).toEqual([4]);
  expect(filterEvents(events, 'all', ' 192.168.1 ').map(({ id }) => id)).toEqual([2]);
  expect(filterEvents(events, 'pods', 'gone')).toEqual([]);
});

it('tells coming, going and changing apart', () => {
  expect(events.map(toneOf)).toEqual(['came', 'came', 'went', 'changed']);
});
