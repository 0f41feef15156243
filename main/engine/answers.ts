// Which pure function answers which question. One line each: what there is to understand stands in app/.
import type { QuestionName, QuestionRequest, QuestionResponse } from '../../app/contract/questions.ts';
import { dropsView } from '../../app/ledger/drops-view.ts';
import type { Ledger } from '../../app/ledger/ledger.ts';
import type { Inventory } from '../../app/probe/inventory.ts';
import { bgpMatrix } from '../../app/topology/bgp-matrix.ts';
import type { NodeReading } from '../../app/topology/input.ts';
import type { Topology } from '../../app/topology/model.ts';

/** All that is known now. */
export interface Known {
  readonly topology: Topology;
  /** By node label. */
  readonly readings: ReadonlyMap<string, NodeReading>;
  readonly inventory: Inventory | null;
  /** What each node dropped, by label; none before its counters were read. */
  readonly ledgers: ReadonlyMap<string, Ledger>;
}

type Answers = {
  readonly [N in QuestionName]: (request: QuestionRequest<N>, known: Known) => QuestionResponse<N>;
};

const answers: Answers = {
  'bgp.matrix': (_, { topology, readings, inventory }) => bgpMatrix(topology, readings, inventory),
  'drops.view': (request, known) => dropsView(known, request),
};

export function answerOf<N extends QuestionName>(
  name: N,
  request: QuestionRequest<N>,
  known: Known,
): QuestionResponse<N> {
  return answers[name](request, known);
}
