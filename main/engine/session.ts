// The one session that window and CLI share: nodes, inventory, worker, evidence, questions, terminals.
import { noSession } from '../../app/contract/no-session.ts';
import type { SessionView, Notice } from '../../app/contract/session.ts';
import type { TerminalTarget } from '../../app/contract/terminal.ts';
import { fail, ok, type Result } from '../../app/result.ts';
import { applyPatch } from '../../app/topology/diff.ts';
import { emptyTopology } from '../../app/topology/build.ts';
import type { PastedText } from '../../app/paste/pasted-text.ts';
import type { PodId, Topology } from '../../app/topology/model.ts';
import type { TerminalSize } from '../ssh/transport.ts';
import { exportCase } from '../casefile/export-case.ts';
import { readClusterFile } from './cluster-file.ts';
import { readConntrack } from './conntrack-reader.ts';
import type { Engine, OpenedTerminal, Refusal } from './engine.ts';
import type { AuditList, AuditListRequest, AuditRow } from '../../app/contract/audit.ts';
import type { AuditTrail } from '../audit/audit-trail.ts';
import { auditList } from './audit-rows.ts';
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
import { LookedInto } from './looked-into.ts';
import { NO_SESSION, SessionQuestions } from './session-questions.ts';
import { viewOf } from './session-view.ts';
import { openTerminal } from './terminals.ts';

export interface SessionOptions extends ClusterOptions {
  readonly packetWorkerFile: URL;
  readonly trailWorkerFile: URL;
  /** Ends with the session: nothing runs on a node after that. */
  readonly audit: AuditTrail;
}

/** Notices beyond these are old news. */
const noticesKept = 20;
const NO_PORTS: readonly number[] = [];

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
  readonly #questions = new SessionQuestions({
    cluster: () => this.#cluster,
    topology: () => this.#topology,
    listed: () => this.inventoryWhole,
    readEvidence: (id) => this.readEvidence(id),
    now: () => this.#options.clock.now(),
    lookedInto: this.#lookedInto,
  });
  #told = false;
  /** Opens and closes follow one another: two sessions never share a node's channels. */
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.watch = new PodWatch({
      workerFile: options.packetWorkerFile,
      trailWorkerFile: options.trailWorkerFile,
      trace: async (request) => {
        const answer = await this.#cluster?.host.ask('trace.path', request);
        return answer?.ok === true ? answer.value : null;
      },
      tracked: (node, questions, signal) =>
        readConntrack(node, questions, {
          transport: (label) => this.#cluster?.nodes.get(label)?.transport ?? null,
          now: () => options.clock.now(),
          signal,
        }),
      topology: () => this.#topology,
      nodes: () => [...(this.#cluster?.nodes.values() ?? [])],
      now: () => options.clock.now(),
      vxlanPorts: () => this.#cluster?.file.vxlanPorts ?? NO_PORTS,
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

  readonly diagnose: Engine['diagnose'] = (options) => this.#questions.diagnose(options);
  readonly ask: Engine['ask'] = (name, request) => this.#questions.ask(name, request);
  readonly bgpExchange: Engine['bgpExchange'] = (request) => this.#questions.bgpExchange(request);
  readonly trace: Engine['trace'] = (request) => this.#questions.trace(request);
  readonly probe: Engine['probe'] = (request) => this.#questions.probe(request);
  readonly scope: Engine['scope'] = (request) => this.#questions.scope(request);

  leavePods(): void {
    this.#questions.leavePods();
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
    if (this.#cluster === null) return fail({ sentence: NO_SESSION });
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
    if (this.#options.follow === 'everything') this.watch.warm();
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
    this.#questions.forget();
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

  /** Whatever has changed: the view is made anew. */
  #refresh(): void {
    const cluster = this.#cluster;
    if (cluster === null) return;
    this.#view = viewOf(cluster, this.#notices);
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
