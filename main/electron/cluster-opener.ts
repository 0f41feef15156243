// Every way to open a cluster in this window (command line, menu, page, a second start) goes through here, so that none
// is forgotten when the window may open nothing but the lab.
import { realpathSync } from 'node:fs';
import path from 'node:path';
import type { PastedText } from '../../app/paste/pasted-text.ts';
import { fail, type Result } from '../../app/result.ts';
import type { Engine, Refusal } from '../engine/engine.ts';
import { isLabFile, LAB_ONLY, type SandboxState } from './sandbox.ts';

export interface ClusterOpener {
  /** Why this window opens no file of a person's choice; null when it does. */
  readonly pickRefused: string | null;
  /** Why it does not open this one; null when it tries. */
  refuses(file: string): string | null;
  open(file: string): Promise<Result<void, Refusal>>;
  /** Output of commands instead of a cluster file. */
  openPaste(texts: readonly PastedText[]): Promise<Result<void, Refusal>>;
}

/** @param signal ends with the program. */
export function clusterOpener(engine: Engine, sandbox: SandboxState, signal: AbortSignal): ClusterOpener {
  const labOnly = sandbox.kind !== 'on';
  const refuses = (file: string): string | null =>
    labOnly && !isLabFile(withoutLinks(path.resolve(file))) ? LAB_ONLY : null;
  return {
    pickRefused: labOnly ? LAB_ONLY : null,
    refuses,
    open: async (file) => {
      const sentence = refuses(file);
      return sentence === null ? engine.open(path.resolve(file), { signal }) : fail({ sentence });
    },
    // Text of anybody's making is what a page without a sandbox must not show.
    openPaste: async (texts) =>
      labOnly ? fail({ sentence: LAB_ONLY }) : engine.openPaste(texts, { name: 'pasted output', signal }),
  };
}

/** One that is not there stays as it is: the engine says so. */
function withoutLinks(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}
