import { expect, it } from 'vitest';
import { ownerSentence, routeOwner } from './owner.ts';

it.each([
  ['bird', 'main', 'unicast', 'bird'],
  ['12', 'main', 'blackhole', 'bird'],
  ['80', 'main', 'unicast', 'felix'],
  ['boot', 'main', 'unicast', 'boot'],
  ['kernel', 'main', 'unicast', 'kernel'],
  ['boot', 'local', 'unicast', 'kernel'],
  ['boot', '100', 'broadcast', 'kernel'],
  ['ra', 'main', 'unicast', 'router-advertisement'],
  ['unknown', 'main', 'unicast', 'unknown'],
  ['unknown', 'local', 'unicast', 'kernel'],
  ['42', 'main', 'unicast', 'other'],
  ['constructor', 'main', 'unicast', 'other'],
] as const)('proto %s in table %s, %s: %s', (proto, table, type, owner) => {
  expect(routeOwner({ proto, table, type })).toBe(owner);
  expect(ownerSentence({ proto, table, type })).not.toBe('');
});
