import { expect, it } from 'vitest';
import type { Shot } from '../probe/active-shots.ts';
import { addressIn, countedCommand, planId } from './probe-plan.ts';

const shot: Shot = {
  kind: 'echo',
  inside: { pid: 42, inode: 4026532001 },
  destination: '192.168.2.3',
  port: null,
  sourcePort: null,
  size: 84,
  whole: false,
  count: 3,
};

it('a plan that was agreed to is another one as soon as its process number is another namespace’s', () => {
  const commands = [countedCommand('a', () => 3)];
  expect(planId(commands, [shot])).toBe(planId(commands, [{ ...shot }]));
  expect(planId(commands, [{ ...shot, inside: { pid: 42, inode: 4026532002 } }])).not.toBe(
    planId(commands, [shot]),
  );
});

it.each([
  [null, 'login'],
  [0, 'login'],
  [1, 'login'],
  [2, 'root'],
  [3, 'root'],
] as const)('who reads what is counted, with tier %j: %s', (tier, rights) => {
  expect(countedCommand('a', () => tier)).toMatchObject({ rights, changes: null });
});

it.each([
  ['default/web-1 (192.168.1.3)', '192.168.1.3'],
  ['default/web-1 (fd00::3)', 'fd00::3'],
  ['10.0.0.1', '10.0.0.1'],
  ['default/web-1', null],
  ['web (1.2.3.4; reboot)', null],
])('where %j is sent to', (text, address) => {
  expect(addressIn(text)).toBe(address);
});
