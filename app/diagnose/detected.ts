// What a detector is given and what it gives: facts, and findings as they are drafted.
import type { EvidenceId } from '../probe/facts.ts';
import type { FirewallReading } from '../probe/firewall-facts.ts';
import type { Inventory } from '../probe/inventory.ts';
import type { Section } from '../probe/section.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { NodeReading } from '../topology/input.ts';
import type { Topology } from '../topology/model.ts';
import type { KernelContradiction, TraceRequest } from '../trace/model.ts';
import type { Finding, FindingId } from './finding.ts';
import type { Hint } from './hint.ts';
import type { Subject } from './subject.ts';

/** All that is known. What was not read is not there, and no detector takes that for "none". */
export interface KnownFacts {
  readonly topology: Topology;
  /** By node label. */
  readonly readings: ReadonlyMap<string, NodeReading>;
  readonly inventory: Inventory | null;
  /** What each node dropped lately, by label. */
  readonly ledgers: ReadonlyMap<string, Ledger>;
  /** The reading of the filters before the latest, by node label. Left out: there is none. */
  readonly earlierFirewalls?: ReadonlyMap<string, Section<FirewallReading>>;
  /** What somebody wants to reach: that it does not is wrong, whatever it is that stops it. Left out: nobody asks. */
  readonly asked?: TraceRequest;
  /** What somebody knows already. Left out: nothing. */
  readonly hints?: readonly Hint[];
  /** Where nodes' kernels, asked for the routes that the ways lead by, said otherwise. Left out: they were not asked. */
  readonly contradictions?: readonly KernelContradiction[];
}

/** Lines of an output that show something. */
export interface Proof {
  readonly id: EvidenceId;
  /** A line shows it that holds all words of one of these, as whole words; that none does is told as well. Empty: its first lines. */
  readonly shows: readonly string[];
}

/** A way of packets by its ends; labels of nodes, `namespace/name` of Pods and Services. */
export interface AffectedWay {
  readonly name: string;
  readonly fromNode: string;
  /** Null of a Service. */
  readonly toNode: string | null;
  /** Null: the node itself. */
  readonly fromPod: string | null;
  readonly toPod: string | null;
  readonly service: string | null;
}

/** A finding as its detector drafts it: without the text of its evidence, and before roots are told from consequences. */
export interface Draft extends Pick<
  Finding,
  'severity' | 'confidence' | 'surer' | 'where' | 'title' | 'because' | 'suggestion'
> {
  readonly proofs: readonly Proof[];
  /** What does not do its part any more where this is so. */
  readonly breaks: readonly Subject[];
  /** Whose doing it may be: a finding that breaks one of these explains this one, where `explainedBy` names it. */
  readonly touches: readonly Subject[];
  /** Ways of packets that end there, as `192.168.1.2 → 192.168.2.3`: told as its consequences. Left out: none is known. */
  readonly paths?: readonly string[];
  /** The same ways by their ends. Left out: none is known. */
  readonly ways?: readonly AffectedWay[];
  /** It concerns packets of this family alone, and neither explains one of the other nor is explained by it. Left out: of both, or of nobody knows which. */
  readonly family?: 4 | 6;
  /** Of those that may explain one of its detector's: for this one only these. Left out: all. */
  readonly explainedBy?: readonly FindingId[];
}

/** `skipped`: what was not looked at and why; null when it looked everywhere it had to. `looked`: it looked somewhere. */
export interface Detected {
  readonly drafts: readonly Draft[];
  readonly skipped: string | null;
  readonly looked: boolean;
}
