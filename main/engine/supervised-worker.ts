// A worker thread that reads hostile bytes and may die of them. Requests go one at a time; a crash or a
// hang costs the worker, which starts again from a seed, and never the session (DESIGN §10 "Processes").
import { Worker } from 'node:worker_threads';
import { fail, ok, type Result } from '../../app/result.ts';

export interface WorkerFailure {
  readonly kind: 'crashed' | 'hung' | 'closed';
  readonly sentence: string;
}

export interface SupervisedWorkerOptions<Request> {
  /** The worker's module; a `.ts` source is run through tsx (tests), a built file as it is. */
  readonly file: URL;
  /** What a fresh worker is given before anything else, so that it knows what the last one knew. */
  readonly seed: () => readonly Request[];
  /** A worker died or hung and another took its place. */
  readonly onRestart: (failure: WorkerFailure) => void;
  /** A request that takes longer has hung. Milliseconds. */
  readonly deadlineMs?: number;
  /** The subject of the sentence that says what died. */
  readonly name?: string;
  /** False: a request that is not to be made again, whoever killed the worker. */
  readonly again?: (request: Request) => boolean;
}

interface Job<Request, Reply> {
  readonly request: Request;
  readonly settle: (result: Result<Reply, WorkerFailure>) => void;
  /** A request gets a second worker, in case it was not what killed the first; never a third. */
  attempts: number;
}

/** Far above any honest reading (10,000 routes parse in under 100 ms), so only a hang meets it. */
const defaultDeadlineMs = 15_000;
/** ms between two looks at a deadline: a look that comes later than twice that was not late, the program stood still. */
const mostStepMs = 1_000;

const closed: WorkerFailure = { kind: 'closed', sentence: 'The session was closed.' };

export class SupervisedWorker<Request, Reply> implements AsyncDisposable {
  readonly #options: SupervisedWorkerOptions<Request>;
  readonly #queue: Job<Request, Reply>[] = [];
  #worker: Worker | null = null;
  #current: Job<Request, Reply> | null = null;
  #deadline: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: SupervisedWorkerOptions<Request>) {
    this.#options = options;
  }

  /** Starts the thread before the first request needs it. */
  warm(): void {
    if (!this.#closed) this.#live();
  }

  /** Sends one request after all earlier ones. Fails when it killed two workers, or on close. Never rejects. */
  request(request: Request): Promise<Result<Reply, WorkerFailure>> {
    if (this.#closed) return Promise.resolve(fail(closed));
    return new Promise((settle) => {
      this.#queue.push({ request, settle, attempts: 0 });
      this.#next();
    });
  }

  /** Ends the present worker as a crash would. For tests of recovery on the real thing. */
  async kill(): Promise<void> {
    await this.#worker?.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearInterval(this.#deadline);
    const worker = this.#worker;
    this.#worker = null;
    for (const job of [this.#current, ...this.#queue.splice(0)]) job?.settle(fail(closed));
    this.#current = null;
    await worker?.terminate();
  }

  #next(): void {
    if (this.#closed || this.#current !== null) return;
    const job = this.#queue.shift();
    if (job === undefined) return;
    this.#current = job;
    job.attempts++;
    this.#await(this.#options.deadlineMs ?? defaultDeadlineMs);
    this.#live().postMessage(job.request);
  }

  /** For an answer. Time in which the whole program was stopped is nobody's: of a step that took long only a step counts. */
  #await(deadlineMs: number): void {
    let [left, last] = [deadlineMs, performance.now()];
    const stepMs = Math.min(mostStepMs, deadlineMs / 10);
    this.#deadline = setInterval(() => {
      const now = performance.now();
      left -= Math.min(now - last, 2 * stepMs);
      last = now;
      if (left <= 0) this.#end('hung');
    }, stepMs);
  }

  #live(): Worker {
    if (this.#worker !== null) return this.#worker;
    const worker = startThread(this.#options.file);
    this.#worker = worker;
    // Replies to seeds come first, in order, and are nobody's: they only rebuild what was known.
    let seeds = 0;
    for (const request of this.#options.seed()) {
      seeds++;
      worker.postMessage(request);
    }
    let reason = 'it ended by itself';
    worker.on('message', (reply: Reply) => {
      if (this.#worker !== worker) return;
      if (seeds > 0) seeds--;
      else this.#finish(ok(reply));
    });
    worker.on('error', (error) => (reason = error instanceof Error ? error.message : String(error)));
    worker.on('exit', () => {
      if (this.#worker === worker) this.#end('crashed', reason);
    });
    return worker;
  }

  #finish(result: Result<Reply, WorkerFailure>): void {
    clearInterval(this.#deadline);
    const job = this.#current;
    this.#current = null;
    job?.settle(result);
    this.#next();
  }

  #end(kind: 'crashed' | 'hung', reason = 'no answer in time'): void {
    const worker = this.#worker;
    this.#worker = null;
    void worker?.terminate();
    clearInterval(this.#deadline);
    if (this.#closed) return;
    const failure: WorkerFailure = {
      kind,
      sentence: `${this.#options.name ?? "The part that reads the nodes' answers"} ${kind === 'hung' ? 'hung' : `crashed (${reason})`} and was started again.`,
    };
    const job = this.#current;
    this.#current = null;
    if (job !== null) {
      if (job.attempts < 2 && this.#options.again?.(job.request) !== false) this.#queue.unshift(job);
      else job.settle(fail(failure));
    }
    this.#options.onRestart(failure);
    this.#next();
  }
}

/** A `.ts` source (tests run the sources) needs tsx inside the thread: Node 20 does not hand loaders down. */
function startThread(file: URL): Worker {
  if (!file.pathname.endsWith('.ts')) return new Worker(file);
  const code = `import('tsx/esm/api').then(({ register }) => { register(); return import(${JSON.stringify(file.href)}); })`;
  return new Worker(code, { eval: true });
}
