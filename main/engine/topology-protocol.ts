// What the engine and its topology worker say to each other. The worker parses and builds; the engine keeps what a
// fresh worker needs to go on where a dead one stopped.
import type { QuestionName } from '../../app/contract/questions.ts';
import type { PastedText } from '../../app/paste/pasted-text.ts';
import type { PasteReport } from '../../app/paste/report.ts';
import type { UnderstoodPaste } from '../../app/paste/understand.ts';
import type { DiscoveryPart } from '../../app/probe/discovery-script.ts';
import type { Inventory, KindRefusal } from '../../app/probe/inventory.ts';
import type { KubeKind } from '../../app/probe/kube-facts.ts';
import type { KindPlace, KubeList, KubeWatchEvent } from '../../app/probe/kubernetes.ts';
import type { LinkDeletion } from '../../app/topology/input.ts';
import type { EvidenceHead, EvidenceId, Topology, TopologyPatch } from '../../app/topology/model.ts';
import type { ScopeRequest } from '../../app/trace/probe-model.ts';
import type { SaidProbe } from '../../app/trace/probe-understood.ts';
import type { SaidScope } from '../../app/trace/scope-understood.ts';

export interface ReadingRequest {
  readonly kind: 'reading';
  readonly label: string;
  readonly hostKeyFingerprint: string;
  readonly nonce: string;
  readonly parts: readonly DiscoveryPart[];
  readonly stdout: Uint8Array;
  readonly seenAt: number;
  /** What doorbells said ended since the last reading. */
  readonly deletions: readonly LinkDeletion[];
}

export interface ExecutedOutput {
  /** Of the node whose BIRD it is. */
  readonly label: string;
  readonly nonce: string;
  readonly stdout: Uint8Array;
  readonly seenAt: number;
  /** Who says what stands on stderr, such as kubectl; null where the words themselves say it. */
  readonly teller: string | null;
}

export type TopologyRequest =
  /** First to a fresh worker: what was known, and the readings it rests on. Changes nothing by itself. */
  | {
      readonly kind: 'seed';
      readonly topology: Topology;
      readonly inventory: Inventory | null;
      readonly readings: readonly ReadingRequest[];
      readonly kubeEvidence: readonly EvidenceHead[];
      /** What a paste gave, if that is what the session rests on. */
      readonly pasted: readonly PastedText[];
    }
  | ReadingRequest
  /** Parse one page of a list; nothing else happens. */
  | { readonly kind: 'kube-page'; readonly what: KubeKind; readonly page: string }
  /** Part the answer of many kinds; nothing else happens. */
  | { readonly kind: 'kube-together'; readonly asked: readonly KindPlace[]; readonly text: string }
  | {
      readonly kind: 'kube-watch';
      readonly what: KubeKind;
      readonly lines: readonly string[];
      readonly evidence: EvidenceHead;
    }
  /** What `kubectl exec` told of a node's BIRD (app/probe/bird-exec.ts). */
  | ({ readonly kind: 'bird-exec' } & ExecutedOutput)
  /** All that there is of a session without a connection. */
  | { readonly kind: 'paste'; readonly texts: readonly PastedText[] }
  /** Something about what is known; changes nothing. */
  | { readonly kind: 'ask'; readonly name: QuestionName; readonly request: unknown }
  /** What nodes said while a probe was sent; changes nothing. */
  | { readonly kind: 'probe'; readonly said: SaidProbe }
  /** Who is compared with whom, and what each trace says. */
  | { readonly kind: 'scope-cells'; readonly request: Omit<ScopeRequest, 'consent'> }
  | { readonly kind: 'scope'; readonly said: SaidScope }
  /** A kind that could not be listed, and why. */
  | { readonly kind: 'kube-refusal'; readonly what: KubeKind; readonly refusal: KindRefusal }
  /** All pages of one list. Applied in the order of requests, as the watches are. */
  | {
      readonly kind: 'kube-list';
      readonly what: KubeKind;
      readonly lists: readonly KubeList[];
      readonly evidence: EvidenceHead;
    };

export interface TopologyReply {
  /** Null when nothing changed. */
  readonly patch: TopologyPatch | null;
  /** Where in the reading's stdout each evidence stands. */
  readonly outputs: readonly {
    readonly evidenceId: EvidenceId;
    readonly start: number;
    readonly end: number;
  }[];
  /** Who the login of the reading is on its node; null when it was not a reading. */
  readonly uid: number | null;
  /** A reading that was understood and not cut off. */
  readonly complete: boolean;
  /** What was wrong with this input; null when nothing was. */
  readonly sentence: string | null;
  readonly list: KubeList | null;
  /** Of an answer of many kinds: the list of each. */
  readonly pages: ReadonlyMap<KubeKind, string> | null;
  readonly events: readonly KubeWatchEvent[];
  /** What became of a paste, and every piece of it as it stands. */
  readonly pasted: { readonly report: PasteReport; readonly texts: UnderstoodPaste['texts'] } | null;
  /** Of a question, or of what was said to a probe. */
  readonly answer: unknown;
}
