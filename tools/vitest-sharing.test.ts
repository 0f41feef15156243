import { expect, it } from 'vitest';
import { leavesNothing, sharingTests } from './vitest-sharing.mjs';

it('lets a test share its process that takes nothing which could stay', () => {
  expect(leavesNothing("import { expect, it } from 'vitest';\nimport { spread } from './spread.ts';")).toBe(
    true,
  );
  for (const line of [
    "import net from 'node:net';",
    "import { startLab } from '../engine/testing/lab.ts';",
    'vi.useFakeTimers();',
    "process.env['HOME'] = folder;",
  ])
    expect(leavesNothing(line), line).toBe(false);
});

it('finds such tests, and no others', () => {
  const found = sharingTests(['main', 'lab', 'tools']);
  expect(found).toContain('tools/vitest-order.test.ts');
  expect(found).not.toContain('main/engine/session.test.ts');
});
