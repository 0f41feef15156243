// In which order Pods are looked into, where a node has more than one reading takes: those in trouble first, then one of each kind of
// Pod before the second of any, since what a Service's endpoints share is seen at one of them.
import type { PodEntity, PodId } from '../topology/model.ts';

/** What controllers write on each Pod of a kind differently. */
const OWN_LABELS: ReadonlySet<string> = new Set([
  'pod-template-hash',
  'controller-revision-hash',
  'statefulset.kubernetes.io/pod-name',
  'apps.kubernetes.io/pod-index',
  'batch.kubernetes.io/job-completion-index',
]);

export function podsThatMatter(pods: Readonly<Record<PodId, PodEntity>>): PodId[] {
  const seen = new Map<string, number>();
  return Object.values(pods)
    .filter(({ until }) => until === null)
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map((pod) => {
      const kind = kindOf(pod);
      const before = seen.get(kind) ?? 0;
      seen.set(kind, before + 1);
      return { id: pod.id, trouble: isTroubled(pod) ? 0 : 1, before };
    })
    .sort((a, b) => a.trouble - b.trouble || a.before - b.before)
    .map(({ id }) => id);
}

function isTroubled({ ready, phase, contradictions }: PodEntity): boolean {
  const isUnready = ready !== null && ready.ready < ready.containers;
  return contradictions.length > 0 || (isUnready && phase !== 'Succeeded') || phase === 'Failed';
}

/** On its node; one without labels is a kind of its own. */
function kindOf({ id, namespace, nodeId, labels }: PodEntity): string {
  const own = Object.entries(labels).filter(([name]) => !OWN_LABELS.has(name));
  return own.length === 0
    ? id
    : JSON.stringify([nodeId, namespace, own.sort(([a], [b]) => (a < b ? -1 : 1))]);
}
