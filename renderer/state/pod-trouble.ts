// What is out of the ordinary with a Pod, and how many Pods that are not shown one by one have something.
import type { InterfaceEntity, PodEntity, Topology } from '../../app/topology/model.ts';
import { downReason } from './network.ts';

export interface PodTrouble {
  /** `bad`: no packet passes; `warn`: it may be meant so, or is not known well. */
  readonly tone: 'bad' | 'warn';
  /** In a few words that fit a card. */
  readonly remark: string;
  /** With the names and the kernel's reason. */
  readonly sentence: string;
}

/** Null when nothing is. A Pod that ran to its end has nothing: completed Jobs stay for days. */
export function podTrouble(topology: Topology, pod: PodEntity): PodTrouble | null {
  const down = endsOf(topology, pod).find((end) => downReason(end) !== null);
  if (down !== undefined) {
    const remark = down.role === 'pod' ? `${down.name} down` : 'host end down';
    return { tone: 'bad', remark, sentence: `${down.name} ${downReason(down) ?? ''}` };
  }
  if (pod.contradictions.length > 0) return unwell('sources differ');
  if (pod.phase !== null && pod.phase !== 'Running' && pod.phase !== 'Succeeded') return unwell(pod.phase);
  if (pod.phase !== 'Succeeded' && pod.ready !== null && pod.ready.ready < pod.ready.containers)
    return unwell(`${String(pod.ready.ready)}/${String(pod.ready.containers)} ready`);
  return null;
}

function unwell(remark: string): PodTrouble {
  return { tone: 'warn', remark, sentence: remark };
}

/** The host end first. */
export function endsOf(topology: Topology, pod: PodEntity): InterfaceEntity[] {
  return [pod.hostInterfaceId, pod.podInterfaceId].flatMap((id) => {
    const each = id === null ? undefined : topology.interfaces[id];
    return each === undefined ? [] : [each];
  });
}

export interface TroubleCount {
  readonly down: number;
  readonly unwell: number;
}

/** Of Pods by the tone they are drawn in. */
export function countTrouble(pods: readonly { readonly tone: string }[]): TroubleCount {
  let [down, unwell] = [0, 0];
  for (const { tone } of pods) {
    if (tone === 'bad') down += 1;
    else if (tone === 'warn') unwell += 1;
  }
  return { down, unwell };
}

/** "4 down", "3 unwell"; the worst only, where there is room for one. Null when all are well. */
export function worstTrouble({
  down,
  unwell,
}: TroubleCount): { readonly text: string; readonly tone: 'bad' | 'warn' } | null {
  if (down > 0) return { text: `${down.toLocaleString('en')} down`, tone: 'bad' };
  return unwell > 0 ? { text: `${unwell.toLocaleString('en')} unwell`, tone: 'warn' } : null;
}

/** "4 down, 3 unwell"; empty when all are well. */
export function troubleText(count: TroubleCount): string {
  const parts = [worstTrouble({ ...count, unwell: 0 }), worstTrouble({ ...count, down: 0 })];
  return parts.flatMap((part) => part?.text ?? []).join(', ');
}
