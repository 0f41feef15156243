import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runs } from '../../app/testing/runs.ts';
import { Journal } from './journal.ts';
import { ObjectStore } from './store.ts';

let folder: string;
let path: string;
const HISTORY = 5;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lab-journal-'));
  path = join(folder, 'state');
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function openStore(): { store: ObjectStore; journal: Journal } {
  const opened = Journal.open(path, HISTORY);
  if (!opened.ok) throw new Error(opened.failure.sentence);
  const { journal, state } = opened.value;
  const store = new ObjectStore(state, HISTORY, (change) => {
    journal.append(change);
  });
  return { store, journal };
}

function put(store: ObjectStore, name: string, value: number): void {
  store.put('pods', { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default' }, value });
}

describe('Journal', () => {
  it('gives back the same store after a kill at any moment', () => {
    const step = fc.record({
      name: fc.constantFrom('a', 'b', 'c'),
      deletes: fc.boolean(),
      snapshots: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 15 }), (steps) => {
        rmSync(path, { force: true });
        rmSync(`${path}.journal`, { force: true });
        const { store, journal } = openStore();
        for (const [count, { name, deletes, snapshots }] of steps.entries()) {
          const present = store.get('pods', 'default', name);
          if (deletes && present !== undefined) store.delete('pods', present);
          else put(store, name, count);
          if (snapshots) journal.snapshot(store.state());
        }
        journal.close();
        const again = openStore();
        expect(again.store.revision).toBe(store.revision);
        expect(again.store.list('pods')).toEqual(store.list('pods'));
        expect(again.store.state().history).toEqual(store.state().history);
        again.journal.close();
      }),
      { numRuns: runs(40) },
    );
  });

  it('forgets a last line that was cut off, and goes on from there', () => {
    const first = openStore();
    put(first.store, 'a', 1);
    first.journal.close();
    appendFileSync(`${path}.journal`, '{"type":"ADDED","resource":"pods","revi');
    const second = openStore();
    expect(second.store.revision).toBe(2);
    put(second.store, 'b', 2);
    second.journal.close();
    const third = openStore();
    expect(third.store.list('pods').map((object) => object.metadata.name)).toEqual(['a', 'b']);
    third.journal.close();
  });

  it('ignores journal lines that the snapshot already holds', () => {
    const first = openStore();
    put(first.store, 'a', 1);
    const lines = readFileSync(`${path}.journal`);
    first.journal.snapshot(first.store.state());
    first.journal.close();
    writeFileSync(`${path}.journal`, lines);
    const second = openStore();
    expect(second.store.revision).toBe(2);
    expect(second.store.state().history).toHaveLength(1);
    second.journal.close();
  });

  it('says what to do about a file that is not its own', () => {
    writeFileSync(path, '{"other": true}');
    const opened = Journal.open(path, HISTORY);
    expect(opened).toMatchObject({ ok: false, failure: { kind: 'state' } });
    expect(!opened.ok && opened.failure.sentence).toContain(`delete ${path} and ${path}.journal`);
    expect(readFileSync(path, 'utf8')).toBe('{"other": true}');
  });
});
