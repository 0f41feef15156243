// The one session that the window and the CLI share, as they see it (DESIGN §10 "Processes").
import type { AuditList, AuditListRequest, AuditRow } from '../../app/contract/audit.ts';
import type { Diagnosed } from '../../app/contract/diagnosed.ts';
import type { DiagnoseRequest } from '../../app/diagnose/hint.ts';
import type { Result } from '../../app/result.ts';
import type { QuestionName, QuestionRequest, QuestionResponse } from '../../app/contract/questions.ts';
import type { SessionView } from '../../app/contract/session.ts';
import type { TerminalTarget } from '../../app/contract/terminal.ts';
import type { PastedText } from '../../app/paste/pasted-text.ts';
import type { BgpExchange, BgpExchangeRequest } from '../../app/topology/bgp-exchange-model.ts';
import type { Topology } from '../../app/topology/model.ts';
import type { TraceAnswer, TraceRequest } from '../../app/trace/model.ts';
import type { ProbeAnswer, ProbeRequest, ScopeAnswer, ScopeRequest } from '../../app/trace/probe-model.ts';
import type { TerminalChannel, TerminalSize } from '../ssh/transport.ts';
import type { EtcdReader } from './etcd-reader.ts';
import type { Refusal } from './refusal.ts';
import type { Watch } from './watch.ts';

export type { Refusal } from './refusal.ts';

export interface OpenedTerminal {
  readonly title: string;
  /** The command as one could type it by hand. */
  readonly command: string;
  readonly channel: TerminalChannel;
}

export interface Engine extends AsyncDisposable {
  /** Reads the cluster file and starts connecting; a session that was open is closed first. */
  open(clusterFile: string, options: { signal: AbortSignal }): Promise<Result<void, Refusal>>;
  /** The same from pasted output: nothing is connected to. Fails when there is nothing in it that is known. */
  openPaste(
    texts: readonly PastedText[],
    options: { readonly name: string; readonly signal: AbortSignal },
  ): Promise<Result<void, Refusal>>;
  readonly view: SessionView;
  readonly topology: Topology;
  /** Every node has been read once or has said why it cannot be; so has Kubernetes, where the cluster file names it. */
  readonly settled: boolean;
  /** Kubernetes has been listed, or the cluster file does not name it. */
  readonly inventoried: boolean;
  /** Beyond names, every kind of Kubernetes’ objects was listed or refused, or nobody is asked. */
  readonly inventoryWhole: boolean;
  /** Called after `view` or `topology` became another object, at most once per turn of the event loop. */
  subscribe(listener: () => void): () => void;
  /** What is captured, and the packets. */
  readonly watch: Watch;
  /** Writes the session as a case file (one zip) to `file`, whole or not at all. */
  exportCase(
    file: string,
    options: { readonly payload: boolean; readonly signal: AbortSignal },
  ): Promise<Result<{ readonly packets: number }, Refusal>>;
  answerHostKey(promptId: string, answer: 'once' | 'always' | 'refuse'): void;
  answerPassphrase(promptId: string, passphrase: string | null): void;
  retryNode(label: string): void;
  /** What somebody looks at: this node is read more often, and the network inside this Pod in full. */
  lookAt(label: string | null, podId?: string | null): void;
  /**
   * What is wrong: the network inside every Pod is read first, as far as a reading takes them (MOST_INSIDE a node), and counters twice
   * where that decides. From then on Pods are read again and again, the more seldom the more they are, until `leavePods`. The signal
   * ends the waiting alone: the answer is what is known then. `listsMs`: how long Kubernetes' lists are waited for, 10 s unless said. `freshMs`:
   * what was read less than this ago is not read again, though no doorbell tells of its changes; seconds unless said.
   */
  diagnose(options: {
    readonly signal: AbortSignal;
    readonly request?: DiagnoseRequest;
    readonly listsMs?: number;
    readonly freshMs?: number;
  }): Promise<Result<Diagnosed, Refusal>>;
  /** Looks into Pods no more; what was read inside them is forgotten. */
  leavePods(): void;
  /** Answered from what is known, without reading anything. */
  ask<N extends QuestionName>(
    name: N,
    request: QuestionRequest<N>,
  ): Promise<Result<QuestionResponse<N>, Refusal>>;
  /** Prefixes of one BGP session, asked of both its sides now. */
  bgpExchange(request: BgpExchangeRequest): Promise<BgpExchange>;
  /** Which way a packet goes: the Pods on it are looked into now, and the nodes' kernels asked for the routes. */
  trace(request: TraceRequest): Promise<TraceAnswer>;
  /** Without the id of its plan only what it would run; with it, sent packets and what became of them. */
  probe(request: ProbeRequest): Promise<ProbeAnswer>;
  /** Which it is, one Pod, one node, one pair …: from traces; with the id of its plan by packets that are sent. */
  scope(request: ScopeRequest): Promise<ScopeAnswer>;
  /** What was run on nodes, the newest first. */
  auditList(request: AuditListRequest): AuditList;
  /** All of it that passes the filter. */
  auditRows(filter: string): AuditRow[];
  /** What etcd holds, read from a node when asked. */
  readonly etcd: EtcdReader;
  /** Raw output of a command, decoded as UTF-8; null when it is no longer kept. */
  readEvidence(id: string): { readonly output: string; readonly truncated: boolean } | null;
  openTerminal(
    target: TerminalTarget,
    options: { size: TerminalSize; signal: AbortSignal },
  ): Promise<Result<OpenedTerminal, Refusal>>;
}
