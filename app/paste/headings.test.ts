import { expect, it } from 'vitest';
import { headingOf } from './headings.ts';

it('a name is known by its end where one alone ends so', () => {
  const names = new Set(['k8s-worker-1', 'k8s-worker-2', 'edge-worker-2', 'web-7c5ddbdf54-x2x8k']);
  const headings = [
    'Then on worker-1:',
    '## worker-2',
    'on 7c5ddbdf54-x2x8k:',
    '## k8s-worker-2',
    '## worker',
  ];
  expect(headings.map((text) => headingOf(text, names))).toEqual([
    'k8s-worker-1',
    null,
    'web-7c5ddbdf54-x2x8k',
    'k8s-worker-2',
    null,
  ]);
});

it('of many Pods each line asks once, and not each of them', () => {
  const names = new Set(Array.from({ length: 20_000 }, (_, at) => `web-${at.toString(16)}-${at}`));
  let found = 0;
  const start = process.cpuUsage();
  for (let at = 0; at < 20_000; at += 1) if (headingOf(`rx${at}: tx${at}:`, names) !== null) found += 1;
  expect([found, process.cpuUsage(start).user < 2e6]).toEqual([0, true]);
});
