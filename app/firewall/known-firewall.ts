// One node's latest reading of its filters beside the one before, and what is said where there is none.
import type { FirewallReading } from '../probe/firewall-facts.ts';
import type { Section } from '../probe/snapshot.ts';
import { PASTED, type NodeReading } from '../topology/input.ts';
import { interval, type TimedFirewall } from './rates.ts';

export interface KnownFirewall {
  readonly now: TimedFirewall | null;
  readonly before: TimedFirewall | null;
  /** The start of every answer. */
  readonly head: {
    readonly node: string;
    readonly known: boolean;
    readonly sentence: string | null;
    readonly at: TimedFirewall['at'] | null;
    readonly interval: number | null;
  };
}

/** @param known null: the node was never read. @param earlier the reading before the latest. */
export function knownFirewall(
  node: string,
  known: NodeReading | null,
  earlier: Section<FirewallReading> | null,
): KnownFirewall {
  const section = known?.snapshot.firewall ?? null;
  const sentence = section === null ? whyNone(node, known) : section.sentence;
  const may = section !== null && section.state !== 'not-permitted';
  const now = may ? timed(section) : null;
  const before = earlier === null ? null : timed(earlier);
  return {
    now,
    before,
    head: {
      node,
      known: now !== null,
      sentence,
      at: now?.at ?? null,
      interval: now === null ? null : interval(before, now),
    },
  };
}

function whyNone(node: string, known: NodeReading | null): string {
  if (known === null) return `${node} has not been read yet.`;
  return known.hostKeyFingerprint === PASTED
    ? `Nothing of ${node}’s packet filters was pasted: paste what “iptables-save -c” prints there.`
    : `The packet filters of ${node} have not been read yet.`;
}

function timed({ value, at }: Section<FirewallReading>): TimedFirewall | null {
  return value === null || at === null ? null : { reading: value, at };
}
