// Who ran what on which node, when and how it ended (never what a terminal showed or was told). Kept bounded in memory, and,
// where asked for, appended to a file as it happens: a crash loses nothing that had begun.
import type { WriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { AuditEntry } from '../../app/contract/audit.ts';
import { fail, ok, type Result } from '../../app/result.ts';

/** What ran longest ago leaves first. An hour of a hundred nodes, BIRD asked every ten seconds, is 36,000. */
const MOST_ENTRIES = 20_000;
/** A command as one would type it; scripts are longer, and named instead. Characters. */
const MOST_WHAT = 1_000;

/** `stream`: one command among several that share a channel. */
export type AuditStart = Pick<AuditEntry, 'node' | 'login' | 'kind' | 'what' | 'by'>;

/** Over its channel, as in the entry. */
export type AuditBytes = Readonly<Record<'sent' | 'received', number>>;

/** Something that runs, until it is told how it ended; told twice, the first counts. */
export interface AuditRun {
  /** The command's own exit status, known from its output before its channel's end, and the bytes until then. */
  concluded(status: number, bytes?: AuditBytes): void;
  ended(outcome: string, bytes?: AuditBytes): void;
  /** One command that shares its channel. */
  stream(what: string): AuditRun;
}

export class AuditTrail implements AsyncDisposable {
  readonly #now: () => number;
  /** By id, in the order in which they began. */
  readonly #entries = new Map<number, AuditEntry>();
  #next = 1;
  #file: WriteStream | null = null;
  #path: string | null = null;
  #fileTrouble: string | null = null;

  #tell: (sentence: string) => void = () => undefined;

  // oxlint-disable-next-line no-restricted-properties -- the default of an injected clock
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Tells when the file can no longer be written: who asked for it must not learn of that afterwards. */
  onTrouble(tell: (sentence: string) => void): void {
    this.#tell = tell;
  }

  /** The newest last. */
  get entries(): readonly AuditEntry[] {
    return [...this.#entries.values()];
  }

  /** What it is appended to, absolute; null when no file was asked for. */
  get file(): string | null {
    return this.#path;
  }

  /** Why the file is not written any more; null while all is well. */
  get fileTrouble(): string | null {
    return this.#fileTrouble;
  }

  /** Appends from now on, a JSON line when something begins and one when it has ended. */
  async writeTo(path: string): Promise<Result<void, { readonly sentence: string }>> {
    try {
      // What ran may name what others should not know.
      const file = await open(path, 'a', 0o600);
      const stream = file.createWriteStream();
      stream.on('error', (error) => {
        this.#fileTrouble = `The audit file ${path} is not written any more: ${error.message}.`;
        this.#file = null;
        this.#tell(this.#fileTrouble);
      });
      this.#file = stream;
      this.#path = path;
      for (const entry of this.#entries.values()) this.#write(entry);
      return ok(undefined);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      return fail({ sentence: `The audit file cannot be written: ${why}.` });
    }
  }

  begin(start: AuditStart): AuditRun {
    const id = this.#next++;
    const entry: AuditEntry = {
      ...start,
      id,
      what: start.what.slice(0, MOST_WHAT),
      startedAt: this.#now(),
      endedAt: null,
      outcome: null,
      sent: null,
      received: null,
    };
    this.#entries.set(id, entry);
    this.#write(entry);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= MOST_ENTRIES) break;
      this.#entries.delete(oldest);
    }
    let status: number | null = null;
    let over = false;
    return {
      concluded: (told, bytes) => {
        status ??= told;
        if (!over && this.#entries.has(id)) this.#entries.set(id, { ...entry, ...bytes });
      },
      ended: (outcome, bytes) => {
        if (over) return;
        over = true;
        const said = status === null ? outcome : `exit ${String(status)}`;
        const done = { ...entry, endedAt: this.#now(), outcome: said, ...bytes };
        if (this.#entries.has(id)) this.#entries.set(id, done);
        this.#write(done);
      },
      stream: (what) => this.begin({ ...start, kind: 'stream', what }),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const file = this.#file;
    this.#file = null;
    if (file !== null) await new Promise<void>((resolve) => file.end(() => resolve()));
  }

  #write(entry: AuditEntry): void {
    this.#file?.write(`${JSON.stringify(entry)}\n`);
  }
}
