// The engine's side of the topology worker: hands inputs over, keeps what a fresh worker must know, files evidence.
import type { QuestionName, QuestionRequest, QuestionResponse } from '../../app/contract/questions.ts';
import { fail, ok, type Result } from '../../app/result.ts';
import type { PastedText } from '../../app/paste/pasted-text.ts';
import type { PasteReport } from '../../app/paste/report.ts';
import { DISCOVERY_PARTS } from '../../app/probe/discovery-script.ts';
import {
  applyList,
  applyRefusal,
  applyWatchEvent,
  emptyInventory,
  type Inventory,
  type KindRefusal,
  withEvidence,
} from '../../app/probe/inventory.ts';
import type { KubeFacts, KubeKind } from '../../app/probe/kube-facts.ts';
import type { KindPlace, KubeList, KubeWatchEvent } from '../../app/probe/kubernetes.ts';
import type { EvidenceHead, EvidenceId, Topology, TopologyPatch } from '../../app/topology/model.ts';
import type { ProbeOutcome, ScopeRequest } from '../../app/trace/probe-model.ts';
import type { ScopeCells } from '../../app/trace/scope-cells.ts';
import type { SaidScope, UnderstoodScope } from '../../app/trace/scope-understood.ts';
import type { SaidProbe } from '../../app/trace/probe-understood.ts';
import type { Refusal } from './refusal.ts';
import type { Reading, UnderstoodReading } from './node-reader.ts';
import { SupervisedWorker } from './supervised-worker.ts';
import type { ExecutedOutput, ReadingRequest, TopologyReply, TopologyRequest } from './topology-protocol.ts';

export interface TopologyHostOptions {
  readonly workerFile: URL;
  /** The topology as it stands, with its history: a fresh worker goes on from it. */
  readonly topology: () => Topology;
  readonly onPatch: (patch: TopologyPatch) => void;
  readonly keepEvidence: (id: EvidenceId, output: Uint8Array) => void;
  readonly onNotice: (sentence: string) => void;
}

/** Enough of a list to look things up in; whole lists of big clusters are 100 MB. */
const listTextKept = 2 * 1024 * 1024;
const watchTextKept = 64 * 1024;

/** Where an answer of Kubernetes came from. */
export interface KubeOrigin {
  readonly nodeLabel: string;
  readonly command: string;
  /** ms since the epoch, our clock. */
  readonly seenAt: number;
}

export interface KubeOutcome {
  readonly sentence: string | null;
  /** Token of the next page, also of one that is left out; null when the list is whole. */
  readonly next: string | null;
  readonly resourceVersion: string;
  /** Kubernetes' names of the nodes whose Pods this is about. */
  readonly nodeNames: ReadonlySet<string>;
}

export interface WatchOutcome {
  /** Why the watch can no longer be trusted: list again. Null when all its lines were understood. */
  readonly trouble: string | null;
  /** Kubernetes' names of the nodes whose Pods this is about. */
  readonly nodeNames: ReadonlySet<string>;
}

export class TopologyHost implements AsyncDisposable {
  readonly #options: TopologyHostOptions;
  readonly #worker: SupervisedWorker<TopologyRequest, TopologyReply>;
  /** The latest whole reading of each node and the latest of each part since: together, what is known of it. */
  readonly #readings = new Map<string, ReadingRequest[]>();
  readonly #pages = new Map<KubeKind, { readonly lists: KubeList[]; text: string }>();
  readonly #kubeEvidence = new Map<EvidenceId, EvidenceHead>();
  #inventory: Inventory | null = null;
  #pasted: readonly PastedText[] = [];

  constructor(options: TopologyHostOptions) {
    this.#options = options;
    this.#worker = new SupervisedWorker<TopologyRequest, TopologyReply>({
      file: options.workerFile,
      seed: () => [
        {
          kind: 'seed',
          topology: options.topology(),
          inventory: this.#inventory,
          readings: [...this.#readings.values()].flat(),
          kubeEvidence: [...this.#kubeEvidence.values()],
          pasted: this.#pasted,
        },
      ],
      onRestart: (failure) => options.onNotice(failure.sentence),
    });
    // It loads while the nodes are being connected.
    this.#worker.warm();
  }

