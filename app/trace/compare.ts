// The same question asked twice, before and after somebody mended something: what is another, hop by hop, and in words.
import type { ComparedHop, ComparedPath, ComparedTrace } from './document.ts';

export interface HopChange {
  readonly kind: 'same' | 'changed' | 'gone' | 'new';
  /** As a sentence names the place: `k8s-worker-1`, `web-1 on k8s-worker-1`. */
  readonly place: string;
  readonly before: ComparedHop | null;
  readonly after: ComparedHop | null;
  /** What is another; empty where nothing is. */
  readonly sentence: string;
}

export interface WayChange {
  /** `back`: the answer. */
  readonly direction: 'there' | 'back';
  /** Of a Service; null where there is no choice. */
  readonly endpoint: string | null;
  /** Null: there was none, there is none. */
  readonly before: ComparedPath['verdict'] | null;
  readonly after: ComparedPath['verdict'] | null;
  readonly sentence: string;
  readonly hops: readonly HopChange[];
}

export interface TraceComparison {
  readonly same: boolean;
  /** Another question than before: a sentence; null: the same. */
  readonly another: string | null;
  readonly sentence: string;
  readonly ways: readonly WayChange[];
}

export function compareTraces(before: ComparedTrace, after: ComparedTrace): TraceComparison {
  const ways = [
    ...matched(before.paths, after.paths).map(([was, is]) => wayChange('there', was, is)),
    wayChange('back', before.reverse, after.reverse),
  ].filter((way) => way.before !== null || way.after !== null);
  const same = ways.every((way) => way.before === way.after && way.hops.every(({ kind }) => kind === 'same'));
  const another =
    before.from === after.from && before.to === after.to
      ? null
      : `Before it was asked from ${before.from} to ${before.to}, now from ${after.from} to ${after.to}.`;
  return { same, another, sentence: summaryOf(before, after, same), ways };
}

/** Both ways: a packet has arrived when its answer has. */
function summaryOf(before: ComparedTrace, after: ComparedTrace, same: boolean): string {
  const [was, is] = [outcome(before), outcome(after)];
  if (same) return `Nothing is another: ${is}.`;
  return was === is ? `${upper(is)}, as before, by another way.` : `Before: ${was}. Now: ${is}.`;
}

function outcome({ paths, reverse }: ComparedTrace): string {
  const failing = paths.find(({ verdict }) => verdict !== 'delivered');
  if (failing !== undefined) return verdictWords(failing);
  if (reverse === null) return 'it is delivered, and of an answer nothing is known';
  return reverse.verdict === 'delivered'
    ? 'it is delivered, and so is the answer'
    : `it is delivered, and the answer: ${verdictWords(reverse)}`;
}

function verdictWords({ verdict, stopsAt }: ComparedPath): string {
  const where =
    stopsAt === null
      ? ''
      : ` at ${stopsAt.node}${stopsAt.interface === null ? '' : ` ${stopsAt.interface}`} (${stopsAt.reason})`;
  return verdict === 'unknown' ? 'where it gets to is not known' : `it is ${verdict}${where}`;
}

