// A probe: what it would run, and, with that plan's id, the run itself: counters before, packets, counters after.
import type { Result } from '../../app/result.ts';
import type { Topology } from '../../app/topology/model.ts';
import type { TraceAnswer, TraceRequest } from '../../app/trace/model.ts';
import type { ActivePlan, ProbeAnswer, ProbeOutcome, ProbeRequest } from '../../app/trace/probe-model.ts';
import { planProbe } from '../../app/trace/probe-plan.ts';
import type { SaidProbe } from '../../app/trace/probe-understood.ts';
import { fire, readCounted, tiersOf, traceFlow, type ActiveContext } from './active-nodes.ts';

export interface ProbeContext extends ActiveContext {
  readonly trace: (request: TraceRequest) => Promise<TraceAnswer>;
  readonly topology: () => Topology;
  readonly understand: (said: SaidProbe) => Promise<Result<ProbeOutcome, string>>;
}

export async function runProbe(request: ProbeRequest, context: ProbeContext): Promise<ProbeAnswer> {
  const { from, to, proto, port, size, consent } = request;
  const traced = await context.trace({ from, to, proto, port, size });
  if (!traced.ok) return traced;
  const made = planProbe(request, traced, context.topology(), tiersOf(context));
  if (!made.ok) return { ok: false, sentence: made.failure };
  const planned = made.value;
  const head = { ok: true as const, from: traced.from, to: traced.to };
  if (consent !== planned.plan.id) return { ...head, plan: agreedTo(planned.plan, consent), outcome: null };
  const began = performance.now();
  const read = (node: string) => readCounted(node, context);
  const before = await Promise.all(planned.counted.map(read));
  const traces = planned.flows.map(({ node, flow }) => ({
    node,
    flow,
    trace: traceFlow(node, flow, context),
  }));
  const over = new Set<string>();
  for (const { node, trace } of traces) void trace.said.then(() => over.add(node));
  await Promise.all(traces.map(({ trace }) => trace.begun));
  const shots = await fire(planned.sender, planned.shots, context);
  const late = new Set(over);
  const after = await Promise.all(planned.counted.map(read));
  const rules = await Promise.all(
    traces.map(async ({ node, flow, trace }) => ({
      node,
      flow,
      said: await trace.said,
      late: late.has(node),
    })),
  );
  const outcome = await context.understand({
    traced,
    planned,
    shots,
    around: planned.counted.flatMap((node, index) => {
      const [then, now] = [before[index], after[index]];
      return then === undefined || now === undefined ? [] : [{ node, before: then, after: now }];
    }),
    rules: request.rules ? rules : null,
    ms: performance.now() - began,
  });
  return outcome.ok
    ? { ...head, plan: planned.plan, outcome: outcome.value }
    : { ok: false, sentence: outcome.failure };
}

/** What is asked for with another plan's id was agreed to when other commands were shown. */
export function agreedTo(plan: ActivePlan, consent: string | null): ActivePlan {
  if (consent === null) return plan;
  return {
    ...plan,
    sentence: `Nothing was sent: what would be run is not what was agreed to any more, for the way or a process has changed. ${plan.sentence}`,
  };
}
