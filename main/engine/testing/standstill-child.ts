// A program with a supervised worker, which its test stops while the worker computes: says when that is, then what came of it.
import { SupervisedWorker } from '../supervised-worker.ts';

let restarts = 0;
await using worker = new SupervisedWorker<number | 'long', number>({
  file: new URL('./fragile-worker.ts', import.meta.url),
  seed: () => [],
  onRestart: () => (restarts += 1),
  deadlineMs: 3_000,
});
await worker.request(5);
const asked = worker.request('long');
console.log('asked');
const result = await asked;
console.log(JSON.stringify({ result: result.ok ? result.value : result.failure.kind, restarts }));
