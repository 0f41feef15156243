// What becomes of a packet at one hook of a namespace: the answer of `pass-hook.ts`.
import type { FirewallRule, HookName } from '../probe/firewall-facts.ts';
import type { FilterPacket } from './filter-packet.ts';
import type { HandedOver } from './rule-program.ts';
import type { TableKey } from './firewall-model.ts';

/** A rule that was for the packet, or the policy of a base chain (`rule` null). */
export interface RuleHit {
  readonly hook: HookName;
  readonly table: TableKey;
  readonly chain: string;
  /** Position in its chain, from 1; 0 for a policy. */
  readonly number: number;
  readonly rule: FirewallRule | null;
  /** As its tool prints it; of a policy `policy drop`. */
  readonly text: string;
  /** What it did: accepted, jumped to KUBE-SERVICES, marked … */
  readonly did: string;
}

export type HookVerdict =
  | { readonly kind: 'accept' }
  | { readonly kind: 'drop'; readonly by: RuleHit }
  /** `with`: icmp-port-unreachable, tcp-reset, … as the tool prints it; null is the tool's default. */
  | { readonly kind: 'reject'; readonly by: RuleHit; readonly with: string | null }
  /** It depends on what nobody can know (a user program, a rate limit, eBPF, a match that is not understood). */
  | ({ readonly by: RuleHit } & HandedOver);

export interface HookOutcome {
  /** Of the packets that come to the hook, 0 to 1: rules by chance, and Services with several endpoints, make several outcomes. */
  readonly share: number;
  readonly verdict: HookVerdict;
  /** With its new mark, addresses and ports. */
  readonly packet: FilterPacket;
  /** In order. */
  readonly hits: readonly RuleHit[];
  /** Base chains that let it pass, as `filter FORWARD`, each with the hit that did. */
  readonly acceptedBy: readonly RuleHit[];
  /** What was presumed on the way, a sentence each: a rate limit that is not exceeded, a set that was read in part. */
  readonly presumed: readonly string[];
}
