// The one session that window and CLI share: nodes, inventory, worker, evidence, questions, terminals.
import type { SessionView, Notice } from '../../app/contract/session.ts';
import type { QuestionName, QuestionRequest, QuestionResponse } from '../../app/contract/questions.ts';
import type { TerminalTarget } from '../../app/contract/terminal.ts';
import type { Diagnosed } from '../../app/contract/diagnosed.ts';
import type { DiagnoseRequest } from '../../app/diagnose/hint.ts';
import { DIAGNOSIS_PARTS, type DiscoveryPart } from '../../app/probe/discovery-script.ts';
import { fail, ok, type Result } from '../../app/result.ts';
import { applyPatch } from '../../app/topology/diff.ts';
import { emptyTopology } from '../../app/topology/build.ts';
import type { PastedText } from '../../app/paste/pasted-text.ts';
import type { BgpExchange, BgpExchangeRequest } from '../../app/topology/bgp-exchange-model.ts';
import type { PodId, Topology } from '../../app/topology/model.ts';
import type { TraceAnswer, TraceRequest } from '../../app/trace/model.ts';
import type { ProbeAnswer, ProbeRequest, ScopeAnswer, ScopeRequest } from '../../app/trace/probe-model.ts';
import type { TerminalSize } from '../ssh/transport.ts';
import { exportCase } from '../casefile/export-case.ts';
import { readClusterFile } from './cluster-file.ts';
import type { Engine, OpenedTerminal, Refusal } from './engine.ts';
import type { AuditList, AuditListRequest, AuditRow } from '../../app/contract/audit.ts';
import type { AuditTrail } from '../audit/audit-trail.ts';
import { auditList } from './audit-rows.ts';
import { type InsideReading, runDiagnosis } from './diagnosis-run.ts';
import { ContradictedLately } from './contradicted-lately.ts';
import type { KernelContext } from './kernel-reader.ts';
import { readBgpExchange } from './bgp-exchange-reader.ts';
import type { EtcdReader } from './etcd-reader.ts';
import { EvidenceStore } from './evidence-store.ts';
import type { NodeSession } from './node-session.ts';
import {
  connectCluster,
  noEtcd,
  pastedOpenCluster,
  type ClusterOptions,
  type ClusterSession,
  type OpenCluster,
} from './open-cluster.ts';
import { NO_CONNECTION, understandPasted } from './pasted-cluster.ts';
import { PodWatch } from './pod-watch.ts';
import { withOutputs } from './shown-lines.ts';
import { LookedInto } from './looked-into.ts';
import { openTerminal } from './terminals.ts';
import { activeNode, type ActiveContext } from './active-nodes.ts';
import { runProbe } from './probe-run.ts';
import { runScope } from './scope-run.ts';
import { runTrace } from './trace-run.ts';

export interface SessionOptions extends ClusterOptions {
  readonly packetWorkerFile: URL;
  /** Ends with the session: nothing runs on a node after that. */
  readonly audit: AuditTrail;
}

const NO_PROBE = 'A probe is sent from a node, and none is connected.';

/** ms for which what only a clock reads counts as read, when a diagnosis begins: a command has just read all, and who asks again waits for it. */
const freshAtFirstMs = 3_000;
const freshAgainMs = 500;
/** Whole or in part: of neighbours, forwarding tables, ports of bridges, filters, settings no doorbell tells. */
const unannounced: readonly DiscoveryPart[] = ['links', 'routes', 'bird', 'counters', 'firewall', 'settings'];

/** Notices beyond these are old news. */
const noticesKept = 20;

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

const noSession: SessionView = {
  phase: 'none',
  cluster: null,
  clusterFile: null,
  sentence: null,
  nodes: [],
  prompts: [],
  paste: null,
  notices: [],
};