function upper(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** Those to one endpoint belong together; where there is no choice, in their order. */
function matched(
  before: readonly ComparedPath[],
  after: readonly ComparedPath[],
): (readonly [ComparedPath | null, ComparedPath | null])[] {
  const left = new Set(after);
  const pairs = before.map((was) => {
    const is = after.find((one) => left.has(one) && one.endpoint === was.endpoint) ?? null;
    if (is !== null) left.delete(is);
    return [was, is] as const;
  });
  const whole = pairs.every(([, is]) => is === null) && left.size > 0;
  // One way became several, or several one: the first of each are laid beside each other.
  const [first] = pairs;
  const [second] = left;
  if (whole && first !== undefined && second !== undefined) {
    left.delete(second);
    return [[first[0], second], ...pairs.slice(1), ...[...left].map((is) => [null, is] as const)];
  }
  return [...pairs, ...[...left].map((is) => [null, is] as const)];
}

function wayChange(
  direction: WayChange['direction'],
  before: ComparedPath | null,
  after: ComparedPath | null,
): WayChange {
  const hops = hopChanges(before?.hops ?? [], after?.hops ?? []);
  const endpoint = after?.endpoint ?? before?.endpoint ?? null;
  const subject = direction === 'back' ? 'the answer' : endpoint === null ? 'the packet' : `to ${endpoint}`;
  const was = before === null ? 'there was none' : verdictWords(before);
  const is = after === null ? 'there is none' : verdictWords(after);
  const changed = hops.filter(({ kind }) => kind !== 'same').length;
  const sentence =
    was === is
      ? changed === 0
        ? `${upper(subject)}: ${is}, as before.`
        : `${upper(subject)}: ${is}, as before; ${changed} ${changed === 1 ? 'hop is' : 'hops are'} another.`
      : `${upper(subject)}: before, ${was}; now, ${is}.`;
  return {
    direction,
    endpoint,
    before: before?.verdict ?? null,
    after: after?.verdict ?? null,
    sentence,
    hops,
  };
}

/** Laid beside each other so that as many places as can be stand in both, in order. */
function hopChanges(before: readonly ComparedHop[], after: readonly ComparedHop[]): HopChange[] {
  const lengths = commonLengths(before, after);
  const changes: HopChange[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    const was = before[i];
    const is = after[j];
    if (was !== undefined && is !== undefined && was.namespace === is.namespace) {
      changes.push(hopChange(was, is));
      i += 1;
      j += 1;
    } else if (
      is === undefined ||
      (was !== undefined && (lengths[i + 1]?.[j] ?? 0) >= (lengths[i]?.[j + 1] ?? 0))
    ) {
      if (was === undefined) break;
      const sentence = `It does not come to ${was.namespace} any more.`;
      changes.push({ kind: 'gone', place: was.namespace, before: was, after: null, sentence });
      i += 1;
    } else {
      const sentence = `It comes to ${is.namespace} now: ${is.because}`;
      changes.push({ kind: 'new', place: is.namespace, before: null, after: is, sentence });
      j += 1;
    }
  }
  return changes;
}

function commonLengths(before: readonly ComparedHop[], after: readonly ComparedHop[]): number[][] {
  const lengths = Array.from({ length: before.length + 1 }, () => Array<number>(after.length + 1).fill(0));
  for (let i = before.length - 1; i >= 0; i -= 1)
    for (let j = after.length - 1; j >= 0; j -= 1) {
      const row = lengths[i] ?? [];
      row[j] =
        before[i]?.namespace === after[j]?.namespace
          ? 1 + (lengths[i + 1]?.[j + 1] ?? 0)
          : Math.max(lengths[i + 1]?.[j] ?? 0, row[j + 1] ?? 0);
    }
  return lengths;
}

const COMPARED = [
  ['action', 'what becomes of it'],
  ['ingress', 'in by'],
  ['egress', 'out by'],
  ['nextHop', 'next hop'],
  ['packet', 'packet'],
] as const;

function hopChange(before: ComparedHop, after: ComparedHop): HopChange {
  const parts = COMPARED.flatMap(([key, name]) =>
    before[key] === after[key] ? [] : [`${name}: ${before[key] ?? 'none'} → ${after[key] ?? 'none'}`],
  );
  const [was, is] = [before.route?.text ?? null, after.route?.text ?? null];
  if (was !== is) parts.push(`route: ${was ?? 'none'} → ${is ?? 'none'}`);
  if (parts.length === 0 && before.because !== after.because)
    parts.push(`${before.because} → ${after.because}`);
  return {
    kind: parts.length === 0 ? 'same' : 'changed',
    place: after.namespace,
    before,
    after,
    sentence: parts.join('; '),
  };
}
