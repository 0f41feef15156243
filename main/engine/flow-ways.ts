// How a flow's packets are to go: asked of a trace once a question, for the many connections that are alike but for a port.
import type { InterfaceEntity, Topology } from '../../app/topology/model.ts';
import type { TraceAnswer, TracePath, TraceRequest } from '../../app/trace/model.ts';
import { questionOf } from '../../app/watch/flow-question.ts';
import { wayOfPaths, type ForetoldWay, type PlaceOf } from '../../app/watch/way-of-path.ts';
import type { FreshFlow } from './trail-protocol.ts';

export interface FlowWaysOptions {
  /** Null: nobody can say. */
  readonly trace: (request: TraceRequest) => Promise<TraceAnswer | null>;
  readonly topology: () => Topology;
  /** A namespace's number. */
  readonly placeOf: (netnsId: string) => number;
  readonly now: () => number;
  /** Of each answer. */
  readonly onPaths: (paths: readonly TracePath[]) => void;
}

/** ms that an answer stands: routes and filters change. */
const standsMs = 5_000;
/** Questions whose answers stand. */
const mostKept = 2_000;
/** Questions that wait for their answer: a flood of new flows is no reason to ask a worker for minutes. */
const mostWaiting = 200;

export class FlowWays {
  readonly #options: FlowWaysOptions;
  readonly #ways = new Map<string, { readonly at: number; readonly way: Promise<ForetoldWay | null> }>();
  #waiting = 0;

  constructor(options: FlowWaysOptions) {
    this.#options = options;
  }

  of({ tuple, flags }: FreshFlow): Promise<ForetoldWay | null> {
    const question = questionOf(tuple, flags);
    if (question === null) return Promise.resolve(null);
    // What a client chooses anew each time decides nothing but a path among equals.
    const { request, isAnswer } = question;
    const key = [request.from, request.to, request.proto, request.port, isAnswer].join(' ');
    const now = this.#options.now();
    const known = this.#ways.get(key);
    if (known !== undefined && now - known.at < standsMs) return known.way;
    if (this.#waiting >= mostWaiting) return Promise.resolve(null);
    this.#waiting += 1;
    const way = this.#ask({ ...request, sport: null }, isAnswer).finally(() => {
      this.#waiting -= 1;
    });
    this.#ways.delete(key);
    this.#ways.set(key, { at: now, way });
    for (const oldest of this.#ways.keys()) {
      if (this.#ways.size <= mostKept) break;
      this.#ways.delete(oldest);
    }
    return way;
  }

  /** Routes, interfaces or Pods are others now: what was answered may not stand any more. */
  forget(): void {
    this.#ways.clear();
  }

  async #ask(request: TraceRequest, isAnswer: boolean): Promise<ForetoldWay | null> {
    const answer = await this.#options.trace(request);
    if (answer?.ok !== true) return null;
    this.#options.onPaths(answer.paths);
    const paths = isAnswer ? (answer.reverse === null ? [] : [answer.reverse]) : answer.paths;
    return wayOfPaths(paths, this.#place);
  }

  readonly #place: PlaceOf = (netnsId, interfaceId) => {
    const found: InterfaceEntity | undefined = this.#options.topology().interfaces[interfaceId];
    return found === undefined ? null : { place: this.#options.placeOf(netnsId), ifindex: found.ifindex };
  };
}
