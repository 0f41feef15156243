// What is said of a namespace that is asked for an address.
import type { InterfaceEntity } from '../topology/model.ts';
import type { TracedNamespace } from './namespace.ts';
import { commandIn } from './walk.ts';

export interface ArpAnswer {
  /** Null: it cannot be known. */
  readonly answers: boolean | null;
  readonly sentence: string;
  readonly presumed: readonly string[];
  /** What one types there to see the same; null where there is nothing to type. */
  readonly command: string | null;
}

export function ownAnswer(
  at: TracedNamespace,
  { name }: InterfaceEntity,
  address: string,
  presumed: readonly string[],
): ArpAnswer {
  return {
    answers: true,
    sentence: `${address} is an address of ${at.name}, which answers for it at ${name}.`,
    presumed,
    command: commandIn(at, 'ip', 'addr', 'show', 'to', address),
  };
}

export function no(sentence: string, command: string | null): ArpAnswer {
  return { answers: false, sentence, presumed: [], command };
}

export function unknownAnswer(sentence: string): ArpAnswer {
  return { answers: null, sentence, presumed: [], command: null };
}
