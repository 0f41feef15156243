import { expect, it } from 'vitest';
import { discoveryBody } from '../../../app/probe/discovery-script.ts';
import { runnable } from './command-text.ts';

it('names the process of the Pod it is shown for', () => {
  expect(runnable('head -n 3000 /proc/PID/net/fib_trie /proc/PID/net/dev', 4711)).toBe(
    'head -n 3000 /proc/4711/net/fib_trie /proc/4711/net/dev',
  );
});

it('is nothing to run while the process is not known, and stays as it is where none is named', () => {
  expect(runnable('head -n 3000 /proc/PID/net/dev', null)).toBeNull();
  expect(runnable('ip -j link show', null)).toBe('ip -j link show');
});

it('knows the word that discovery records', () => {
  const recorded = [...discoveryBody.matchAll(/^ *at='?(\/proc\/\S+?)'?$/gm)].map(
    ([, path]) => `${path ?? ''}/`,
  );
  expect(recorded).toHaveLength(3);
  for (const path of recorded) expect(runnable(path, 7)).not.toMatch(/PID/);
});
