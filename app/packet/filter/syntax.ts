// A filter as it is written, before it is known what its words are.
import type { Span } from './filter-error.ts';
import type { Token } from './tokens.ts';

export type Comparison = '==' | '!=' | '===' | '!==' | '<' | '<=' | '>' | '>=' | 'contains' | 'matches';

/** Which of a field's values must pass; null: as the comparison has it. */
export type Quantifier = 'any' | 'all' | null;

export type Written =
  | (Span & { readonly kind: 'and' | 'or' | 'xor'; readonly left: Written; readonly right: Written })
  | (Span & { readonly kind: 'not'; readonly of: Written })
  | (Span & { readonly kind: 'exists'; readonly of: WrittenValue })
  | (Span & {
      readonly kind: 'compare';
      readonly quantifier: Quantifier;
      readonly comparison: Comparison;
      readonly left: WrittenValue;
      readonly right: WrittenValue;
    })
  | (Span & {
      readonly kind: 'in';
      readonly quantifier: Quantifier;
      readonly left: WrittenValue;
      readonly members: readonly WrittenMember[];
    });

/** `to` null: one value. */
export interface WrittenMember {
  readonly from: WrittenValue;
  readonly to: WrittenValue | null;
}

export type WrittenValue =
  | Extract<Token, { readonly kind: 'word' | 'string' | 'character' }>
  | (Span & {
      readonly kind: 'sliced';
      readonly of: WrittenValue;
      readonly text: string;
      readonly bracket: Span;
    })
  | (Span & { readonly kind: 'masked'; readonly of: WrittenValue; readonly by: WrittenValue })
  | (Span & {
      readonly kind: 'call';
      readonly name: Span & { readonly text: string };
      readonly of: readonly WrittenValue[];
    });