export class Session implements Engine {
  readonly #options: SessionOptions;
  readonly #listeners = new Set<() => void>();
  readonly watch: PodWatch;
  #cluster: OpenCluster | null = null;
  #view: SessionView = noSession;
  #topology: Topology = emptyTopology('');
  #evidence = new EvidenceStore();
  #notices: readonly Notice[] = [];
  #nextNotice = 1;
  #lookedAt: string | null = null;
  readonly #lookedInto = new LookedInto(() => this.#topology);
  readonly #contradicted = new ContradictedLately();
  #told = false;
  /** Opens and closes follow one another: two sessions never share a node's channels. */
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.watch = new PodWatch({
      workerFile: options.packetWorkerFile,
      topology: () => this.#topology,
      nodes: () => [...(this.#cluster?.nodes.values() ?? [])],
      now: () => options.clock.now(),
      refusal: () => ((this.#cluster?.paste ?? null) === null ? null : NO_CONNECTION.watch),
    });
  }

  get view(): SessionView {
    return this.#view;
  }

  get topology(): Topology {
    return this.#topology;
  }

  get settled(): boolean {
    if (this.#cluster === null) return false;
    const { nodes, inventory } = this.#cluster;
    if (![...nodes.values()].every((node) => node.settled)) return false;
    if (inventory === null || inventory.settled) return true;
    // kubectl is asked after its node was read; where that cannot be, it is not asked at all.
    return nodes.get(inventory.label)?.status.lastFactsAt === null;
  }

  get inventoried(): boolean {
    return this.#cluster !== null && (this.#cluster.inventory?.listed ?? true);
  }

  get inventoryWhole(): boolean {
    const { inventory = null, birds = null } = this.#cluster ?? {};
    // One that cannot be asked at all is not waited for (`settled`), nor what would be asked of it then.
    const listed = inventory === null || inventory.whole || !inventory.settled;
    return this.#cluster !== null && listed && (birds === null || birds.done || !this.inventoried);
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  open(clusterFile: string, { signal }: { signal: AbortSignal }): Promise<Result<void, Refusal>> {
    const turn = this.#turn.then(() => this.#open(clusterFile, signal));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  openPaste(
    texts: readonly PastedText[],
    { name, signal }: { readonly name: string; readonly signal: AbortSignal },
  ): Promise<Result<void, Refusal>> {
    const turn = this.#turn.then(() => this.#openPaste(texts, name, signal));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  answerHostKey(promptId: string, answer: 'once' | 'always' | 'refuse'): void {
    this.#cluster?.prompts.answer(promptId, 'host-key', answer === 'refuse' ? null : answer);
  }

  answerPassphrase(promptId: string, passphrase: string | null): void {
    this.#cluster?.prompts.answer(promptId, 'passphrase', passphrase);
  }

  retryNode(label: string): void {
    this.#cluster?.nodes.get(label)?.retry();
  }

  lookAt(label: string | null, podId: PodId | null = null): void {
    this.#lookedAt = label;
    for (const node of this.#cluster?.nodes.values() ?? []) node.lookAt(node.label === label);
    const lookedInto = this.#lookedInto;
    if (podId === lookedInto.selected) return;
    // Both are told: what nobody looks at any more is forgotten there.
    const before = lookedInto.of(lookedInto.selected);
    lookedInto.selected = podId;
    const labels = [before, lookedInto.of(podId)].flatMap((inside) => inside?.label ?? []);
    for (const one of new Set(labels)) this.#cluster?.nodes.get(one)?.ring(['inside']);
  }

  async diagnose({
    signal,
    request,
  }: {
    readonly signal: AbortSignal;
    readonly request?: DiagnoseRequest;
  }): Promise<Result<Diagnosed, Refusal>> {
    const cluster = this.#cluster;
    if (cluster === null) return fail({ sentence: 'There is no session; open a cluster file first.' });
    const { nodes, closing, paste } = cluster;
    return runDiagnosis({
      ask: () => this.ask('diagnose.run', request),
      topology: () => this.#topology,
      lookIntoPods: paste === null ? () => this.#lookIntoPods(nodes) : null,
      sample: (labels) => {
        for (const label of labels) nodes.get(label)?.ring(['counters']);
      },
      askKernels: () =>
        this.#contradicted.ask(async () => {
          const answer = await this.ask('diagnose.lookups', undefined);
          return answer.ok ? answer.value : [];
        }, this.#kernels(cluster)),
      cpuMs: (label) => this.#cpuMs(label),
      signal: paste === null ? AbortSignal.any([signal, closing]) : signal,
    });
  }

  leavePods(): void {
    if (!this.#lookedInto.all) return;
    this.#lookedInto.all = false;
    for (const node of this.#cluster?.nodes.values() ?? []) node.ring(['inside']);
  }

  /** Of nodes that were not read, and of those that are not connected, nothing comes. */
  #lookIntoPods(nodes: ReadonlyMap<string, NodeSession>): InsideReading[] {
    // Who looks again may have mended something that no doorbell tells of.
    const freshMs = this.#lookedInto.all ? freshAgainMs : freshAtFirstMs;
    this.#lookedInto.all = true;
    this.#cluster?.inventory?.lookAgain(freshAtFirstMs);
    return [...nodes.values()].flatMap((node) => {
      const { label, status, transport } = node;
      if (status.lastFactsAt === null || transport === null) return [];
      node.ring(['inside', ...DIAGNOSIS_PARTS]);
      node.ring(unannounced, freshMs);
      return [{ label, ...this.#lookedInto.countOn(label) }];
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
    if (this.#cluster === null) return fail({ sentence: 'There is no session; open a cluster file first.' });
    const answer = await this.#cluster.host.ask(
      name,
      additions[name]?.(request, this.#contradicted) ?? request,
    );
    const complete = completions[name];
    return answer.ok && complete !== undefined
      ? ok(complete(answer.value, (id) => this.readEvidence(id)?.output ?? null))
      : answer;
  }

  bgpExchange(request: BgpExchangeRequest): Promise<BgpExchange> {
    const cluster = this.#cluster;
    if (cluster === null || cluster.paste !== null)
      return Promise.resolve({ ok: false, sentence: 'Prefixes are asked of nodes, and none is connected.' });
    const { nodes, closing } = cluster;
    return readBgpExchange(request, {
      topology: this.#topology,
      transport: (label) => nodes.get(label)?.transport ?? null,
      now: () => this.#options.clock.now(),
      signal: closing,
    });
  }

  async trace(request: TraceRequest): Promise<TraceAnswer> {
    const cluster = this.#cluster;
    if (cluster === null) return { ok: false, sentence: 'There is no session; open a cluster file first.' };
    const { nodes, host, paste } = cluster;
    const kernels = this.#kernels(cluster);
    const answer = await runTrace(request, {
      ask: (asked) => host.ask('trace.path', asked),
      topology: () => this.#topology,
      lookInto: (podIds) => {
        this.#lookedInto.traced = podIds;
        const labels = new Set(podIds.flatMap((podId) => this.#lookedInto.of(podId)?.label ?? []));
        for (const label of labels) nodes.get(label)?.ring(['inside']);
        return [...labels];
      },
      ...kernels,
      transport: paste === null ? kernels.transport : null,
    });
    if (!answer.ok || answer.kernel.agrees !== false) return answer;
    await this.#contradicted.ask(async () => {
      const again = await host.ask('trace.path', request);
      return again.ok && again.value.ok ? again.value.lookups : [];
    }, kernels);
    return answer;
  }

  #kernels({ nodes, closing }: OpenCluster): KernelContext {
    return {
      transport: (label) => nodes.get(label)?.transport ?? null,
      now: () => this.#options.clock.now(),
      signal: closing,
    };
  }

  async probe(request: ProbeRequest): Promise<ProbeAnswer> {
    const cluster = this.#cluster;
    if (cluster === null || cluster.paste !== null) return { ok: false, sentence: NO_PROBE };
    return runProbe(request, {
      ...this.#active(cluster),
      trace: (asked) => this.trace(asked),
      topology: () => this.#topology,
      understand: (said) => cluster.host.probed(said),
    });
  }

  async scope(request: ScopeRequest): Promise<ScopeAnswer> {
    const cluster = this.#cluster;
    if (cluster === null) return { ok: false, sentence: 'There is no session; open a cluster file first.' };
    return runScope(request, {
      ...this.#active(cluster),
      trace: (asked) => this.trace(asked),
      cells: (asked) => cluster.host.scopeCells(asked),
      topology: () => this.#topology,
      understand: (said) => cluster.host.scoped(said),
    });
  }

  #active({ nodes, closing }: OpenCluster): ActiveContext {
    return {
      node: (label) => activeNode(nodes.get(label)),
      now: () => this.#options.clock.now(),
      signal: closing,
    };
  }

  auditRows(filter: string): AuditRow[] {
    return this.auditList({ filter, most: Infinity }).rows;
  }

  auditList(asked: AuditListRequest): AuditList {
    const nodes = this.#cluster?.nodes ?? new Map<string, NodeSession>();
    const tiers = new Map([...nodes].map(([label, { status }]) => [label, status.rights]));
    return auditList(this.#options.audit, asked, this.#topology, (label) => tiers.get(label) ?? null);
  }

  get etcd(): EtcdReader {
    return this.#cluster?.etcd ?? noEtcd();
  }

  readEvidence(id: string): { readonly output: string; readonly truncated: boolean } | null {
    return this.#evidence.read(id);
  }

  async openTerminal(
    target: TerminalTarget,
    options: { size: TerminalSize; signal: AbortSignal },
  ): Promise<Result<OpenedTerminal, Refusal>> {
    if (this.#cluster === null) return fail({ sentence: 'There is no session; open a cluster file first.' });
    const { nodes, file, paste } = this.#cluster;
    if (paste !== null) return fail({ sentence: NO_CONNECTION.terminal });
    const kubectl = file.inventory?.kubectl ?? null;
    return openTerminal(target, { ...options, nodes, kubectl, topology: this.#topology });
  }

  async exportCase(
    file: string,
    { payload, signal }: { readonly payload: boolean; readonly signal: AbortSignal },
  ): Promise<Result<{ readonly packets: number }, Refusal>> {
    const cluster = this.#cluster;
    if (cluster === null) return fail({ sentence: 'There is nothing to export; open a cluster file first.' });
    const { watch } = this;
    const parts = {
      topology: this.#topology,
      watch: watch.view,
      captures: watch.settings,
      ifindexes: watch.ifindexes,
      pointOf: watch.pointOf,
      segments: watch.stretches,
      sentences: this.#view.nodes.flatMap(({ sentence, limits }) => [
        ...(sentence === null ? [] : [sentence]),
        ...limits,
      ]),
      since: cluster.since,
      now: this.#options.clock.now(),
      payload,
    };
    return exportCase(file, parts, { signal });
  }

  /** Ends the topology worker as a crash would, so that tests see the recovery on the real program. */
  killWorkerForTest(): void {
    void this.#cluster?.host.killWorkerForTest();
  }

  /** The same for the packet worker. */
  killPacketWorkerForTest(): void {
    void this.watch.killWorkerForTest();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#cluster?.prompts.close();
    await this.#turn;
    await this.#closeCluster();
    await this.watch[Symbol.asyncDispose]();
    this.#listeners.clear();
    await this.#options.audit[Symbol.asyncDispose]();
  }

  async #open(clusterFile: string, signal: AbortSignal): Promise<Result<void, Refusal>> {
    if (this.#closed || signal.aborted) return fail({ sentence: 'The program is closing.' });
    const read = await readClusterFile(clusterFile);
    if (!read.ok) {
      // A file that cannot be read does not cost a session that works.
      if (this.#cluster === null) this.#failed(clusterFile, read.failure.sentence);
      return read;
    }
    await this.#closeCluster();
    this.#topology = emptyTopology(read.value.name);
    this.#cluster = connectCluster(read.value, clusterFile, this.#options, this.#asSession());
    for (const node of this.#cluster.nodes.values()) node.lookAt(node.label === this.#lookedAt);
    if (this.#options.follow) this.watch.warm();
    this.#refresh();
    return ok(undefined);
  }

  async #openPaste(
    texts: readonly PastedText[],
    name: string,
    signal: AbortSignal,
  ): Promise<Result<void, Refusal>> {
    if (this.#closed || signal.aborted) return fail({ sentence: 'The program is closing.' });
    const { workerFile } = this.#options;
    const onNotice = (sentence: string): void => this.notice('warning', sentence);
    const pasted = await understandPasted(texts, { name, workerFile, onNotice });
    if (!pasted.ok) {
      if (this.#cluster === null) this.#failed(null, pasted.failure.sentence);
      return pasted;
    }
    await this.#closeCluster();
    this.#topology = pasted.value.topology;
    for (const [id, output] of pasted.value.evidence) this.#evidence.keep(id, output);
    this.#cluster = pastedOpenCluster(name, pasted.value, this.#options, this.#asSession());
    this.#refresh();
    return ok(undefined);
  }

  #asSession(): ClusterSession {
    return {
      topology: () => this.#topology,
      apply: (patch) => {
        this.#topology = applyPatch(this.#topology, patch);
        this.#tell();
      },
      keepEvidence: (id, output) => this.#evidence.keep(id, output),
      warn: (sentence) => this.notice('warning', sentence),
      changed: () => this.#refresh(),
      lookedInto: () => this.#lookedInto.insides,
    };
  }

  async #closeCluster(): Promise<void> {
    const cluster = this.#cluster;
    // Before the first wait: a click on what is still on the screen begins nothing on nodes that are about to be left.
    this.#cluster = null;
    this.#contradicted.forget();
    if (cluster !== null) await this.watch.reset();
    await cluster?.[Symbol.asyncDispose]();
    this.#evidence = new EvidenceStore();
    this.#notices = [];
    this.#lookedInto.forget();
  }

  #failed(path: string | null, sentence: string): void {
    this.#view = { ...noSession, phase: 'failed', clusterFile: path, sentence, notices: [...this.#notices] };
    this.#tell();
  }

  /** Something worth a line, once. */
  notice(level: Notice['level'], sentence: string): void {
    const notice: Notice = { id: this.#nextNotice++, level, sentence, at: this.#options.clock.now() };
    this.#notices = [...this.#notices, notice].slice(-noticesKept);
    this.#refresh();
  }

  /** Builds the view anew from its owners: it is small, and there is nothing to keep in step. */
  #refresh(): void {
    const cluster = this.#cluster;
    if (cluster === null) return;
    const inventoryLimit = cluster.inventory?.limit ?? null;
    const asked = cluster.inventory?.label ?? '';
    // What this machine is not told of Kubernetes has to stand with some node.
    const limited = cluster.nodes.has(asked) ? asked : cluster.file.nodes[0]?.name;
    this.#view = {
      phase: 'open',
      cluster: cluster.file.name,
      clusterFile: cluster.path,
      sentence: null,
      nodes: [...cluster.nodes.values()].map((node) => {
        const status = node.status;
        const limits =
          inventoryLimit !== null && node.label === limited
            ? [...status.limits, inventoryLimit]
            : status.limits;
        return { ...status, limits };
      }),
      prompts: [...cluster.prompts.open],
      paste: cluster.paste,
      notices: [...this.#notices],
    };
    const { birds } = cluster;
    if (birds !== null && !birds.begun && this.settled && this.inventoried)
      void birds.once().then(() => this.#refresh());
    this.#tell();
  }

  #tell(): void {
    if (this.#told) return;
    this.#told = true;
    setImmediate(() => {
      this.#told = false;
      this.watch.moved();
      for (const listener of [...this.#listeners]) listener();
    });
  }
}
