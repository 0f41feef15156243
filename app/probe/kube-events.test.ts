import fc from 'fast-check';
import { expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import { podFact } from './kube-core.ts';
import { kubeEventFact } from './kube-events.ts';

const seconds = (time: string): number => Date.parse(time) / 1000;
const metadata = {
  name: 'web.17d2',
  namespace: 'default',
  uid: 'e1',
  creationTimestamp: '2026-11-26T10:00:00Z',
};
// The two forms in which API servers of 1.32 keep them: kubelet's (core/v1) and events.k8s.io/v1's, with a series.
const ofKubelet = {
  apiVersion: 'v1',
  kind: 'Event',
  metadata,
  involvedObject: { kind: 'Pod', namespace: 'default', name: 'web', uid: 'u1', apiVersion: 'v1' },
  reason: 'FailedCreatePodSandBox',
  message: 'Failed to create pod sandbox:\n  plugin type="calico" failed',
  source: { component: 'kubelet', host: 'k8s-worker-1' },
  firstTimestamp: '2026-11-26T10:00:00Z',
  lastTimestamp: '2026-11-26T10:05:00Z',
  count: 7,
  type: 'Warning',
  eventTime: null,
  reportingComponent: 'kubelet',
  reportingInstance: 'k8s-worker-1',
};

it('an Event: about whom, how often, until when, by whom, in either form', () => {
  expect(kubeEventFact(ofKubelet)).toEqual({
    uid: 'e1',
    namespace: 'default',
    name: 'web.17d2',
    reason: 'FailedCreatePodSandBox',
    message: 'Failed to create pod sandbox: plugin type="calico" failed',
    count: 7,
    firstAt: seconds('2026-11-26T10:00:00Z'),
    lastAt: seconds('2026-11-26T10:05:00Z'),
    about: { kind: 'Pod', namespace: 'default', name: 'web', uid: 'u1' },
    reporter: 'kubelet',
    host: 'k8s-worker-1',
  });
  const newer = {
    ...ofKubelet,
    source: {},
    firstTimestamp: null,
    lastTimestamp: null,
    count: null,
    eventTime: '2026-11-26T10:00:00.123456Z',
    series: { count: 3, lastObservedTime: '2026-11-26T10:02:00.5Z' },
  };
  expect(kubeEventFact(newer)).toMatchObject({
    count: 3,
    firstAt: seconds('2026-11-26T10:00:00Z'),
    lastAt: seconds('2026-11-26T10:02:00Z'),
    host: 'k8s-worker-1',
  });
});

it('what a stranger writes steers nothing: no control characters, no turned text, no long words', () => {
  const hostile = { ...ofKubelet, message: 'a\u001b[2Jb\u202ec', reason: 'R'.repeat(4_000) };
  expect(kubeEventFact(hostile)).toMatchObject({ message: 'a�[2Jb�c', reason: 'R'.repeat(128) });
});

it('a restart: how the container before ended', () => {
  const terminated = {
    exitCode: 137,
    reason: 'OOMKilled',
    finishedAt: '2026-11-26T10:01:00Z',
    startedAt: null,
  };
  const pod = {
    metadata: { name: 'web', namespace: 'default', uid: 'u1' },
    spec: { nodeName: 'a', containers: [{}, {}] },
    status: {
      containerStatuses: [
        { name: 'server', ready: true, restartCount: 2, lastState: { terminated } },
        { name: 'side', ready: true, restartCount: 0, lastState: {} },
        { name: 'old', ready: true, restartCount: 1, lastState: {} },
      ],
    },
  };
  expect(podFact(pod)?.restarts).toEqual([
    {
      container: 'server',
      count: 2,
      ended: { reason: 'OOMKilled', exitCode: 137, signal: null, at: seconds('2026-11-26T10:01:00Z') },
    },
    { container: 'old', count: 1, ended: null },
  ]);
  expect(podFact({ ...pod, status: {} })).not.toHaveProperty('restarts');
});

it('anything: no throw, and no message beyond its bound', () => {
  const odd = fc.oneof(fc.anything(), fc.constant(null), fc.string({ maxLength: 5_000 }), fc.integer());
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(ofKubelet)), odd, (key, value) => {
      const fact = kubeEventFact({ ...ofKubelet, [key]: value });
      if (fact !== null) expect(fact.message.length).toBeLessThanOrEqual(301);
    }),
    { numRuns: runs(200) },
  );
});
