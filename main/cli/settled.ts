// How long a command waits for the nodes: not while the operator has a question to answer.
import type { Engine } from '../engine/engine.ts';

export type Waited = 'settled' | 'late' | 'interrupted';

/** Waits until every node was read or has told why not, and Kubernetes too. */
export function waitUntilSettled(
  engine: Pick<Engine, 'settled' | 'inventoryWhole' | 'view' | 'subscribe'>,
  {
    signal,
    timeoutMs,
    whole = false,
  }: {
    signal: AbortSignal;
    timeoutMs: number;
    /** Also until Services, pools and the like are known: a second or two more. */
    whole?: boolean;
  },
): Promise<Waited> {
  return new Promise((resolve) => {
    let left = timeoutMs;
    let since = 0;
    let timer: NodeJS.Timeout | undefined;
    const done = (waited: Waited): void => {
      clearTimeout(timer);
      unsubscribe();
      signal.removeEventListener('abort', interrupted);
      resolve(waited);
    };
    const interrupted = (): void => done('interrupted');
    const look = (): void => {
      const asked = engine.view.prompts.length > 0;
      if (engine.settled && (!whole || engine.inventoryWhole)) done('settled');
      else if (!asked && timer === undefined) {
        since = performance.now();
        timer = setTimeout(() => done('late'), left);
      } else if (asked && timer !== undefined) {
        left -= performance.now() - since;
        clearTimeout(timer);
        timer = undefined;
      }
    };
    const unsubscribe = engine.subscribe(look);
    signal.addEventListener('abort', interrupted);
    if (signal.aborted) interrupted();
    else look();
  });
}
