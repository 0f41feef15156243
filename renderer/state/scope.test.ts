import { expect, it } from 'vitest';
import { fakeTrace } from '../dev/fake-trace.ts';
import { scopeAsked } from './scope.ts';

it('a scope of a Service is of whoever the shown path leads to, also while the way back is shown', () => {
  const answer = fakeTrace('service');
  if (!answer.ok) throw new Error(answer.sentence);
  const answered = { from: 'default/a', to: 'svc/default/web', proto: 'tcp', port: 80, size: null } as const;
  const asked = { from: 'default/a', to: '192.168.2.3', port: 8080 };
  const arrives = answer.paths.findIndex(({ verdict }) => verdict === 'delivered');
  expect(scopeAsked({ answered, answer, shown: arrives })).toEqual(asked);
  const first = { ...answer, paths: answer.paths.slice(arrives) };
  expect(scopeAsked({ answered, answer: first, shown: 'back' })).toEqual(asked);
});

it('of two Pods it is of these, by the port if it is one of TCP', () => {
  const answer = fakeTrace('delivered');
  if (!answer.ok) throw new Error(answer.sentence);
  const answered = { from: 'default/a', to: 'default/b', proto: 'tcp', port: 8080, size: null } as const;
  const told = { answer, shown: 0 } as const;
  expect(scopeAsked({ ...told, answered })).toEqual({ from: 'default/a', to: 'default/b', port: 8080 });
  expect(scopeAsked({ ...told, answered: { ...answered, proto: 'udp', port: 53 } })?.port).toBeNull();
});
