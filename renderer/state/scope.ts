// Which it is, before any theory: one Pod, one node, one pair, one direction, one port, one size. The model answers at once; packets are sent
// once somebody has agreed to what would be run.
import type { ScopeAnswer, ScopeRequest } from '../../app/trace/probe-model.ts';
import { call } from '../bridge/call.ts';
import { consentAsker } from './consent.ts';
import { useTrace } from './trace.ts';

export type Scoped = Extract<ScopeAnswer, { ok: true }>;
type Asked = Omit<ScopeRequest, 'consent'>;

const {
  use: useScope,
  plan,
  send: sendScope,
  close: closeScope,
} = consentAsker<Asked, Scoped>((asked, consent) => call('scope.run', { ...asked, consent }));

export { closeScope, sendScope, useScope };

/** Of the way that was traced. */
export function askScope(): void {
  const asked = scopeAsked(useTrace.getState());
  if (asked !== null) plan(asked);
}

type Told = Pick<ReturnType<typeof useTrace.getState>, 'answered' | 'answer' | 'shown'>;

/** A scope is of two Pods or nodes: of a Service, whoever the shown path leads to. */
export function scopeAsked({ answered, answer, shown }: Told): Asked | null {
  if (answered === null) return null;
  const { from, to, proto, port } = answered;
  // The way back leads to whoever asked.
  const hops = answer?.paths[typeof shown === 'number' ? shown : 0]?.hops ?? [];
  const [first, last] = [hops[0], hops.at(-1)];
  const came = last?.action === 'deliver' ? last.came : null;
  const service = /^(?:svc|service)\//.test(to) || came?.dst !== first?.left?.dst;
  if (came !== null && service) return { from, to: came.dst, port: proto === 'tcp' ? came.dport : null };
  return { from, to, port: proto === 'tcp' ? port : null };
}
