import { expect, it } from 'vitest';
import type { ActivePlan } from '../../app/trace/probe-model.ts';
import { consentAsker } from './consent.ts';

interface Answer {
  readonly ok: true;
  readonly plan: ActivePlan;
}

/** Each question waits until it is answered by hand. */
function asker() {
  const asked: {
    consent: string | null;
    answer: (answer: Answer | { ok: false; sentence: string }) => void;
  }[] = [];
  const one = consentAsker<string, Answer>(
    (_, consent) =>
      new Promise((resolve) => {
        asked.push({ consent, answer: resolve });
      }),
  );
  return { one, asked };
}

const planned = (id: string): Answer => ({ ok: true, plan: { id, sentence: '', commands: [], lacks: [] } });
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

it('sends what was shown, by its plan’s id, and nothing while another plan is awaited', async () => {
  const { one, asked } = asker();
  one.plan('a to b');
  one.send();
  expect(asked.map(({ consent }) => consent)).toEqual([null]);
  asked[0]?.answer(planned('first'));
  await settled();
  one.planAgain('a to b, with sizes');
  expect(one.use.getState().answer?.plan.id).toBe('first');
  one.send();
  expect(asked).toHaveLength(2);
  asked[1]?.answer(planned('second'));
  await settled();
  one.send();
  expect(one.use.getState().waits).toBe('outcome');
  expect(asked.map(({ consent }) => consent)).toEqual([null, null, 'second']);
  asked[2]?.answer({ ok: false, sentence: 'The node is gone.' });
  await settled();
  expect(one.use.getState()).toMatchObject({ waits: null, sentence: 'The node is gone.' });
});

it('an answer that comes late, to an earlier question or to one that was closed, is nobody’s', async () => {
  const { one, asked } = asker();
  one.plan('a to b');
  one.plan('c to d');
  asked[1]?.answer(planned('of the second'));
  asked[0]?.answer(planned('of the first'));
  await settled();
  expect(one.use.getState().answer?.plan.id).toBe('of the second');
  one.plan('e to f');
  one.close();
  asked[2]?.answer(planned('late'));
  await settled();
  expect(one.use.getState()).toEqual({ asked: null, waits: null, answer: null, sentence: null });
});
