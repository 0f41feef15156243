// What is asked of an opened cluster: its topology worker answers by what is known, nodes by what they are asked for it.
import type { Diagnosed } from '../../app/contract/diagnosed.ts';
import type { QuestionName, QuestionRequest, QuestionResponse } from '../../app/contract/questions.ts';
import { DIAGNOSIS_PARTS, PAST_PARTS, type DiscoveryPart } from '../../app/probe/discovery-script.ts';
import { fail, ok, type Result } from '../../app/result.ts';
import type { BgpExchange, BgpExchangeRequest } from '../../app/topology/bgp-exchange-model.ts';
import type { Topology } from '../../app/topology/model.ts';
import type { TraceAnswer, TraceRequest } from '../../app/trace/model.ts';
import type { ProbeAnswer, ProbeRequest, ScopeAnswer, ScopeRequest } from '../../app/trace/probe-model.ts';
import { activeNode, type ActiveContext } from './active-nodes.ts';
import { readBgpExchange } from './bgp-exchange-reader.ts';
import { ContradictedLately } from './contradicted-lately.ts';
import { type InsideReading, runDiagnosis } from './diagnosis-run.ts';
import type { Engine, Refusal } from './engine.ts';
import { kernelContradictions, type KernelContext } from './kernel-reader.ts';
import type { LookedInto } from './looked-into.ts';
import type { NodeSession } from './node-session.ts';
import type { OpenCluster } from './open-cluster.ts';
import { runProbe } from './probe-run.ts';
import { runScope } from './scope-run.ts';
import { withOutputs } from './shown-lines.ts';
import { runTrace } from './trace-run.ts';

export const NO_SESSION = 'There is no session; open a cluster file first.';
const NO_PROBE = 'A probe is sent from a node, and none is connected.';

/** ms for which what only a clock reads counts as read, when a diagnosis begins: who asks again waits for it. */
const freshAtFirstMs = 3_000;
const freshAgainMs = 500;
/** Whole or in part: of neighbours, forwarding tables, ports of bridges, filters, settings no doorbell tells. */
const unannounced: readonly DiscoveryPart[] = ['links', 'routes', 'bird', 'counters', 'firewall', 'settings'];

/** What an answer lacks that only the session has: outputs. */
const completions: {
  readonly [N in QuestionName]?: (
    answer: QuestionResponse<N>,
    read: (evidenceId: string) => string | null,
  ) => QuestionResponse<N>;
} = { 'diagnose.run': withOutputs };

/** What a question lacks that only the session knows. */
const additions: {
  readonly [N in QuestionName]?: (
    request: QuestionRequest<N>,
    contradicted: ContradictedLately,
  ) => QuestionRequest<N>;
} = { 'diagnose.run': (request, contradicted) => contradicted.beside(request) };

interface AskedSession {
  /** Null: none is open. */
  cluster(): OpenCluster | null;
  topology(): Topology;
  /** Every kind of Kubernetes' objects was listed, or cannot be. */
  listed(): boolean;
  readEvidence(id: string): { readonly output: string } | null;
  /** ms, our clock. */
  now(): number;
  readonly lookedInto: LookedInto;
}

export class SessionQuestions {
  readonly #session: AskedSession;
  readonly #contradicted: ContradictedLately;

  constructor(session: AskedSession) {
    this.#session = session;
    this.#contradicted = new ContradictedLately(() => session.topology());
  }

