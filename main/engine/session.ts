// The one session that window and CLI share: nodes, inventory, worker, evidence, questions, terminals.
import type { SessionView, Notice } from '../../app/contract/session.ts';
import type { QuestionName, QuestionRequest, QuestionResponse } from '../../app/contract/questions.ts';
import type { TerminalTarget } from '../../app/contract/terminal.ts';
import type { ClusterFile } from '../../app/contract/cluster-file.ts';
import { fail, ok, type Result } from '../../app/result.ts';
import { applyPatch } from '../../app/topology/diff.ts';
import { nodesToAskOfBgp } from '../../app/topology/bgp-news.ts';
import { emptyTopology } from '../../app/topology/build.ts';
import type { PastedText } from '../../app/paste/pasted-text.ts';
import type { PasteReport } from '../../app/paste/report.ts';
import type { BgpExchange, BgpExchangeRequest } from '../../app/topology/bgp-exchange-model.ts';
import type { PodId, Topology } from '../../app/topology/model.ts';
import type { ConnectionClock } from '../ssh/reconnecting.ts';
import type { Connector, NodeTarget, TerminalSize } from '../ssh/transport.ts';
import { apiSource } from '../kube/api-source.ts';
import { readKubeconfig } from '../kube/kubeconfig.ts';
import { exportCase } from '../casefile/export-case.ts';
import { readClusterFile } from './cluster-file.ts';
import type { Engine, OpenedTerminal, Refusal } from './engine.ts';
import type { AuditList, AuditListRequest, AuditRow } from '../../app/contract/audit.ts';
import type { AuditTrail } from '../audit/audit-trail.ts';
import { auditList } from './audit-rows.ts';
import { BirdByKubectl } from './bird-by-kubectl.ts';
import { readBgpExchange } from './bgp-exchange-reader.ts';
import { EtcdReader } from './etcd-reader.ts';
import { EvidenceStore } from './evidence-store.ts';
import { InventoryWatch } from './inventory-watch.ts';
import type { KubeSource } from './kube-source.ts';
import { kubectlEnd, kubectlSource } from './kubectl-source.ts';
import type { Reading, UnderstoodReading } from './node-reader.ts';
import { NodeSession } from './node-session.ts';
import { NO_CONNECTION, understandPasted } from './pasted-cluster.ts';
import { PodWatch } from './pod-watch.ts';
import { PromptDesk } from './prompts.ts';
import { openTerminal } from './terminals.ts';
import { TopologyHost } from './topology-host.ts';

export interface SessionOptions {
  readonly attended: boolean;
  readonly workerFile: URL;
  readonly packetWorkerFile: URL;
  readonly connector: Connector;
  /** Ends with the session: nothing runs on a node after that. */
  readonly audit: AuditTrail;
  readonly clock: ConnectionClock;
  /** False: each node is read once and nothing is followed. */
  readonly follow: boolean;
}

/** Notices beyond these are old news. */
const noticesKept = 20;

