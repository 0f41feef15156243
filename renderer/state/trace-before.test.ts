import { expect, it } from 'vitest';
import { fakeTrace, type TracePlan } from '../dev/fake-trace.ts';
import { beforeOf, earlierQuestion, type Traced, useTrace } from './trace.ts';

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

it('an answer is of an earlier question while another is awaited, or was refused', () => {
  const [one, other] = ['b', 'c'].map(
    (to) => ({ from: 'a', to, proto: 'tcp', port: 80, size: null }) as const,
  );
  const state = (asked = one, answered = one) =>
    earlierQuestion({ ...useTrace.getState(), asked: asked ?? null, answered: answered ?? null });
  expect(state()).toBeNull();
  expect(state(other)).toBe(one);
  expect(earlierQuestion(useTrace.getState())).toBeNull();
});
