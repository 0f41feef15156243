// `hopscope discover --paste`: the same document from what somebody pasted, without any connection.
import { routesToPods } from '../../app/route/routes-to-pods.ts';
import type { DiscoverDocument } from '../../app/contract/discover-document.ts';
import { fail, ok, type Result } from '../../app/result.ts';
import { commandAudit } from './audit-option.ts';
import { createEngine } from '../engine/create-engine.ts';
import { discoverDocument } from '../engine/discover-document.ts';
import type { Refusal } from '../engine/refusal.ts';
import { readPasted } from './paste-input.ts';

/** More rows than anybody reads; `--json` for machines has as many. */
const MOST_WAYS = 5000;

export async function pastedDocument(
  paths: readonly string[],
  { signal }: { readonly signal: AbortSignal },
): Promise<Result<DiscoverDocument, Refusal>> {
  const texts = await readPasted(paths);
  if (!texts.ok) return texts;
  await using engine = createEngine({ audit: commandAudit(), attended: false, follow: false });
  const opened = await engine.openPaste(texts.value, { name: 'pasted output', signal });
  if (!opened.ok) return opened;
  const { paste } = engine.view;
  if (paste === null) return fail({ sentence: 'What was pasted could not be read.' });
  const { topology } = engine;
  return ok({ ...discoverDocument(topology), routesToPods: routesToPods(topology, MOST_WAYS), paste });
}
