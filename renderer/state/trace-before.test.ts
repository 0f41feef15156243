import { expect, it } from 'vitest';
import { fakeTrace, type TracePlan } from '../dev/fake-trace.ts';
import { beforeOf, type Traced } from './trace.ts';

function answerOf(plan: TracePlan): Traced {
  const answer = fakeTrace(plan);
  if (!answer.ok) throw new Error('this plan has no answer');
  return answer;
}

it('an answer is kept as what was before only when a way is another', () => {
  const [dropped, delivered] = [answerOf('dropped'), answerOf('delivered')];
  const { before } = beforeOf({ answer: dropped, before: null }, delivered, 5);
  expect(before).toEqual({ answer: dropped, until: 5 });
  const renewed = { ...delivered, kernel: { ...delivered.kernel, asked: 9 } };
  expect(beforeOf({ answer: delivered, before }, renewed, 8)).toEqual({ before });
});
