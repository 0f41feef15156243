import { expect, it } from 'vitest';
import { UNKNOWN_CONTEXT } from './hook-context.ts';
import { queued } from './queued.ts';

const to = (last: number, bypass: boolean, queues?: readonly number[]) =>
  queued(
    { first: 5, last },
    bypass,
    'NFQUEUE',
  )({
    context: { ...UNKNOWN_CONTEXT, ...(queues === undefined ? {} : { queues }) },
  });

it('a queue to which nobody listens drops, or lets pass where the rule says so; else a program decides', () => {
  expect(to(5, false, [])).toMatchObject({ unheard: 'gives it to queue 5, to which no program listens' });
  expect(to(7, false, [4, 8])).toMatchObject({
    unheard: 'gives it to queues 5 to 7, to which no program listens',
  });
  expect(to(5, true, [4])).toEqual({ kind: 'accept' });
  for (const decided of [to(5, false, [5]), to(7, false, [6]), to(5, true, [5]), to(5, false), to(5, true)])
    expect(decided).toEqual({ kind: 'unknown', why: 'a program in user space decides (NFQUEUE)' });
});
