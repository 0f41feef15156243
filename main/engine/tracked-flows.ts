// What nodes' conntrack lists of a watched Pod's packets, for the trails: where an address is translated, packets before and behind it are of
// one connection, even if there is one packet alone. Asked about once there is something new to learn, and no more than a small part of
// the time.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConntrackEntry } from '../../app/probe/conntrack-entries.ts';
import type { ConntrackAnswer } from '../../app/probe/conntrack-reading.ts';
import type { ConntrackQuestion } from '../../app/probe/conntrack-script.ts';
import type { FlowTuple } from '../../app/watch/flow-table.ts';

export interface TrackedFlowsOptions {
  readonly ask: (
    node: string,
    questions: readonly ConntrackQuestion[],
    signal: AbortSignal,
  ) => Promise<readonly ConntrackAnswer[]>;
  readonly learn: (entries: readonly ConntrackEntry[]) => void;
  /** A node could not answer, and why: once a node and run. */
  readonly onRefused: (label: string, sentence: string) => void;
}

/** ms: what comes together is asked together, and nothing of the first packets' time is taken. */
const gatherMs = 300;
/** ms between two questions of a node, so that trails, which are settled after five seconds, know the answer. */
const restMs = 1_500;
/** Of the time, a question may take a twentieth. */
const restTimes = 20;
/** ms that a node is left alone that could not answer. */
const refusedMs = 60_000;
/** TCP's packets number themselves by chance, which is proof enough. */
const TCP = 6;

interface Node {
  readonly questions: Map<string, ConntrackQuestion>;
  asking: boolean;
  refusedBefore: boolean;
}

export class TrackedFlows implements AsyncDisposable {
  readonly #options: TrackedFlowsOptions;
  #nodes = new Map<string, Node>();
  #run = new AbortController();
  readonly #asking = new Set<Promise<void>>();

  constructor(options: TrackedFlowsOptions) {
    this.#options = options;
  }

  /** Another run: what was asked for the one before is nobody's. */
  begin(): void {
    this.end();
    this.#run = new AbortController();
    this.#nodes = new Map();
  }

  /** Nodes are asked nothing any more. */
  end(): void {
    this.#run.abort();
  }

  /** A flow is new, of one of these addresses, and was seen at that node. */
  seen(
    label: string,
    { family, protocol, source, destination }: FlowTuple,
    watched: ReadonlySet<string>,
  ): void {
    if (protocol === TCP || this.#run.signal.aborted) return;
    const address = watched.has(source) ? source : watched.has(destination) ? destination : null;
    if (address === null) return;
    const node = this.#nodes.get(label) ?? { questions: new Map(), asking: false, refusedBefore: false };
    this.#nodes.set(label, node);
    // As who began it or, behind the translation, as whom it is for.
    const question = { pid: null, inode: 0, family, protocol, source: address, destination: null };
    node.questions.set(keyOf(question), question);
    if (node.asking) return;
    node.asking = true;
    const asking = this.#ask(label, node, this.#run.signal).finally(() => this.#asking.delete(asking));
    this.#asking.add(asking);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.end();
    await Promise.all(this.#asking);
  }

  /** As long as there is something to ask. */
  async #ask(label: string, node: Node, signal: AbortSignal): Promise<void> {
    let rest = gatherMs;
    while (await passed(rest, signal)) {
      const questions = [...node.questions.values()];
      if (questions.length === 0) break;
      node.questions.clear();
      const begun = performance.now();
      const answers = await this.#options.ask(label, questions, signal);
      if (signal.aborted) return;
      this.#options.learn(answers.flatMap(({ entries }) => entries));
      const why = answers.every(({ entries }) => entries.length === 0)
        ? answers.flatMap(({ sentence }) => sentence ?? [])[0]
        : undefined;
      rest = why === undefined ? Math.max(restMs, (performance.now() - begun) * restTimes) : refusedMs;
      if (why === undefined) continue;
      // What it could not say may be asked again.
      for (const question of questions) node.questions.set(keyOf(question), question);
      if (!node.refusedBefore) this.#options.onRefused(label, why);
      node.refusedBefore = true;
    }
    node.asking = false;
  }
}

/** One of either is the same question. */
function keyOf({ protocol, source }: ConntrackQuestion): string {
  return `${String(protocol)} ${String(source)}`;
}

/** False: it is over. */
async function passed(ms: number, signal: AbortSignal): Promise<boolean> {
  return sleep(ms, undefined, { signal }).then(
    () => true,
    () => false,
  );
}
