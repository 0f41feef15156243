// Which Electron runs us and where its binary came from: set-up knows, and writes it beside Electron's folder.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { AppDescription } from '../../app/contract/calls.ts';

const sourceSchema = z.object({ source: z.string().min(1).max(500) });

/** @param executable path of the running Electron. */
export function describeElectron(
  versions: NodeJS.ProcessVersions,
  environment: NodeJS.ProcessEnv,
  executable: string,
): AppDescription['electron'] {
  return {
    version: versions.electron,
    chromium: versions.chrome,
    node: versions.node,
    source: environment['HOPSCOPE_ELECTRON_SOURCE'] || (sourceBeside(executable) ?? 'unknown'),
  };
}

/** Beside the executable in a packaged program, beside the whole dist in set-up's cache. */
function sourceBeside(executable: string): string | null {
  const folder = path.dirname(executable);
  return sourceIn(folder) ?? sourceIn(path.dirname(folder));
}

function sourceIn(folder: string): string | null {
  try {
    const parsed = sourceSchema.safeParse(JSON.parse(readFileSync(path.join(folder, 'source.json'), 'utf8')));
    return parsed.success ? parsed.data.source : null;
  } catch {
    return null;
  }
}
