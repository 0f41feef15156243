import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import { HealthTags } from './health-tags.tsx';

it('what ails a flow is said in whole by what has the focus, not by a pointer alone', () => {
  const ails = { kind: 'reset', times: 2, since: 0, last: 0, sentence: 'w1 refused it.' } as const;
  const markup = renderToStaticMarkup(<HealthTags health={[ails]} />);
  expect(markup).toMatch(/<button[^>]* aria-label="2 × reset: w1 refused it."/u);
  expect(renderToStaticMarkup(<HealthTags health={[]} />)).toBe('');
});
