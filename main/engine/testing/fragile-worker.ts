// A worker that counts what it is given and dies or hangs on demand, for the supervisor's tests.
import { parentPort } from 'node:worker_threads';

let sum = 0;
parentPort?.on('message', (message: number | 'crash' | 'hang') => {
  if (message === 'crash') throw new Error('asked to crash');
  if (message === 'hang') for (;;);
  sum += message;
  parentPort?.postMessage(sum);
});
