import { readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { parseJson } from './parse-json.ts';
import type { RunFolder } from './run-folder.ts';

/** A fault that is in force, as remembered for `heal` and shown by `status`. */
export interface ActiveFault {
  readonly name: string;
  readonly node: string;
  readonly argument?: string;
}

const FAULTS: z.ZodType<ActiveFault[]> = z.array(
  z.object({ name: z.string(), node: z.string(), argument: z.exactOptional(z.string()) }),
);

/** A list that is damaged counts as none: what its faults ended is then damage, which `up` mends. */
export async function readFaults(folder: RunFolder): Promise<ActiveFault[]> {
  const text = await readFile(folder.faults, 'utf8').catch(() => '[]');
  return FAULTS.safeParse(parseJson(text)).data ?? [];
}

export async function writeFaults(folder: RunFolder, faults: readonly ActiveFault[]): Promise<void> {
  await writeFile(`${folder.faults}.new`, JSON.stringify(faults), { mode: 0o600 });
  await rename(`${folder.faults}.new`, folder.faults);
}