/** What belongs to one opened cluster file and ends with it. */
interface OpenCluster extends AsyncDisposable {
  readonly file: ClusterFile;
  /** Null where there is no file. */
  readonly path: string | null;
  /** ms since the epoch, our clock. */
  readonly since: number;
  readonly nodes: ReadonlyMap<string, NodeSession>;
  readonly prompts: PromptDesk;
  readonly host: TopologyHost;
  readonly inventory: InventoryWatch | null;
  readonly etcd: EtcdReader;
  /** Asks BIRD by kubectl, once; null where it is followed, or nobody has kubectl. */
  readonly birds: BirdByKubectl | null;
  /** Ends with it. */
  readonly closing: AbortSignal;
  /** What became of a paste, which then is all there is; null for a live cluster. */
  readonly paste: PasteReport | null;
}

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
  #lookedInto: PodId | null = null;
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
    if (podId === this.#lookedInto) return;
    // Both are told: what nobody looks at any more is forgotten there.
    const before = this.#insideOf(this.#lookedInto);
    this.#lookedInto = podId;
    const labels = [before, this.#insideOf(podId)].flatMap((inside) => inside?.label ?? []);
    for (const one of new Set(labels)) this.#cluster?.nodes.get(one)?.ring(['inside']);
  }

  /** Where a Pod's network is looked into: by a process in it, on its node. Null: nowhere. */
  #insideOf(podId: PodId | null): { readonly label: string; readonly pid: number } | null {
    const { pods, netns, nodes } = this.#topology;
    const pod = pods[podId ?? ''];
    if (pod === undefined || pod.until !== null || pod.hostNetwork) return null;
    const label = nodes[pod.nodeId ?? '']?.label;
    const pid = netns[pod.netnsId ?? '']?.process?.pid;
    return label === undefined || pid === undefined ? null : { label, pid };
  }

  ask<N extends QuestionName>(
    name: N,
    request: QuestionRequest<N>,
  ): Promise<Result<QuestionResponse<N>, Refusal>> {
    if (this.#cluster === null)
      return Promise.resolve(fail({ sentence: 'There is no session; open a cluster file first.' }));
    return this.#cluster.host.ask(name, request);
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

  auditRows(filter: string): AuditRow[] {
    return this.auditList({ filter, most: Infinity }).rows;
  }

  auditList(asked: AuditListRequest): AuditList {
    const nodes = this.#cluster?.nodes ?? new Map<string, NodeSession>();
    const tiers = new Map([...nodes].map(([label, { status }]) => [label, status.rights]));
    return auditList(this.#options.audit, asked, this.#topology, (label) => tiers.get(label) ?? null);
  }

  get etcd(): EtcdReader {
    return this.#cluster?.etcd ?? new EtcdReader({ nodes: () => [], given: {}, signal: AbortSignal.abort() });
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
    this.#cluster = this.#start(read.value, clusterFile);
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
    const { workerFile, attended, clock } = this.#options;
    const onNotice = (sentence: string): void => this.notice('warning', sentence);
    const pasted = await understandPasted(texts, { name, workerFile, onNotice });
    if (!pasted.ok) {
      if (this.#cluster === null) this.#failed(null, pasted.failure.sentence);
      return pasted;
    }
    await this.#closeCluster();
    const { host, topology, report, evidence } = pasted.value;
    this.#topology = topology;
    for (const [id, output] of evidence) this.#evidence.keep(id, output);
    this.#cluster = {
      file: { schema: 1, name, nodes: [] },
      path: null,
      since: clock.now(),
      nodes: new Map(),
      prompts: new PromptDesk({ attended, changed: () => this.#refresh() }),
      host,
      inventory: null,
      etcd: new EtcdReader({ nodes: () => [], given: {}, signal: AbortSignal.abort() }),
      closing: AbortSignal.abort(),
      birds: null,
      paste: report,
      [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
    };
    this.#refresh();
    return ok(undefined);
  }

  #start(file: ClusterFile, path: string): OpenCluster {
    const { attended, connector, clock, workerFile, follow } = this.#options;
    const prompts = new PromptDesk({ attended, changed: () => this.#refresh() });
    const nodes = new Map<string, NodeSession>();
    const host = new TopologyHost({
      workerFile,
      topology: () => this.#topology,
      onPatch: (patch) => {
        this.#topology = applyPatch(this.#topology, patch);
        for (const id of nodesToAskOfBgp(this.#topology, patch.events))
          nodes.get(this.#topology.nodes[id]?.label ?? '')?.ring(['bird']);
        this.#tell();
      },
      keepEvidence: (id, output) => this.#evidence.keep(id, output),
      onNotice: (sentence) => this.notice('warning', sentence),
    });
    const kubectl = file.inventory?.kubectl;
    const closing = new AbortController();
    const source = this.#kubeSource(file, nodes, closing.signal, () => inventory);
    const inventory: InventoryWatch | null =
      source === null
        ? null
        : new InventoryWatch({
            source,
            follow,
            host,
            now: () => clock.now(),
            onPodsChanged: (nodeNames) => this.#ringPods(nodeNames),
            onLimit: () => this.#refresh(),
          });
    // With a kubeconfig no node has to be connected first.
    if (kubectl === undefined) inventory?.start();
    const targets = new Map(file.nodes.map((entry) => [entry.name, targetOf(entry, file)]));
    for (const entry of file.nodes) {
      const isKubectl = entry.name === kubectl?.node;
      const target = targets.get(entry.name);
      if (target === undefined) throw new Error('a node without its target');
      nodes.set(
        entry.name,
        new NodeSession({
          label: entry.name,
          target: { ...target, namesakes: targets },
          sudo: entry.sudo === true,
          follow,
          connector,
          prompts: prompts.forNode(entry.name),
          clock,
          onStatus: () => this.#refresh(),
          insides: () => {
            const inside = this.#insideOf(this.#lookedInto);
            return inside?.label === entry.name ? [inside.pid] : [];
          },
          onReading: (reading) => this.#understand(host, reading),
          onReady: () => {
            if (isKubectl) inventory?.start();
          },
          onStreamLine: (stream, line) => inventory?.onStreamLine(stream, line),
          onStreamEnded: (stream, status, said) => inventory?.onStreamEnded(stream, kubectlEnd(status, said)),
        }),
      );
    }
    const birds =
      kubectl === undefined
        ? null
        : new BirdByKubectl({
            program: kubectl.command ?? 'kubectl',
            transport: () => nodes.get(kubectl.node)?.transport ?? null,
            topology: () => this.#topology,
            host,
            now: () => clock.now(),
            signal: closing.signal,
          });
    if (follow) void birds?.run();
    for (const node of nodes.values()) node.lookAt(node.label === this.#lookedAt);
    const likely = [file.etcd?.node, kubectl?.node];
    const etcd = new EtcdReader({
      nodes: () => {
        const rank = ({ label }: NodeSession): number => {
          const at = likely.indexOf(label);
          return at < 0 ? likely.length : at;
        };
        const all = [...nodes.values()].sort((a, b) => rank(a) - rank(b));
        return file.etcd?.node === undefined ? all : all.slice(0, 1);
      },
      given: file.etcd ?? {},
      signal: closing.signal,
    });
    return {
      file,
      path,
      etcd,
      since: clock.now(),
      nodes,
      prompts,
      host,
      inventory,
      birds: follow ? null : birds,
      closing: closing.signal,
      paste: null,
      [Symbol.asyncDispose]: async () => {
        closing.abort();
        prompts.close();
        inventory?.close();
        await Promise.all([...nodes.values()].map((node) => node[Symbol.asyncDispose]()));
        await host[Symbol.asyncDispose]();
      },
    };
  }

  #kubeSource(
    { inventory }: ClusterFile,
    nodes: ReadonlyMap<string, NodeSession>,
    signal: AbortSignal,
    watch: () => InventoryWatch | null,
  ): KubeSource | null {
    const { kubectl, kubeconfig, context = null, allowExec = false } = inventory ?? {};
    if (kubectl !== undefined) {
      const { node, command: program = 'kubectl' } = kubectl;
      return kubectlSource({ nodeLabel: node, program, node: () => nodes.get(node) ?? null });
    }
    if (kubeconfig === undefined) return null;
    return apiSource({
      file: kubeconfig,
      login: () => readKubeconfig(kubeconfig, context, allowExec),
      signal,
      now: () => this.#options.clock.now(),
      onLine: async (stream, line) => watch()?.onStreamLine(stream, line),
      onEnded: (stream, said) => watch()?.onStreamEnded(stream, said),
    });
  }

  async #understand(host: TopologyHost, reading: Reading): Promise<UnderstoodReading> {
    const read = await host.read(reading);
    const node = Object.values(this.#topology.nodes).find(
      (n) => n.label === reading.label && n.until === null,
    );
    return { ...read, nodeId: node?.id ?? null };
  }

  #ringPods(nodeNames: ReadonlySet<string>): void {
    for (const node of Object.values(this.#topology.nodes)) {
      if (node.until === null && node.kubernetesName !== null && nodeNames.has(node.kubernetesName)) {
        this.#cluster?.nodes.get(node.label)?.ring(['links', 'routes', 'pods']);
      }
    }
  }

  async #closeCluster(): Promise<void> {
    const cluster = this.#cluster;
    // Before the first wait: a click on what is still on the screen begins nothing on nodes that are about to be left.
    this.#cluster = null;
    if (cluster !== null) await this.watch.reset();
    await cluster?.[Symbol.asyncDispose]();
    this.#evidence = new EvidenceStore();
    this.#notices = [];
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

function targetOf(entry: ClusterFile['nodes'][number], file: ClusterFile): NodeTarget {
  return {
    label: entry.name,
    host: entry.host,
    port: entry.port ?? null,
    user: entry.user ?? null,
    identityFile: entry.identityFile ?? null,
    proxyJump: entry.proxyJump ?? null,
    knownHostsFile: file.knownHosts ?? null,
    hostKeyAlias: entry.hostKeyAlias ?? null,
  };
}
