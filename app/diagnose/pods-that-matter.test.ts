import { expect, it } from 'vitest';
import type { PodEntity } from '../topology/model.ts';
import { podsThatMatter } from './pods-that-matter.ts';

function pod(id: string, said: Partial<PodEntity> = {}): PodEntity {
  return {
    id,
    since: { s: 0, ns: 0 },
    until: null,
    evidence: [],
    namespace: 'shop',
    name: id,
    nodeId: 'n',
    nodeName: 'n',
    ips: [],
    phase: 'Running',
    ready: { containers: 1, ready: 1 },
    hostNetwork: false,
    labels: {},
    moreLabels: 0,
    netnsId: null,
    podInterfaceId: null,
    hostInterfaceId: null,
    contradictions: [],
    ...said,
  };
}

it('Pods in trouble come first, then one of each kind before the second of any', () => {
  const web = (hash: string): Partial<PodEntity> => ({ labels: { app: 'web', 'pod-template-hash': hash } });
  const pods = [
    pod('a-web', web('1')),
    pod('b-web', web('2')),
    pod('c-web', { ...web('3'), ready: { containers: 2, ready: 1 } }),
    pod('d-gone', { until: { s: 1, ns: 0 } }),
    pod('e-db', { labels: { app: 'db' } }),
    pod('f-web', web('4')),
    pod('g-odd', { contradictions: ['kubectl says Running, the node has no /32.'] }),
    pod('h-plain'),
    pod('i-plain'),
    pod('j-done', { phase: 'Succeeded', ready: { containers: 1, ready: 0 } }),
  ];
  expect(podsThatMatter(Object.fromEntries(pods.map((one) => [one.id, one])))).toEqual([
    'g-odd',
    'c-web',
    'a-web',
    'e-db',
    'h-plain',
    'i-plain',
    'j-done',
    'b-web',
    'f-web',
  ]);
});
