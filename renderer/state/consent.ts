// What sends packets is asked twice: first what would be run, which only reads, then, once somebody has agreed to exactly that, the same
// with that plan's id. Probes and scopes alike.
import { create, type StoreApi, type UseBoundStore } from 'zustand';
import type { ActivePlan } from '../../app/trace/probe-model.ts';
import { sentenceOf } from '../bridge/call.ts';
import { sendAlone } from './sending.ts';

interface Refusal {
  readonly ok: false;
  readonly sentence: string;
}

interface Consent<Asked, Answer> {
  /** Null: nobody asks. */
  readonly asked: Asked | null;
  readonly waits: 'plan' | 'outcome' | null;
  /** The latest; it stays while the same is asked again. */
  readonly answer: Answer | null;
  /** Why there is no newer answer. */
  readonly sentence: string | null;
}

interface ConsentAsker<Asked, Answer> {
  readonly use: UseBoundStore<StoreApi<Consent<Asked, Answer>>>;
  /** What would be run. */
  readonly plan: (asked: Asked) => void;
  /** The same with other choices: the plan before it is shown until then, and is not sent. */
  readonly planAgain: (asked: Asked) => void;
  /** Runs what was shown, unless something else is being sent. */
  readonly send: () => void;
  /** What is under way ends by itself and cleans up; its answer is not shown. */
  readonly close: () => void;
}

export function consentAsker<Asked, Answer extends { readonly ok: true; readonly plan: ActivePlan }>(
  run: (asked: Asked, consent: string | null) => Promise<Answer | Refusal>,
): ConsentAsker<Asked, Answer> {
  const nothing: Consent<Asked, Answer> = { asked: null, waits: null, answer: null, sentence: null };
  const use = create<Consent<Asked, Answer>>(() => nothing);
  /** Each question; an answer to an earlier one is nobody's. */
  let asks = 0;
  const take = (answering: Promise<Answer | Refusal>): void => {
    asks += 1;
    const mine = asks;
    answering.then(
      (answer) => {
        if (mine !== asks) return;
        use.setState({
          waits: null,
          ...(answer.ok ? { answer, sentence: null } : { sentence: answer.sentence }),
        });
      },
      (error: unknown) => {
        if (mine === asks) use.setState({ waits: null, sentence: sentenceOf(error) });
      },
    );
  };
  const planAgain = (asked: Asked): void => {
    use.setState({ asked, waits: 'plan', sentence: null });
    take(run(asked, null));
  };
  return {
    use,
    plan: (asked) => {
      use.setState(nothing);
      planAgain(asked);
    },
    planAgain,
    send: () => {
      const { asked, answer, waits } = use.getState();
      if (asked === null || answer === null || waits !== null) return;
      const sending = sendAlone(() => run(asked, answer.plan.id));
      if (sending === null) return;
      use.setState({ waits: 'outcome', sentence: null });
      take(sending);
    },
    close: () => {
      asks += 1;
      use.setState(nothing);
    },
  };
}
