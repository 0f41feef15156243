// The store on disk, safe after a kill at any moment: FILE is a snapshot, replaced by rename; FILE.journal holds one
// line for each change since. Lines at or below the snapshot's revision are ignored (killed between rename and
// truncate), and so is a last line without its newline (killed while writing): it was never answered.
import {
  closeSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { fail, ok, type Result } from '../../app/result.ts';
import { isJsonObject, isList, textAt, valueAt, type Json, type KubeObject } from './json.ts';
import { objectKey, type Change, type ChangeType, type StoreState } from './store.ts';

export interface StateFailure {
  readonly kind: 'state';
  readonly sentence: string;
}

const FORMAT = 1;
/** The journal is folded into the snapshot when it outgrows both this and the snapshot: amortised constant cost. */
const JOURNAL_MIN_BYTES = 4 * 1024 * 1024;

export class Journal {
  readonly #path: string;
  readonly #historyLimit: number;
  #descriptor: number;
  #journalBytes = 0;
  #snapshotBytes = 0;

  private constructor(path: string, historyLimit: number) {
    this.#path = path;
    this.#historyLimit = historyLimit;
    this.#descriptor = openSync(`${path}.journal`, 'a', 0o600);
  }

  /** Reads what is there (a missing file is an empty store) and starts a new snapshot from it. */
  static open(
    path: string,
    historyLimit: number,
  ): Result<{ journal: Journal; state: StoreState }, StateFailure> {
    try {
      const state = withJournal(
        parseSnapshot(readIfPresent(path)),
        readIfPresent(`${path}.journal`),
        historyLimit,
      );
      const journal = new Journal(path, historyLimit);
      journal.snapshot(state);
      return ok({ journal, state });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const sentence = `The lab's API server cannot use its state file ${path} (${why}): delete ${path} and ${path}.journal, or choose another --state.`;
      return fail({ kind: 'state', sentence });
    }
  }

  /** Appends one change; throws when the disk refuses it, and then nothing of it stays in the file. */
  append(change: Change): void {
    const { type, resource, object, revision } = change;
    const line = Buffer.from(`${JSON.stringify({ type, resource, revision, object })}\n`);
    try {
      for (let written = 0; written < line.length;) {
        written += writeSync(this.#descriptor, line, written);
      }
      this.#journalBytes += line.length;
    } catch (error) {
      ftruncateSync(this.#descriptor, this.#journalBytes);
      throw error;
    }
  }

  /** Folds the journal into the snapshot when it has grown large. */
  compact(state: () => StoreState): void {
    if (this.#journalBytes > Math.max(JOURNAL_MIN_BYTES, this.#snapshotBytes)) this.snapshot(state());
  }

  snapshot(state: StoreState): void {
    const history = state.history.slice(-this.#historyLimit);
    const text = Buffer.from(`${JSON.stringify({ format: FORMAT, ...state, history })}\n`);
    writeFileSync(`${this.#path}.tmp`, text, { mode: 0o600 });
    renameSync(`${this.#path}.tmp`, this.#path);
    ftruncateSync(this.#descriptor, 0);
    this.#journalBytes = 0;
    this.#snapshotBytes = text.length;
  }

  close(): void {
    if (this.#descriptor < 0) return;
    closeSync(this.#descriptor);
    this.#descriptor = -1;
  }
}

function readIfPresent(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}

function parseSnapshot(text: string): StoreState {
  if (text === '') return { revision: 1, objects: [], history: [] };
  const root = JSON.parse(text) as Json;
  const revision = valueAt(root, 'revision');
  const objects = valueAt(root, 'objects');
  const history = valueAt(root, 'history');
  if (valueAt(root, 'format') !== FORMAT) throw new Error('it is not a state file of this version');
  if (typeof revision !== 'number' || !isList(objects) || !isList(history)) throw new Error('it is damaged');
  return { revision, objects: objects.map(parseEntry), history: history.map(parseChange) };
}

function parseEntry(entry: Json): readonly [string, KubeObject] {
  if (!isList(entry) || typeof entry[0] !== 'string') throw new Error('an entry is damaged');
  return [entry[0], parseObject(entry[1])];
}

function parseChange(line: Json): Change {
  const type = valueAt(line, 'type');
  const revision = valueAt(line, 'revision');
  const previous = valueAt(line, 'previous');
  if (!isChangeType(type) || typeof revision !== 'number') throw new Error('a change is damaged');
  return {
    type,
    revision,
    resource: textAt(line, 'resource'),
    object: parseObject(valueAt(line, 'object')),
    previous: isJsonObject(previous) ? parseObject(previous) : null,
  };
}

function isChangeType(value: Json | undefined): value is ChangeType {
  return value === 'ADDED' || value === 'MODIFIED' || value === 'DELETED';
}

function parseObject(value: Json | undefined): KubeObject {
  if (!isJsonObject(value) || textAt(value, 'metadata', 'name') === '')
    throw new Error('an object is damaged');
  return value as KubeObject;
}

/** Replays the journal over the snapshot; what each change replaced follows from what was there. */
function withJournal(snapshot: StoreState, journal: string, historyLimit: number): StoreState {
  const lines = journal.slice(0, journal.lastIndexOf('\n') + 1).split('\n');
  const objects = new Map<string, readonly [string, KubeObject]>();
  const keyOf = (resource: string, object: KubeObject): string =>
    `${resource}\0${objectKey(object.metadata.namespace, object.metadata.name)}`;
  for (const entry of snapshot.objects) objects.set(keyOf(...entry), entry);
  const history = [...snapshot.history];
  let revision = snapshot.revision;
  for (const line of lines) {
    if (line === '') continue;
    const change = parseChange(JSON.parse(line) as Json);
    if (change.revision <= snapshot.revision) continue;
    if (change.revision !== revision + 1) throw new Error('its journal has a gap');
    const key = keyOf(change.resource, change.object);
    const previous = objects.get(key)?.[1] ?? null;
    if (change.type === 'DELETED') objects.delete(key);
    else objects.set(key, [change.resource, change.object]);
    revision = change.revision;
    history.push({ ...change, previous });
  }
  return { revision, objects: [...objects.values()], history: history.slice(-historyLimit) };
}
