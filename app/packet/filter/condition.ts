// What a filter means: checked, each constant of the type it is compared with.
import type { Field } from '../dissect/field.ts';
import type { FilterField } from './filter-fields.ts';
import type { BytePattern } from './byte-pattern.ts';

/** How two values are compared. `protocol`: its bytes. */
export type ValueType = 'number' | 'text' | 'bytes';

export type Condition =
  | { readonly kind: 'and' | 'or' | 'xor'; readonly left: Condition; readonly right: Condition }
  | { readonly kind: 'not'; readonly of: Condition }
  /** The value is there. */
  | { readonly kind: 'exists'; readonly of: Value }
  | {
      readonly kind: 'compare';
      readonly relation: Relation;
      /** Every pair of values must pass, not just one; of none none does. */
      readonly every: boolean;
      readonly type: ValueType;
      readonly left: Value;
      readonly right: Value;
    }
  | { readonly kind: 'matches'; readonly every: boolean; readonly left: Value; readonly pattern: BytePattern }
  /** One member must hold; `every`: for every value the same one. */
  | {
      readonly kind: 'in';
      readonly every: boolean;
      readonly type: ValueType;
      readonly left: Value;
      readonly members: readonly Member[];
    };

export type Relation = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'contains';

export interface Member {
  readonly from: Value;
  /** Null: one value. Else the last that is in. */
  readonly to: Value | null;
}

export type Value =
  | { readonly kind: 'field'; readonly field: FilterField }
  | { readonly kind: 'constant'; readonly constant: Constant }
  /** Parts put together; where one is not there whole, nothing is. */
  | { readonly kind: 'slice'; readonly of: Value; readonly parts: readonly SlicePart[] }
  | { readonly kind: 'mask'; readonly of: Value; readonly by: Value }
  /** @prop as how `string` prints */
  | { readonly kind: 'call'; readonly name: FunctionName; readonly of: Value; readonly as: Field };

export type FunctionName = 'len' | 'count' | 'lower' | 'upper' | 'string';

/** Addresses: compared on their first `prefixLength` bits. */
export type Constant = number | bigint | string | Uint8Array | Network;

export interface Network {
  readonly bytes: Uint8Array;
  readonly prefixLength: number;
}

/** Bytes from `from` on, so many or up to `last` itself, else to the end. Negative offsets count from the end. */
export interface SlicePart {
  readonly from: number;
  readonly length: number | null;
  readonly last: number | null;
}
