// What Kubernetes tells of what happened: its warnings, and containers that were started again. Warnings repeat: one of a kind
// and object is one event, which goes on.
import type { Inventory } from '../probe/inventory.ts';
import type { ContainerRestart, KubeEventFact, PodFact } from '../probe/kube-facts.ts';
import { podIdOf } from './build-pods.ts';
import { byTime, spanText, type ToldEvent } from './event-past.ts';
import type { Topology } from './model.ts';

/** The latest; Kubernetes itself forgets its events after an hour. */
const TOLD = 200;

/** `before`: as it was in the last build; null when nothing was known, or a fresh worker does not remember. */
export function kubernetesEvents(
  inventory: Inventory | null,
  before: Inventory | null,
  { nodes, pods }: Pick<Topology, 'nodes' | 'pods'>,
): ToldEvent[] {
  if (inventory === null || inventory === before) return [];
  const known = before ?? null;
  const byName = new Map(
    Object.values(nodes).flatMap((node) =>
      node.until === null && node.kubernetesName !== null ? [[node.kubernetesName, node] as const] : [],
    ),
  );
  const place = (
    kubernetesName: string | null,
  ): Pick<ToldEvent, 'nodeLabel'> & { readonly ids: string[] } => {
    const node = byName.get(kubernetesName ?? '');
    return { nodeLabel: node?.label ?? kubernetesName ?? '', ids: node === undefined ? [] : [node.id] };
  };
  const warnings =
    inventory.events === known?.events
      ? []
      : Object.entries(inventory.events).flatMap(([key, event]) =>
          known?.events[key] === event ? [] : [warningOf(event, pods, place)],
        );
  const restarts =
    inventory.pods === known?.pods
      ? []
      : Object.values(inventory.pods).flatMap((pod) =>
          pod.restarts === undefined || known?.pods[pod.uid] === pod
            ? []
            : restartsOf(pod, pod.restarts, place),
        );
  return [...warnings, ...restarts].sort(byTime).slice(-TOLD);
}

type Place = (kubernetesName: string | null) => Pick<ToldEvent, 'nodeLabel'> & { readonly ids: string[] };

function warningOf(event: KubeEventFact, pods: Topology['pods'], place: Place): ToldEvent {
  const { about, reason, message, count, firstAt, lastAt, reporter, host, uid } = event;
  const pod = about.kind === 'Pod' && about.uid !== null ? pods[podIdOf(about.uid)] : undefined;
  const { nodeLabel, ids } = place(about.kind === 'Node' ? about.name : (pod?.nodeName ?? host));
  const name = [about.namespace, about.name].filter((part) => part !== null && part !== '').join('/');
  const what = about.kind === 'Pod' ? name : `${about.kind} ${about.kind === 'Node' ? about.name : name}`;
  const by = reporter === null ? '' : ` (${reporter})`;
  const often = count > 1 && firstAt !== null ? `, ${count} times in ${spanText(lastAt - firstAt)}` : '';
  return {
    at: { s: lastAt, ns: 0 },
    nodeLabel,
    kind: 'kubernetes-warning',
    sentence: `${what}: ${reason}${by}${often}: ${message}`,
    about: [...(pod === undefined ? [] : [pod.id]), ...ids],
    teller: 'Kubernetes',
    series: `kubernetes ${uid}`,
  };
}

function restartsOf(pod: PodFact, restarts: readonly ContainerRestart[], place: Place): ToldEvent[] {
  const { nodeLabel, ids } = place(pod.nodeName);
  return restarts.flatMap(({ container, count, ended }): ToldEvent[] => {
    // Of one that kubelet remembers no end of there is no moment to tell.
    if (ended === null || ended.at === null) return [];
    const why = ended.reason === null ? '' : ` (${ended.reason})`;
    const how = ended.signal === null ? `exit code ${ended.exitCode}` : `signal ${ended.signal}`;
    const often = count === 1 ? 'once' : `${count} times`;
    return [
      {
        at: { s: ended.at, ns: 0 },
        nodeLabel,
        kind: 'pod-changed',
        sentence: `${pod.namespace}/${pod.name}: its container ${container} ended with ${how}${why}; it was started again ${often} by now.`,
        about: [podIdOf(pod.uid), ...ids],
        teller: 'Kubernetes',
        // Kubelet counts it twice: before it is started again, and after.
        series: `ended ${pod.uid} ${container} ${ended.at}`,
      },
    ];
  });
}
