// `hopscope discover --paste`: the same document from what somebody pasted, without any connection.
import { routesToPods } from '../../app/route/routes-to-pods.ts';
import type { DiscoverDocument } from '../../app/contract/discover-document.ts';
import { discoverDocument } from '../engine/discover-document.ts';
import type { Engine } from '../engine/engine.ts';

/** More rows than anybody reads; `--json` for machines has as many. */
const MOST_WAYS = 5000;

export function pastedDocument({ topology, view: { paste } }: Engine): DiscoverDocument {
  return {
    ...discoverDocument(topology),
    routesToPods: routesToPods(topology, MOST_WAYS),
    ...(paste === null ? {} : { paste }),
  };
}
