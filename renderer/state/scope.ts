// Which it is, before any theory: one Pod, one node, one pair, one direction, one port, one size. The model answers at once; packets are sent
// once somebody has agreed to what would be run.
import { create } from 'zustand';
import type { ScopeAnswer, ScopeRequest } from '../../app/trace/probe-model.ts';
import { call, sentenceOf } from '../bridge/call.ts';
import { sendAlone } from './sending.ts';
import { shownPath, type Traced, useTrace } from './trace.ts';

export type Scoped = Extract<ScopeAnswer, { ok: true }>;
type Asked = Omit<ScopeRequest, 'consent'>;

interface ScopeState {
  /** Null: nobody asks. */
  readonly asked: Asked | null;
  readonly waits: 'model' | 'probes' | null;
  readonly answer: Scoped | null;
  readonly sentence: string | null;
}

const nothing: ScopeState = { asked: null, waits: null, answer: null, sentence: null };

export const useScope = create<ScopeState>(() => nothing);

/** Each question; an answer to an earlier one is nobody's. */
let asks = 0;

/** Of the way that was traced. */
export function askScope(): void {
  const asked = scopeAsked();
  if (asked === null) return;
  useScope.setState({ ...nothing, asked, waits: 'model' });
  ask(asked, null);
}

/** Sends what was shown. */
export function sendScope(): void {
  const { asked, answer } = useScope.getState();
  if (asked !== null && answer !== null) ask(asked, answer.plan.id);
}

/** What is under way ends by itself; its answer is not shown. */
export function closeScope(): void {
  asks += 1;
  useScope.setState(nothing);
}

/** A scope is of two Pods or nodes: of a Service, whoever the shown path leads to. */
function scopeAsked(): Asked | null {
  const state = useTrace.getState();
  const { answered } = state;
  if (answered === null) return null;
  const { from, to, proto, port } = answered;
  const asked = { from, to, port: proto === 'tcp' ? port : null };
  const came = /^(?:svc|service)\//.test(to) ? lastCame(shownPath(state)?.hops) : null;
  return came === null ? asked : { ...asked, to: came.dst, port: proto === 'tcp' ? came.dport : null };
}

function lastCame(hops: Traced['paths'][number]['hops'] | undefined) {
  const last = hops?.at(-1);
  return last?.action === 'deliver' ? last.came : null;
}

function ask(asked: Asked, consent: string | null): void {
  const run = (): Promise<ScopeAnswer> => call('scope.run', { ...asked, consent });
  const answering = consent === null ? run() : sendAlone(run);
  if (answering === null) return;
  useScope.setState({ waits: consent === null ? 'model' : 'probes', sentence: null });
  asks += 1;
  const mine = asks;
  answering.then(
    (answer) => {
      if (mine !== asks) return;
      useScope.setState({
        waits: null,
        ...(answer.ok ? { answer, sentence: null } : { sentence: answer.sentence }),
      });
    },
    (error: unknown) => {
      if (mine === asks) useScope.setState({ waits: null, sentence: sentenceOf(error) });
    },
  );
}
