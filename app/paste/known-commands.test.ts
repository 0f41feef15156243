import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { USUAL_COMMAND } from './known-commands.ts';

it('docs/paste.md names every command whose output is read', () => {
  const page = readFileSync(new URL('../../docs/paste.md', import.meta.url), 'utf8').replaceAll('\\|', '|');
  const untyped = new Set(['JSON', 'YAML']);
  const left = Object.values(USUAL_COMMAND).filter(
    (command) => !untyped.has(command) && !page.includes(command),
  );
  expect(left).toEqual([]);
});
