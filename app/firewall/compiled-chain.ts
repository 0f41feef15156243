// Tables, chains and rules as a walk goes through them.
import type { FirewallRule } from '../probe/firewall-facts.ts';
import type { Scalar } from './filter-value.ts';
import type { TableKey } from './firewall-model.ts';
import type { Step } from './rule-program.ts';

export interface CompiledRule {
  /** Null: a virtual server. */
  readonly rule: FirewallRule | null;
  readonly number: number;
  /** The one destination that it may be for: most of thousands of rules are passed by for it. Null: it may be for any. */
  readonly onlyTo: Scalar | null;
  /** Worked out when a packet first comes to it. */
  readonly steps: readonly Step[];
  text(): string;
}

export interface CompiledChain {
  readonly name: string;
  readonly table: CompiledTable;
  /** The policy of a base chain. */
  readonly policy: 'accept' | 'drop';
  readonly rules: readonly CompiledRule[];
}

export interface CompiledTable {
  readonly key: TableKey;
  /** How deep jumps may lead: of nf_tables 16 (NFT_JUMP_STACK_SIZE), iptables' own keep what is loaded from circles. */
  readonly deepest: number;
  chain(name: string): CompiledChain | null;
}

export interface BaseChain {
  readonly chain: CompiledChain;
  readonly isNat: boolean;
  /** Of two of one priority whoever was there first comes first; null: of none but its own kind. */
  readonly priority: number | null;
  /** False: it stands before conntrack. */
  readonly afterConntrack: boolean;
  /** Those whose packets it is for; `unknown`: nft did not tell (before 1.0.7 its JSON does not). */
  readonly devices: 'every' | 'unknown' | readonly string[];
}
