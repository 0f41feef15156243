// Which Pods are tried: those of which one may expect that packets come and go.
import type { PodEntity } from '../../topology/model.ts';
import { podName, type Cluster, type DiagnosedNode } from '../cluster.ts';
import { isReady } from '../pods.ts';

/** A CNI plugin and Felix need some seconds; a Pod that is ready has had them. */
const YOUNG_S = 30;

/** Running for a while and not about to end, in a network that was found; those whose inside was read first: of them most is known. */
export function triedPods(cluster: Cluster, node: DiagnosedNode): PodEntity[] {
  const { topology } = cluster;
  const { snapshot } = node;
  const read = new Set(
    (snapshot.insides?.value?.read ?? []).map(({ inode, startTicks }) => `${inode} ${startTicks}`),
  );
  const wasRead = ({ netnsId }: PodEntity): boolean => {
    const netns = topology.netns[netnsId ?? ''];
    return read.has(`${netns?.inode ?? ''} ${netns?.process?.startTicks ?? ''}`);
  };
  return settled(cluster, node)
    .filter(({ hostNetwork }) => !hostNetwork)
    .sort((a, b) => Number(wasRead(b)) - Number(wasRead(a)) || byName(a, b));
}

/** The same on the node's own network. */
export function podsOnHost(cluster: Cluster, node: DiagnosedNode): PodEntity[] {
  return settled(cluster, node)
    .filter(({ hostNetwork }) => hostNetwork)
    .sort(byName);
}

function settled({ inventory }: Cluster, { pods, snapshot }: DiagnosedNode): PodEntity[] {
  return pods.filter((pod) => {
    const fact = inventory?.pods[pod.id.replace(/^pod:/, '')];
    const ends = pod.phase !== null && pod.phase !== 'Running';
    const young =
      !isReady(pod) && typeof fact?.createdAt === 'number' && snapshot.at.s - fact.createdAt < YOUNG_S;
    return !ends && fact?.terminating !== true && !young && pod.ips.length > 0;
  });
}

const numeric = new Intl.Collator('en', { numeric: true });

function byName(a: PodEntity, b: PodEntity): number {
  return numeric.compare(podName(a), podName(b));
}
