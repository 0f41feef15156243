import { readFile, rename, writeFile } from 'node:fs/promises';
import type { RunFolder } from './run-folder.ts';

/** A fault that is in force, as remembered for `heal` and shown by `status`. */
export interface ActiveFault {
  readonly name: string;
  readonly node: string;
  readonly argument?: string;
}

export async function readFaults(folder: RunFolder): Promise<ActiveFault[]> {
  const text = await readFile(folder.faults, 'utf8').catch(() => null);
  return text === null ? [] : (JSON.parse(text) as ActiveFault[]);
}

export async function writeFaults(folder: RunFolder, faults: readonly ActiveFault[]): Promise<void> {
  await writeFile(`${folder.faults}.new`, JSON.stringify(faults), { mode: 0o600 });
  await rename(`${folder.faults}.new`, folder.faults);
}
