// The question which way a packet goes: what is written in the trace bar, what was asked, what it was answered. One is in flight at a
// time; an earlier answer stays until there is another, and says of what it is.
import { create } from 'zustand';
import type { TraceAnswer, TracePath, TraceRequest } from '../../app/trace/model.ts';
import { call, sentenceOf } from '../bridge/call.ts';
import { OneAtATime } from './one-at-a-time.ts';

export type Traced = Extract<TraceAnswer, { ok: true }>;

interface TraceState {
  /** As written; null: whoever is selected. */
  readonly from: string | null;
  readonly to: string;
  /** `tcp 8080`, `udp:53`, `icmp`. */
  readonly what: string;
  /** Null: nothing is asked, and nothing is drawn. */
  readonly asked: TraceRequest | null;
  /** Somebody waits for it. */
  readonly asking: boolean;
  readonly answer: Traced | null;
  /** What `answer` is of; it differs from `asked` while that one is awaited, or was refused. */
  readonly answered: TraceRequest | null;
  /** Why the newest question has no answer. */
  readonly sentence: string | null;
  /** Which of the answer's paths is shown; `back`: the answer's way back; `flow:0`: that of a connection which conntrack has. */
  readonly shown: number | 'back' | `flow:${number}`;
  /** The answer to the same question before it became another one, and until when it held; null: it never was. */
  readonly before: { readonly answer: Traced; readonly until: number } | null;
  /** It is shown beside the present one. */
  readonly comparing: boolean;
  /** The hop that was pointed out on the graph or in the list, by its position. */
  readonly openHop: number | null;
}

const nothing: TraceState = {
  from: null,
  to: '',
  what: '',
  asked: null,
  asking: false,
  answer: null,
  answered: null,
  sentence: null,
  shown: 0,
  before: null,
  comparing: false,
  openHop: null,
};

export const useTrace = create<TraceState>(() => nothing);

const asker = new OneAtATime<TraceAnswer>({
  answered: (answer, subject) => {
    useTrace.setState((state) => {
      if (subject !== subjectOf(state.asked)) return state;
      if (!answer.ok) return { asking: false, sentence: answer.sentence };
      const again = subject === subjectOf(state.answered);
      return {
        asking: false,
        sentence: null,
        answer,
        answered: state.asked,
        ...(again
          ? { ...stillThere(state, answer), ...beforeOf(state, answer, Date.now()) }
          : { shown: 0, openHop: null, before: null, comparing: false }),
      };
    });
  },
  failed: (error, subject) => {
    useTrace.setState((state) =>
      subject === subjectOf(state.asked) ? { asking: false, sentence: sentenceOf(error) } : state,
    );
  },
});

/** What is looked at stays where the same question has it again. */
function stillThere({ shown, openHop }: TraceState, answer: Traced): Pick<TraceState, 'shown' | 'openHop'> {
  return pathShown(answer, shown) === null ? { shown: 0, openHop: null } : { shown, openHop };
}

function pathShown({ paths, reverse, flows }: Traced, shown: TraceState['shown']): TracePath | null {
  if (shown === 'back') return reverse;
  if (typeof shown === 'number') return paths[shown] ?? null;
  return flows[Number(shown.slice('flow:'.length))]?.path ?? null;
}

/** Counters and what was presumed change with each answer; it is another one when a way is. */
export function beforeOf(
  { answer, before }: Pick<TraceState, 'answer' | 'before'>,
  now: Traced,
  at: number,
): Pick<TraceState, 'before'> {
  const changed = answer !== null && courseOf(answer) !== courseOf(now);
  return { before: changed ? { answer, until: at } : before };
}

function courseOf({ paths, reverse }: Traced): string {
  const ways = [...paths, ...(reverse === null ? [] : [reverse])];
  return JSON.stringify(
    ways.map(({ verdict, endpoint, hops }) => [
      verdict,
      endpoint,
      hops.map(({ netnsId, ingress, egress, action, route }) => [
        netnsId,
        ingress,
        egress,
        action,
        route?.text,
      ]),
    ]),
  );
}

function subjectOf(request: TraceRequest | null): string {
  return JSON.stringify(request);
}

export function askTrace(request: TraceRequest): void {
  useTrace.setState({ asked: request, asking: true, sentence: null });
  ask(request);
}

/** The same again: what it rests on has changed. */
export function renewTrace(): void {
  const { asked } = useTrace.getState();
  if (asked !== null) ask(asked);
}

function ask(request: TraceRequest): void {
  asker.ask({
    subject: subjectOf(request),
    ask: () => call('trace.run', request),
    everyMs: null,
  });
}

/** Nothing is drawn any more; who and what was asked about goes, too. */
export function clearTrace(): void {
  useTrace.setState(nothing);
}

export function showPath(shown: TraceState['shown']): void {
  useTrace.setState({ shown, openHop: null });
}

export function compareTraces(comparing: boolean): void {
  useTrace.setState({ comparing });
}

/** What stood before in the place of the path that is shown. */
export function beforeShown({ before, shown }: TraceState): TracePath | null {
  return before === null ? null : pathShown(before.answer, shown);
}

export function openHop(at: number | null): void {
  useTrace.setState({ openHop: at });
}

/** The same way in the other direction: of the way back that there, of the first path its way back; null where there is none. */
export function otherWay({ answer, shown }: TraceState): TracePath | null {
  if (answer === null) return null;
  if (shown === 'back') return answer.paths[0] ?? null;
  return shown === 0 ? answer.reverse : null;
}

/** The question that `answer` is of, where another one was asked meanwhile; else null. */
export function earlierQuestion({ asked, answered }: TraceState): TraceRequest | null {
  return asked === null || subjectOf(asked) === subjectOf(answered) ? null : answered;
}

/** The path that list and graph show; null where there is none. */
export function shownPath({ answer, shown }: TraceState): TracePath | null {
  return answer === null ? null : pathShown(answer, shown);
}
