// The look into the Pods that a diagnosis rests on: whether it runs, what it read and cost, what went wrong.
import { create } from 'zustand';
import type { PodsLookedInto } from '../../app/contract/diagnosed.ts';
import type { Topology } from '../../app/topology/model.ts';
import { call, sentenceOf } from '../bridge/call.ts';
import { findingsRequest, momentNow, takeDiagnosis } from './findings.ts';

interface PodsLook {
  /** Asked for and not answered: which nodes' Pods were read when, before. */
  readonly looking: ReadonlyMap<string, number> | null;
  /** The last one that came to its end. */
  readonly looked: PodsLookedInto | null;
  /** Why it did not. */
  readonly sentence: string | null;
  /** Somebody asked for it, or for none, since the cluster was opened: it does not begin by itself any more. */
  readonly decided: boolean;
}

const nothing: PodsLook = { looking: null, looked: null, sentence: null, decided: false };

export const usePodsLook = create<PodsLook>(() => nothing);

/** Each begun look; an answer of an earlier one is nobody's. */
let begun = 0;

export function lookIntoPods(topology: Topology): void {
  begun += 1;
  const mine = begun;
  usePodsLook.setState({ looking: insidesRead(topology), sentence: null, decided: true });
  const request = findingsRequest();
  const moment = momentNow();
  call('diagnose.look', request).then(
    (answer) => {
      if (mine !== begun) return;
      if (!answer.ok) usePodsLook.setState({ looking: null, sentence: answer.sentence });
      else {
        usePodsLook.setState({ looking: null, looked: answer.value.looked });
        takeDiagnosis(answer.value.diagnosis, JSON.stringify(request), moment);
      }
    },
    (error: unknown) => {
      if (mine === begun) usePodsLook.setState({ looking: null, sentence: sentenceOf(error) });
    },
  );
}

/** Waits no more, and has no Pod looked into. */
export function leavePods(): void {
  begun += 1;
  usePodsLook.setState({ ...nothing, decided: true });
  call('diagnose.leave', undefined).catch((error: unknown) => {
    usePodsLook.setState({ sentence: sentenceOf(error) });
  });
}

/** A cluster was closed. */
export function forgetPodsLook(): void {
  begun += 1;
  usePodsLook.setState(nothing);
}

/** How many of the nodes whose Pods are looked into have answered. */
export function answeredSince(before: ReadonlyMap<string, number>, topology: Topology): number {
  const now = insidesRead(topology);
  return [...now].filter(([label, seenAt]) => before.get(label) !== seenAt).length;
}

/** By node label, when its Pods were read from within; 0: never. */
function insidesRead({ nodes, evidence }: Topology): Map<string, number> {
  const living = Object.values(nodes).filter(({ until }) => until === null);
  return new Map(living.map(({ label }) => [label, evidence[`${label}/insides`]?.seenAt ?? 0]));
}
