// What one rule of a packet filter asks of a packet, and what it then does: the same words for iptables and nftables.
// Whatever is not understood is kept as text, so that nobody takes a rule for wider than it is.

export type RuleMatch = { readonly negated: boolean; readonly text: string } & (
  | {
      readonly kind: 'interface';
      readonly end: 'in' | 'out';
      /** `cali+` is every name that begins so. */ readonly names: readonly string[];
    }
  | { readonly kind: 'physdev'; readonly end: 'in' | 'out'; readonly names: readonly string[] }
  | {
      readonly kind: 'address';
      readonly end: 'src' | 'dst';
      /** Addresses, CIDRs, ranges `a-b`. */ readonly addresses: readonly string[];
    }
  | { readonly kind: 'protocol'; readonly protocols: readonly string[] }
  | {
      readonly kind: 'port';
      readonly end: 'src' | 'dst' | 'either';
      /** `80`, `80-90`. */ readonly ports: readonly string[];
    }
  | {
      readonly kind: 'mark';
      readonly of: 'packet' | 'connection';
      readonly value: number;
      readonly mask: number;
    }
  | {
      readonly kind: 'state';
      /** new, established, related, invalid, untracked, dnat, snat. */ readonly states: readonly string[];
    }
  | {
      readonly kind: 'set';
      readonly set: string;
      /** src or dst for each part of a member. */ readonly parts: readonly string[];
    }
  | { readonly kind: 'addrtype'; readonly end: 'src' | 'dst'; readonly types: readonly string[] }
  | { readonly kind: 'probability'; /** 0 to 1. */ readonly probability: number }
  | { readonly kind: 'nth'; /** Every so many packets one. */ readonly every: number }
  /** `options`: of a module of iptables that has no words here; its options together are one condition. */
  | { readonly kind: 'other'; readonly module?: string; readonly options?: readonly XtOption[] }
);

/** An option of iptables with its values, as printed. */
export interface XtOption {
  readonly name: string;
  readonly negated: boolean;
  readonly values: readonly string[];
}

export type Verdict =
  | { readonly kind: 'accept' | 'drop' | 'return' | 'masquerade' | 'continue' }
  | { readonly kind: 'reject'; readonly with: string | null }
  | { readonly kind: 'jump' | 'goto'; readonly chain: string }
  | {
      readonly kind: 'dnat' | 'snat' | 'redirect';
      /** `10.0.0.1:80`, `:80`, or as the tool prints it. */ readonly to: string;
    }
  /** New mark = (old & ~mask) ^ value, as iptables' --set-xmark. */
  | {
      readonly kind: 'mark';
      readonly of: 'packet' | 'connection';
      readonly value: number;
      readonly mask: number;
    }
  /** The verdict of the key's entry; a key that is not there goes on. */
  | {
      readonly kind: 'map';
      readonly key: string;
      readonly map: string | null;
      readonly entries: readonly MapEntry[];
    }
  /** Goes on to the next rule (LOG, CT, …), or is not understood. */
  | { readonly kind: 'other'; readonly target: string };

export interface MapEntry {
  readonly key: string;
  readonly verdict: Verdict;
}

export interface RuleSpec {
  readonly matches: readonly RuleMatch[];
  /** Null: nothing but counting. */
  readonly verdict: Verdict | null;
  /** What comes with the verdict, as it was printed: `--random-fully`. */
  readonly options: string;
  readonly comments: readonly string[];
}

/** Of an iptables rule: a value of 32 bits, decimal or hexadecimal, with a mask after a slash. */
export function markOf(text: string): { readonly value: number; readonly mask: number } | null {
  const match = /^(0x[0-9a-f]{1,8}|\d{1,10})(?:\/(0x[0-9a-f]{1,8}|\d{1,10}))?$/i.exec(text);
  if (match === null) return null;
  return { value: Number(match[1]), mask: match[2] === undefined ? 0xffffffff : Number(match[2]) };
}
