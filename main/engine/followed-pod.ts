// The Pod that a watch is of: itself as it is now, or one of its name in its place, or nobody for so long that the watch is over.
import type { PodEntity, Topology } from '../../app/topology/model.ts';
import { goneSince, heirOf, watchedPod } from '../../app/watch/capture-plan.ts';
import { clockTime } from './clock-time.ts';

/** ms that one of the same name is waited for: to be there, as whoever made the one that is gone makes another at once, and to be ready then. */
const heirMs = { there: 3_000, ready: 120_000 } as const;

export class FollowedPod {
  readonly #now: () => number;
  #pod: PodEntity;
  /** Since when it is gone, ms, our clock. */
  #gone: { readonly since: number; readonly sentence: string } | null = null;

  constructor(pod: PodEntity, now: () => number) {
    this.#pod = pod;
    this.#now = now;
  }

  /** As it was last, where it is gone. */
  get pod(): PodEntity {
    return this.#pod;
  }

  /** That it is gone; null: it is there. */
  get goneSentence(): string | null {
    return this.#gone?.sentence ?? null;
  }

  /** Looks who is there now. @returns what is to be said of it, if anything is */
  look(topology: Topology): string | null {
    const pod = watchedPod(topology, this.#pod) ?? this.#heir(topology);
    if (pod === null) {
      this.#gone ??= { since: this.#now(), sentence: this.#sentence(topology) };
      return null;
    }
    this.#pod = pod;
    // The same one may be there again, too, where one list of the Pods lacked it.
    if (this.#gone === null) return null;
    this.#gone = null;
    const where = pod.nodeName === null ? '' : ` on ${pod.nodeName}`;
    return `At ${clockTime(this.#now())}: ${pod.name} is there again, with ${pod.ips.join(', ')}${where}, and watched on.`;
  }

  /** It is gone, and nobody takes its place any more. */
  isOver(topology: Topology): boolean {
    if (this.#gone === null) return false;
    const isComing = heirOf(topology, this.#pod) !== null;
    return this.#now() - this.#gone.since >= (isComing ? heirMs.ready : heirMs.there);
  }

  /** Who is there in its place now, and can be captured; null: nobody is yet. */
  #heir(topology: Topology): PodEntity | null {
    const heir = heirOf(topology, this.#pod);
    return heir === null || heir.ips.length === 0 ? null : heir;
  }

  #sentence(topology: Topology): string {
    const since = goneSince(topology, this.#pod);
    const at = clockTime(since === null ? this.#now() : since.s * 1000);
    // Its address may be another Pod's by now.
    const what =
      since === null && topology.pods[this.#pod.id] !== undefined ? 'has been finished' : 'is gone';
    return `${this.#pod.name} ${what} since ${at}`;
  }
}
