import { ok, type Result } from '../app/result.ts';
import { removeInstance } from './instance.ts';
import { withLock } from './instance-lock.ts';
import { listInstances, type StateFailure } from './state.ts';

/** Ends an instance and removes all it made. One that is not there is down already. @returns its name. */
export async function down(name: string): Promise<Result<string[], StateFailure>> {
  const ended = await withLock(name, removeInstance);
  return ended.ok ? ok([name]) : ended;
}

/** @returns the names of those it has ended. */
export async function downAll(): Promise<Result<string[], StateFailure>> {
  const names = await listInstances();
  for (const name of names) {
    const ended = await down(name);
    if (!ended.ok) return ended;
  }
  return ok(names);
}