  async diagnose({
    signal,
    request,
    listsMs,
    freshMs,
  }: Parameters<Engine['diagnose']>[0]): Promise<Result<Diagnosed, Refusal>> {
    const cluster = this.#session.cluster();
    if (cluster === null) return fail({ sentence: NO_SESSION });
    const { nodes, closing, paste } = cluster;
    return runDiagnosis({
      ask: () => this.ask('diagnose.run', request),
      topology: () => this.#session.topology(),
      lookIntoPods: paste === null ? () => this.#lookIntoPods(nodes, freshMs) : null,
      listed: () => this.#session.listed(),
      listsMs,
      sample: (labels) => {
        for (const label of labels) nodes.get(label)?.ring(['counters']);
      },
      askKernels: (bounds) => {
        // Of this cluster, whichever is open by then.
        const lookups = async () => {
          const answer = await cluster.host.ask('diagnose.lookups', undefined);
          return answer.ok ? answer.value : [];
        };
        return this.#contradicted.keep(lookups, (asked) =>
          kernelContradictions(asked, { ...this.#kernels(cluster), ...bounds }),
        );
      },
      cpuMs: (label) => this.#cpuMs(label),
      signal: paste === null ? AbortSignal.any([signal, closing]) : signal,
    });
  }

  leavePods(): void {
    if (!this.#session.lookedInto.all) return;
    this.#session.lookedInto.all = false;
    for (const node of this.#session.cluster()?.nodes.values() ?? []) node.ring(['inside']);
  }

  /** Of nodes that were not read, and of those that are not connected, nothing comes. */
  #lookIntoPods(nodes: ReadonlyMap<string, NodeSession>, given: number | undefined): InsideReading[] {
    // Who looks again may have mended something that no doorbell tells of.
    const freshMs = given ?? (this.#session.lookedInto.all ? freshAgainMs : freshAtFirstMs);
    this.#session.lookedInto.all = true;
    this.#session.cluster()?.inventory?.lookAgain(freshAtFirstMs);
    return [...nodes.values()].flatMap((node) => {
      const { label, status, transport } = node;
      if (status.lastFactsAt === null || transport === null) return [];
      // Of counters two samples decide: one is taken now, with what is read anyhow.
      node.ring(['inside', 'counters', ...DIAGNOSIS_PARTS]);
      node.ring(unannounced, freshMs);
      node.ring(PAST_PARTS, Infinity);
      return [{ label, ...this.#session.lookedInto.countOn(label) }];
    });
  }

  async #cpuMs(label: string): Promise<number | null> {
    const answer = await this.ask('node.cost', { label });
    if (!answer.ok || answer.value.length === 0) return null;
    return answer.value.reduce((sum, { cpuMsInAll }) => sum + cpuMsInAll, 0);
  }

  async ask<N extends QuestionName>(
    name: N,
    request: QuestionRequest<N>,
  ): Promise<Result<QuestionResponse<N>, Refusal>> {
    const cluster = this.#session.cluster();
    if (cluster === null) return fail({ sentence: NO_SESSION });
    const answer = await cluster.host.ask(name, additions[name]?.(request, this.#contradicted) ?? request);
    const complete = completions[name];
    return answer.ok && complete !== undefined
      ? ok(complete(answer.value, (id) => this.#session.readEvidence(id)?.output ?? null))
      : answer;
  }

  bgpExchange(request: BgpExchangeRequest): Promise<BgpExchange> {
    const cluster = this.#session.cluster();
    if (cluster === null || cluster.paste !== null)
      return Promise.resolve({ ok: false, sentence: 'Prefixes are asked of nodes, and none is connected.' });
    const { nodes, closing } = cluster;
    return readBgpExchange(request, {
      topology: this.#session.topology(),
      transport: (label) => nodes.get(label)?.transport ?? null,
      now: () => this.#session.now(),
      signal: closing,
    });
  }

  async trace(request: TraceRequest): Promise<TraceAnswer> {
    const cluster = this.#session.cluster();
    if (cluster === null) return { ok: false, sentence: NO_SESSION };
    const { nodes, host, paste } = cluster;
    const kernels = this.#kernels(cluster);
    const answer = await runTrace(request, {
      ask: (asked) => host.ask('trace.path', asked),
      topology: () => this.#session.topology(),
      lookInto: (podIds) => {
        this.#session.lookedInto.traced = podIds;
        const labels = new Set(podIds.flatMap((podId) => this.#session.lookedInto.of(podId)?.label ?? []));
        for (const label of labels) nodes.get(label)?.ring(['inside']);
        return [...labels];
      },
      ...kernels,
      transport: paste === null ? kernels.transport : null,
    });
    if (!answer.ok || answer.kernel.agrees !== false) return answer;
    // For the next diagnosis: this answer does not wait for it, and is none the worse if it fails.
    const lookups = async () => {
      const again = await host.ask('trace.path', request);
      return again.ok && again.value.ok ? again.value.lookups : [];
    };
    void this.#contradicted
      .keep(lookups, (asked) => kernelContradictions(asked, { ...kernels, silent: [] }))
      .catch(() => undefined);
    return answer;
  }

  #kernels({ nodes, closing }: OpenCluster): KernelContext {
    return {
      transport: (label) => nodes.get(label)?.transport ?? null,
      now: () => this.#session.now(),
      signal: closing,
    };
  }

  /** Of a cluster that is closed. */
  forget(): void {
    this.#contradicted.forget();
  }

  async probe(request: ProbeRequest): Promise<ProbeAnswer> {
    const cluster = this.#session.cluster();
    if (cluster === null || cluster.paste !== null) return { ok: false, sentence: NO_PROBE };
    return runProbe(request, {
      ...this.#active(cluster),
      trace: (asked) => this.trace(asked),
      topology: () => this.#session.topology(),
      understand: (said) => cluster.host.probed(said),
    });
  }

  async scope(request: ScopeRequest): Promise<ScopeAnswer> {
    const cluster = this.#session.cluster();
    if (cluster === null) return { ok: false, sentence: NO_SESSION };
    return runScope(request, {
      ...this.#active(cluster),
      trace: (asked) => this.trace(asked),
      cells: (asked) => cluster.host.scopeCells(asked),
      topology: () => this.#session.topology(),
      understand: (said) => cluster.host.scoped(said),
    });
  }

  #active({ nodes, closing }: OpenCluster): ActiveContext {
    return {
      node: (label) => activeNode(nodes.get(label)),
      now: () => this.#session.now(),
      signal: closing,
    };
  }
}
