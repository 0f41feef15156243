// A probe: what it would run is shown first, and nothing is sent before somebody has agreed to exactly that.
import { create } from 'zustand';
import type { TraceRequest } from '../../app/trace/model.ts';
import type { ProbeAnswer } from '../../app/trace/probe-model.ts';
import { call, sentenceOf } from '../bridge/call.ts';
import { sendAlone } from './sending.ts';

export type Probed = Extract<ProbeAnswer, { ok: true }>;

interface ProbeState {
  /** Null: no probe is thought of. */
  readonly asked: TraceRequest | null;
  readonly sizes: boolean;
  readonly rules: boolean;
  readonly waits: 'plan' | 'outcome' | null;
  /** With an outcome once it ran. */
  readonly answer: Probed | null;
  readonly sentence: string | null;
}

const nothing: ProbeState = {
  asked: null,
  sizes: false,
  rules: false,
  waits: null,
  answer: null,
  sentence: null,
};

export const useProbe = create<ProbeState>(() => nothing);

/** Each question; an answer to an earlier one is nobody's. */
let asks = 0;

export function planProbe(asked: TraceRequest, { sizes = false, rules = false } = {}): void {
  useProbe.setState({ ...nothing, asked, sizes, rules, waits: 'plan' });
  ask(null);
}

/** Runs what was shown. */
export function sendProbe(): void {
  const { answer } = useProbe.getState();
  if (answer?.outcome !== null) return;
  ask(answer.plan.id);
}

/** What is under way ends by itself and cleans up; its answer is not shown. */
export function closeProbe(): void {
  asks += 1;
  useProbe.setState(nothing);
}

function ask(consent: string | null): void {
  const { asked, sizes, rules } = useProbe.getState();
  if (asked === null) return;
  const run = (): Promise<ProbeAnswer> => call('probe.run', { ...asked, sizes, rules, consent });
  const answering = consent === null ? run() : sendAlone(run);
  if (answering === null) return;
  if (consent !== null) useProbe.setState({ waits: 'outcome', sentence: null });
  asks += 1;
  const mine = asks;
  answering.then(
    (answer) => {
      if (mine !== asks) return;
      useProbe.setState({
        waits: null,
        ...(answer.ok ? { answer, sentence: null } : { sentence: answer.sentence }),
      });
    },
    (error: unknown) => {
      if (mine === asks) useProbe.setState({ waits: null, sentence: sentenceOf(error) });
    },
  );
}
