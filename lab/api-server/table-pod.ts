// READY, STATUS and RESTARTS of a Pod as `kubectl get pods` shows them.
// Source: kubernetes pkg/printers/internalversion/printers.go (printPod).
import { ageOf } from './human-duration.ts';
import { listAt, numberAt, textAt, valueAt, type Json, type KubeObject } from './json.ts';

export interface PodSummary {
  readonly ready: string;
  readonly status: string;
  readonly restarts: string;
}

export function summarizePod(pod: KubeObject, now: Date): PodSummary {
  const containers = listAt(pod, 'spec', 'containers');
  const statuses = listAt(pod, 'status', 'containerStatuses');
  const initStatuses = listAt(pod, 'status', 'initContainerStatuses');
  const initialising = initReason(pod, initStatuses);
  const counted = initialising === null ? statuses : initStatuses;
  let status = textAt(pod, 'status', 'reason') || textAt(pod, 'status', 'phase') || 'Unknown';
  if (initialising !== null) status = initialising;
  else status = containerReason(statuses, status, isConditionTrue(pod, 'Ready'));
  if (valueAt(pod, 'metadata', 'deletionTimestamp') !== undefined) {
    status = textAt(pod, 'status', 'reason') === 'NodeLost' ? 'Unknown' : 'Terminating';
  }
  const ready = statuses.filter((each) => valueAt(each, 'ready') === true && isRunning(each)).length;
  return {
    ready: `${String(ready)}/${String(containers.length)}`,
    status,
    restarts: restartsOf(counted, now),
  };
}

function isRunning(container: Json): boolean {
  return valueAt(container, 'state', 'running') !== undefined;
}

function isConditionTrue(pod: KubeObject, type: string): boolean {
  return listAt(pod, 'status', 'conditions').some(
    (condition) => textAt(condition, 'type') === type && textAt(condition, 'status') === 'True',
  );
}

/** `Init:…` while an init container has not finished well; null when all have. */
function initReason(pod: KubeObject, statuses: readonly Json[]): string | null {
  const total = listAt(pod, 'spec', 'initContainers').length;
  for (const [index, container] of statuses.entries()) {
    const terminated = valueAt(container, 'state', 'terminated');
    if (terminated !== undefined) {
      if (numberAt(terminated, 'exitCode') === 0) continue;
      return `Init:${terminationReason(terminated)}`;
    }
    const waiting = textAt(container, 'state', 'waiting', 'reason');
    if (waiting !== '' && waiting !== 'PodInitializing') return `Init:${waiting}`;
    return `Init:${String(index)}/${String(total)}`;
  }
  return null;
}

function containerReason(statuses: readonly Json[], phase: string, podReady: boolean): string {
  let reason = phase;
  let running = false;
  for (const container of statuses.toReversed()) {
    const waiting = textAt(container, 'state', 'waiting', 'reason');
    const terminated = valueAt(container, 'state', 'terminated');
    if (waiting !== '') reason = waiting;
    else if (terminated !== undefined) reason = terminationReason(terminated);
    else if (valueAt(container, 'ready') === true && isRunning(container)) running = true;
  }
  // Some containers done, others still running: the Pod as a whole still runs.
  if (reason === 'Completed' && running) return podReady ? 'Running' : 'NotReady';
  return reason;
}

function terminationReason(terminated: Json): string {
  const reason = textAt(terminated, 'reason');
  if (reason !== '') return reason;
  const signal = numberAt(terminated, 'signal');
  return signal === 0 ? `ExitCode:${String(numberAt(terminated, 'exitCode'))}` : `Signal:${String(signal)}`;
}

function restartsOf(statuses: readonly Json[], now: Date): string {
  const restarts = statuses.reduce<number>((sum, container) => sum + numberAt(container, 'restartCount'), 0);
  const last = statuses
    .map((container) => textAt(container, 'lastState', 'terminated', 'finishedAt'))
    .reduce((newest, time) => (time > newest ? time : newest), '');
  return restarts === 0 || last === '' ? String(restarts) : `${String(restarts)} (${ageOf(last, now)} ago)`;
}
