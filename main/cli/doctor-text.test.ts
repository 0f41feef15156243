import { expect, it } from 'vitest';
import { doctorText } from './doctor-text.ts';

const calm = { findings: [], checked: [], skipped: [], left: 0, awaits: [] };
const looked = { pods: 150, left: 0, nodes: ['a'], silent: [], cpuMs: 900, tookMs: 1_200 };

it('says which Pods were not looked into, and is silent where all were', () => {
  expect(doctorText(calm, 3, looked)).toBe(doctorText(calm, 3, null));
  expect(doctorText(calm, 3, { ...looked, left: 12 })).toMatch(
    /Of the Pods 150 were looked into.*12\s+were\s+not/s,
  );
  expect(doctorText(calm, 3, { ...looked, silent: ['b', 'c'] })).toContain(
    'The Pods of b, c were not looked into: no answer came in time.',
  );
});