  /** Understands one reading. `sentence` says what was wrong with it; the topology is then as it was. */
  async read(reading: Reading): Promise<Omit<UnderstoodReading, 'nodeId'>> {
    const request: ReadingRequest = { kind: 'reading', ...reading };
    const reply = await this.#ask(request);
    const { sentence, uid, complete } = reply;
    if (sentence !== null) return { sentence, uid: null, complete: false };
    for (const { evidenceId, start, end } of reply.outputs) {
      this.#options.keepEvidence(evidenceId, reading.stdout.subarray(start, end));
    }
    // One that was cut off is made again soon; a fresh worker starts from the whole ones before it.
    if (!complete) return { sentence, uid, complete };
    const older = this.#readings.get(reading.label) ?? [];
    const whole = reading.parts.length === DISCOVERY_PARTS.length;
    const covered = new Set(reading.parts);
    this.#readings.set(reading.label, [
      // Of the older readings, the whole one and those partial ones that this does not make obsolete.
      ...(whole ? [] : older.filter(({ parts }) => parts.some((part) => !covered.has(part)))),
      request,
    ]);
    return { sentence, uid, complete };
  }

  /** What `kubectl exec` told of a node's BIRD; false when it told nothing. */
  async birdExecuted(executed: ExecutedOutput): Promise<boolean> {
    const { outputs, complete } = await this.#ask({ kind: 'bird-exec', ...executed });
    for (const { evidenceId, start, end } of outputs)
      this.#options.keepEvidence(evidenceId, executed.stdout.subarray(start, end));
    return complete;
  }

  /** Understands what was pasted: all that a session without a connection has. The failure says why there is nothing. */
  async paste(texts: readonly PastedText[]): Promise<Result<PasteReport, Refusal>> {
    const { pasted, sentence } = await this.#ask({ kind: 'paste', texts });
    if (pasted === null) return fail({ sentence: sentence ?? 'What was pasted could not be read.' });
    this.#pasted = texts;
    const encoder = new TextEncoder();
    for (const { evidenceId, text } of pasted.texts)
      this.#options.keepEvidence(evidenceId, encoder.encode(text));
    return ok(pasted.report);
  }

  /** An answer of many kinds, parted: for each the only page of its list. Null where it is none. */
  async kubeTogether(
    text: string,
    asked: readonly KindPlace[],
  ): Promise<ReadonlyMap<KubeKind, string> | null> {
    return (await this.#ask({ kind: 'kube-together', text, asked })).pages;
  }

  /** One page of a list; with the last one the inventory takes the list over. */
  async kubePage(
    kind: KubeKind,
    page: string,
    origin: KubeOrigin,
    place: { readonly first: boolean; readonly last: boolean },
  ): Promise<KubeOutcome> {
    const reply = await this.#ask({ kind: 'kube-page', what: kind, page });
    const none = { next: null, resourceVersion: '', nodeNames: new Set<string>() };
    if (reply.list === null) return { ...none, sentence: reply.sentence ?? 'the list could not be read' };
    const pages = (place.first ? undefined : this.#pages.get(kind)) ?? { lists: [], text: '' };
    this.#pages.set(kind, pages);
    pages.lists.push(reply.list);
    if (pages.text.length < listTextKept) pages.text += page.slice(0, listTextKept - pages.text.length);
    const { next, resourceVersion } = reply.list;
    if (next !== null && !place.last) return { ...none, sentence: null, next };
    this.#pages.delete(kind);
    const evidence = this.#file(`kube:${origin.nodeLabel}:${kind}:list`, origin, pages.text);
    const taken = await this.#ask({ kind: 'kube-list', what: kind, lists: pages.lists, evidence });
    if (taken.sentence !== null) return { ...none, sentence: taken.sentence };
    const before = withEvidence(this.#inventory ?? emptyInventory, kind, evidence.id);
    this.#inventory = applyList(before, pages.lists);
    const names = pages.lists.flatMap((list) => list.facts).flatMap((fact) => nodeNameOf(kind, fact));
    return { sentence: null, next, resourceVersion, nodeNames: new Set(names) };
  }

  /** A kind could not be listed. */
  async kubeRefused(kind: KubeKind, refusal: KindRefusal): Promise<void> {
    this.#inventory = applyRefusal(this.#inventory ?? emptyInventory, kind, refusal);
    await this.#ask({ kind: 'kube-refusal', what: kind, refusal });
  }

  /** Lines of a watch, in order. */
  async kubeWatch(kind: KubeKind, lines: readonly string[], origin: KubeOrigin): Promise<WatchOutcome> {
    const text = lines.join('\n').slice(-watchTextKept);
    const evidence = this.#file(`kube:${origin.nodeLabel}:${kind}:watch`, origin, text);
    const { events, sentence } = await this.#ask({ kind: 'kube-watch', what: kind, lines, evidence });
    let inventory = withEvidence(this.#inventory ?? emptyInventory, kind, evidence.id);
    for (const event of events) inventory = applyWatchEvent(inventory, kind, event);
    this.#inventory = inventory;
    const trouble = sentence ?? events.flatMap(troubleOf)[0] ?? null;
    return { trouble, nodeNames: new Set(events.flatMap((event) => nodeNamesOf(kind, event))) };
  }

  #file(id: EvidenceId, { nodeLabel, command, seenAt }: KubeOrigin, text: string): EvidenceHead {
    const output = new TextEncoder().encode(text);
    this.#options.keepEvidence(id, output);
    const head: EvidenceHead = {
      id,
      nodeLabel,
      command,
      at: null,
      seenAt,
      state: 'ok',
      exitStatus: 0,
      bytes: output.byteLength,
    };
    this.#kubeEvidence.set(id, head);
    return head;
  }

  /** A failure's sentence says that the worker was lost over it. */
  async ask<N extends QuestionName>(
    name: N,
    request: QuestionRequest<N>,
  ): Promise<Result<QuestionResponse<N>, Refusal>> {
    const { answer, sentence } = await this.#ask({ kind: 'ask', name, request });
    return sentence === null ? ok(answer as QuestionResponse<N>) : fail({ sentence });
  }

  /** What became of a probe. The failure is a sentence. */
  async probed(said: SaidProbe): Promise<Result<ProbeOutcome, string>> {
    const { answer, sentence } = await this.#ask({ kind: 'probe', said });
    return sentence === null ? (answer as Result<ProbeOutcome, string>) : fail(sentence);
  }

  /** The failure is a sentence. */
  async scopeCells({ from, to, port }: ScopeRequest): Promise<Result<ScopeCells, string>> {
    const { answer, sentence } = await this.#ask({ kind: 'scope-cells', request: { from, to, port } });
    return sentence === null ? (answer as Result<ScopeCells, string>) : fail(sentence);
  }

  async scoped(said: SaidScope): Promise<Result<UnderstoodScope, string>> {
    const { answer, sentence } = await this.#ask({ kind: 'scope', said });
    return sentence === null ? ok(answer as UnderstoodScope) : fail(sentence);
  }

  async killWorkerForTest(): Promise<void> {
    await this.#worker.kill();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#worker[Symbol.asyncDispose]();
  }

  async #ask(request: TopologyRequest): Promise<TopologyReply> {
    const result = await this.#worker.request(request);
    if (!result.ok) {
      const { sentence } = result.failure;
      const nothing = {
        patch: null,
        outputs: [],
        uid: null,
        complete: false,
        list: null,
        pages: null,
        events: [],
        pasted: null,
      };
      return { ...nothing, sentence, answer: null };
    }
    if (result.value.patch !== null) this.#options.onPatch(result.value.patch);
    return result.value;
  }
}

function troubleOf(event: KubeWatchEvent): string[] {
  if (event.type === 'expired') return ['the API server no longer knows the version it was watched from'];
  return event.type === 'error' ? [event.sentence] : [];
}

function nodeNamesOf(kind: KubeKind, event: KubeWatchEvent): string[] {
  return event.type === 'upsert' || event.type === 'delete' ? nodeNameOf(kind, event.fact) : [];
}

/** Of a Pod. */
function nodeNameOf(kind: KubeKind, fact: KubeFacts[KubeKind]): string[] {
  if (kind !== 'pods' || !('nodeName' in fact)) return [];
  return fact.nodeName === null ? [] : [fact.nodeName];
}
