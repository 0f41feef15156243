// Whose network is read from within, and why: one Pod is selected, some lie on the way of the last trace, a diagnosis asks of all.
import { podsThatMatter } from '../../app/diagnose/pods-that-matter.ts';
import { MOST_INSIDE } from '../../app/probe/inside-script.ts';
import type { PodId, Topology } from '../../app/topology/model.ts';

/** Where a Pod's network is looked into: by a process in it, on its node. */
export interface Inside {
  readonly label: string;
  readonly pid: number;
}

export class LookedInto {
  readonly #topology: () => Topology;
  selected: PodId | null = null;
  traced: readonly PodId[] = [];
  all = false;
  #sorted: { readonly of: Topology['pods']; readonly ids: readonly PodId[] } | null = null;

  constructor(topology: () => Topology) {
    this.#topology = topology;
  }

  /** What a reading does not take any more (MOST_INSIDE) is the last of them: what somebody looks at comes first. */
  get insides(): Inside[] {
    const selected = this.selected === null ? [] : [this.selected];
    const pods = new Set([...selected, ...this.traced, ...(this.all ? this.#everyPod() : [])]);
    return [...pods].flatMap((podId) => this.of(podId) ?? []);
  }

  /** Null: nowhere. */
  of(podId: PodId | null): Inside | null {
    const { pods, netns, nodes } = this.#topology();
    const pod = pods[podId ?? ''];
    if (pod === undefined || pod.until !== null || pod.hostNetwork) return null;
    const label = nodes[pod.nodeId ?? '']?.label;
    const pid = netns[pod.netnsId ?? '']?.process?.pid;
    return label === undefined || pid === undefined ? null : { label, pid };
  }

  /** How many a reading of this node takes, and how many it leaves. */
  countOn(label: string): { readonly pods: number; readonly left: number } {
    const there = this.insides.filter((inside) => inside.label === label).length;
    return { pods: Math.min(there, MOST_INSIDE), left: Math.max(0, there - MOST_INSIDE) };
  }

  /** Asked with every change on a node. */
  #everyPod(): readonly PodId[] {
    const { pods } = this.#topology();
    if (this.#sorted?.of !== pods) this.#sorted = { of: pods, ids: podsThatMatter(pods) };
    return this.#sorted.ids;
  }

  /** The cluster was closed: its Pods are nobody's, and what is selected is told anew. */
  forget(): void {
    this.traced = [];
    this.all = false;
  }
}
