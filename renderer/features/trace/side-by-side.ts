// Two answers to one question, hop by hop, and where they part. Pure.
import type { TraceHop, TracePath } from '../../../app/trace/model.ts';
import { traceStrings } from './strings.ts';

export interface BriefHop {
  readonly place: string;
  /** `calid9d486e54a8 → ens192`. */
  readonly devices: string;
  /** The route that won; where it ends before its time, why. */
  readonly what: string;
  readonly stops: boolean;
  /** The other way has no such hop. */
  readonly differs: boolean;
}

export function sideBySide(before: TracePath | null, now: TracePath | null): [BriefHop[], BriefHop[]] {
  const [earlier, later] = [briefOf(before), briefOf(now)];
  return [marked(earlier, later), marked(later, earlier)];
}

type Brief = Omit<BriefHop, 'differs'>;

function marked(hops: readonly Brief[], others: readonly Brief[]): BriefHop[] {
  const there = new Set(others.map((other) => JSON.stringify(other)));
  return hops.map((hop) => ({ ...hop, differs: !there.has(JSON.stringify(hop)) }));
}

function briefOf(path: TracePath | null): Brief[] {
  return (path?.hops ?? []).map((hop, at, hops) => briefHop(hop, path, at === hops.length - 1));
}

function briefHop(hop: TraceHop, path: TracePath | null, last: boolean): Brief {
  const stops = last && path?.verdict !== 'delivered';
  const end = (name: string | null): string => name ?? traceStrings.socket;
  return {
    place: hop.place,
    devices: `${end(hop.ingress)} → ${stops && hop.egress === null ? '–' : end(hop.egress)}`,
    what: stops ? hop.because : (hop.route?.text ?? hop.because),
    stops,
  };
}
