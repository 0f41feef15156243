import { expect, it } from 'vitest';
import { scopeCode } from './scope.ts';

type Answer = Parameters<typeof scopeCode>[0];
const cell = (more: Partial<Answer['cells'][number]>): Answer['cells'][number] => ({
  ...{ direction: 'forth', from: 'asked', to: 'asked', fromName: 'a', toName: 'b' },
  ...{ proto: 'icmp', port: null, size: 'small', bytes: 84 },
  ...{ predicted: 'delivered', predictedWhy: '', probed: null, probedWhy: null },
  ...more,
});

it.each<[string, Answer, number]>([
  ['all passes', { healthy: true, by: 'probes', cells: [cell({ probed: 'passes' })] }, 0],
  ['a packet was lost', { healthy: false, by: 'probes', cells: [cell({ probed: 'fails' })] }, 1],
  ['a trace is dropped', { healthy: false, by: 'model', cells: [cell({ predicted: 'dropped' })] }, 1],
  ['nothing could be sent', { healthy: false, by: 'probes', cells: [cell({ predicted: 'dropped' })] }, 2],
  ['nothing is known', { healthy: false, by: 'model', cells: [cell({ predicted: 'unknown' })] }, 2],
])('a scope’s exit code: %s', (_, answer, code) => {
  expect(scopeCode(answer)).toBe(code);
});
