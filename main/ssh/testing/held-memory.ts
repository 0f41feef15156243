// What this process still holds, apart from what only waits to be collected: resident size tells the two not apart.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/**
 * Bytes of the heap and of buffers beside it, after a collection of garbage. The buffers that a collection finds dead are
 * freed by a thread after it, when that gets a processor; the next collection waits for that thread, so there are two.
 */
export function heldBytes(): number {
  collectGarbage();
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
