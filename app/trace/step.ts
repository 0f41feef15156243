// A step of a hop, of which most is not said.
import type { TraceStep } from './model.ts';

type Said = Pick<TraceStep, 'stage' | 'sentence'> & Partial<TraceStep>;

export function stepOf(said: Said): TraceStep {
  return {
    device: null,
    outcome: 'passes',
    route: null,
    rules: [],
    rewrote: null,
    quote: null,
    presumed: [],
    evidence: [],
    command: null,
    ...said,
  };
}
