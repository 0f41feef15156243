import { afterEach, expect, it, vi } from 'vitest';
import { emptyTopology } from '../../app/topology/build.ts';
import { AuditTrail } from '../audit/audit-trail.ts';
import { MACHINE_CLOCK } from '../ssh/reconnecting.ts';
import { connectCluster } from './open-cluster.ts';

afterEach(() => {
  vi.useRealTimers();
});

it('closing ends the worker at once, also while a node does not let go: the program may not end before its threads', async () => {
  // No patience runs out.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const cluster = connectCluster(
    { schema: 1, name: 'test', nodes: [{ name: 'a', host: '127.0.0.1' }] },
    '/nowhere',
    {
      audit: new AuditTrail(),
      attended: false,
      workerFile: new URL('./testing/fragile-worker.ts', import.meta.url),
      connector: { connect: () => new Promise(() => undefined) },
      clock: MACHINE_CLOCK,
      follow: 'everything',
      once: [],
    },
    {
      topology: () => emptyTopology('test'),
      apply: () => undefined,
      keepEvidence: () => undefined,
      warn: () => undefined,
      changed: () => undefined,
      lookedInto: () => [],
    },
  );
  // Asked in vain: this worker knows no questions.
  const asked = cluster.host.ask('bgp.matrix', undefined);
  const closing = cluster[Symbol.asyncDispose]();
  expect(await asked).toEqual({ ok: false, failure: { sentence: 'The session was closed.' } });
  await vi.advanceTimersByTimeAsync(60_000);
  await closing;
});
