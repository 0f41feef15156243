import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import { ToastStack } from './toast-stack.tsx';

function stackOf(count: number): string {
  const toasts = Array.from({ length: count }, (_, n) => ({
    id: `main-${String(n)}`,
    level: 'warning' as const,
    sentence: `Sentence ${String(n)}.`,
  }));
  return renderToStaticMarkup(<ToastStack toasts={toasts} onDismiss={() => undefined} />);
}

const sentences = (markup: string): string[] => [...markup.matchAll(/Sentence \d+\./g)].map(([text]) => text);

it('shows the latest three of many, and how many more there are', () => {
  const markup = stackOf(20);
  expect(sentences(markup)).toEqual(['Sentence 17.', 'Sentence 18.', 'Sentence 19.']);
  expect(markup).toContain('+17 more');
  expect(markup).toContain('Dismiss all');
});

it('counts nothing while all are shown', () => {
  expect(sentences(stackOf(3))).toHaveLength(3);
  expect(stackOf(3)).not.toContain('more');
  expect(sentences(stackOf(0))).toEqual([]);
});
