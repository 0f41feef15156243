// A worker that counts what it is given and dies or hangs on demand, for the supervisor's tests.
import { parentPort } from 'node:worker_threads';

/** ms that a long request takes. */
const longMs = 1_000;

let sum = 0;
parentPort?.on('message', (message: number | 'crash' | 'hang' | 'long') => {
  if (message === 'crash') throw new Error('asked to crash');
  if (message === 'hang') for (;;);
  if (message === 'long') {
    // Turns, not a clock: a program that stands still computes nothing.
    for (let turn = 0; turn < longMs; turn++) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
  } else sum += message;
  parentPort?.postMessage(sum);
});
