// Which it is, one Pod, one node, one pair …: by traces at once, and, with the plan's id, by a few packets that are sent all at once.
import type { Result } from '../../app/result.ts';
import type { Topology } from '../../app/topology/model.ts';
import type { TraceAnswer, TraceRequest } from '../../app/trace/model.ts';
import type { ScopeAnswer, ScopeRequest } from '../../app/trace/probe-model.ts';
import type { ScopeCells } from '../../app/trace/scope-cells.ts';
import { planScope } from '../../app/trace/scope-plan.ts';
import { scopeOfModel, type SaidScope, type UnderstoodScope } from '../../app/trace/scope-understood.ts';
import { fire, readCounted, tiersOf, type ActiveContext } from './active-nodes.ts';
import { agreedTo } from './probe-run.ts';

export interface ScopeContext extends ActiveContext {
  readonly trace: (request: TraceRequest) => Promise<TraceAnswer>;
  readonly cells: (request: ScopeRequest) => Promise<Result<ScopeCells, string>>;
  readonly topology: () => Topology;
  readonly understand: (said: SaidScope) => Promise<Result<UnderstoodScope, string>>;
}

export async function runScope(request: ScopeRequest, context: ScopeContext): Promise<ScopeAnswer> {
  const began = performance.now();
  const { from, to, consent } = request;
  // The Pods that are asked about are looked into first; nobody needs the answer.
  if (consent === null) await context.trace({ from, to, proto: 'icmp', port: null, size: null });
  const found = await context.cells(request);
  if (!found.ok) return { ok: false, sentence: found.failure };
  const scope = found.value;
  const planned = planScope(scope, context.topology(), tiersOf(context));
  const head = {
    ok: true as const,
    from: scope.from.parties.get('asked')?.name ?? from,
    to: scope.to.parties.get('asked')?.name ?? to,
  };
  if (consent !== planned.plan.id) {
    const plan = agreedTo(planned.plan, consent);
    return { ...head, ...scopeOfModel(scope), plan, ms: performance.now() - began };
  }
  const read = (node: string) => readCounted(node, context);
  const before = await Promise.all(planned.counted.map(read));
  const shots = await Promise.all(planned.fired.map(({ node, shots: list }) => fire(node, list, context)));
  const after = await Promise.all(planned.counted.map(read));
  const around = planned.counted.flatMap((node, index) => {
    const [then, now] = [before[index], after[index]];
    return then === undefined || now === undefined ? [] : [{ node, before: then, after: now }];
  });
  const understood = await context.understand({ scope, planned, shots, around });
  if (!understood.ok) return { ok: false, sentence: understood.failure };
  return { ...head, ...understood.value, plan: planned.plan, ms: performance.now() - began };
}
