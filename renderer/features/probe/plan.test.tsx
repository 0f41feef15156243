import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import { Plan } from './plan.tsx';

it('what is run several times in a row stands once, in the order that is agreed to', () => {
  const of = (command: string) => ({ node: 'a', rights: 'root' as const, command, changes: null });
  const commands = ['read', 'ping', 'ping', 'ping', 'read'].map(of);
  const markup = renderToStaticMarkup(
    <Plan plan={{ id: '1', sentence: 'It pings.', commands, lacks: [] }} ran={false} />,
  );
  expect([...markup.matchAll(/<code[^>]*>(\w+)/g)].map(([, text]) => text)).toEqual(['read', 'ping', 'read']);
  expect(markup.match(/\d times/g)).toEqual(['3 times']);
});
