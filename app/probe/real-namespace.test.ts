import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { afterAll, expect, it } from 'vitest';
import { addNamespace, makerOf, ownPrefix, sweepNamespaces } from './testing/real-namespace.ts';

const made: string[] = [];
const add = (name: string): string => {
  addNamespace(name);
  made.push(name);
  return name;
};
const there = (): string[] => readdirSync('/run/netns').filter((name) => made.includes(name));

afterAll(() => {
  for (const name of there()) execFileSync('ip', ['netns', 'del', name]);
});

it('namespaces of a test that was killed go with the next sweep, also when its number is another’s; all others stay', async () => {
  const test = spawn('sleep', ['120'], { stdio: 'ignore' });
  await once(test, 'spawn');
  const maker = makerOf(test.pid ?? 0);
  const here = makerOf(process.pid);
  if (maker === null || here === null) throw new Error('no such process');
  const theirs = add(`${ownPrefix('sweep-test', maker)}-pod`);
  const own = add(ownPrefix('sweep-test'));
  // As if the number of one that has ended were ours now, and one of a container that shares /run.
  add(ownPrefix('sweep-test', { ...here, startTime: String(BigInt(here.startTime) - 1n) }));
  const elsewhere = add(ownPrefix('sweep-test', { pidNamespace: '1', pid: 2 ** 22 + 1, startTime: '1' }));
  sweepNamespaces();
  expect(there().toSorted()).toEqual([theirs, own, elsewhere].toSorted());
  test.kill('SIGKILL');
  await once(test, 'exit');
  sweepNamespaces();
  expect(there().toSorted()).toEqual([own, elsewhere].toSorted());
  expect(() => {
    addNamespace('hopscope-nobody');
  }).toThrow('does not say who made it');
});
