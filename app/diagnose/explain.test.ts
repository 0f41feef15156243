// What explains what, by what breaks and what it touches.
import { expect, it } from 'vitest';
import { draft } from './draft.ts';
import { rootsOf, type Concluded } from './explain.ts';
import { wholeNode } from './subject.ts';

function concluded(id: Concluded['id'], family: 4 | 6 | undefined, breaks: boolean): Concluded {
  const subject = [wholeNode('a')];
  return {
    id,
    explainedBy: breaks ? [] : ['ip-forward-off'],
    draft: draft({
      title: `${id} ${String(family)}`,
      because: '',
      mend: [''],
      ...(breaks ? { breaks: subject } : { touches: subject }),
      ...(family === undefined ? {} : { family }),
    }),
  };
}

it('what ends packets of one family is behind none of the other; of which it is nobody knows, behind both', () => {
  const told = (cause: 4 | 6 | undefined): string[] =>
    rootsOf([
      concluded('ip-forward-off', cause, true),
      concluded('unexplained-drop', 4, false),
      concluded('unexplained-drop', 6, false),
      concluded('link-down', undefined, false),
    ]).map(({ draft: { title }, consequences }) => `${title}: ${consequences.length}`);
  expect(told(6)).toEqual(['ip-forward-off 6: 2', 'unexplained-drop 4: 0']);
  expect(told(4)).toEqual(['ip-forward-off 4: 2', 'unexplained-drop 6: 0']);
  expect(told(undefined)).toEqual(['ip-forward-off undefined: 3']);
});
