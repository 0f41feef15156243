// What touches one way of packets: what ends it, or breaks something that they meet there and back.
import { tracePath } from '../trace/trace.ts';
import type { Cluster } from './cluster.ts';
import type { Root } from './explain.ts';
import type { Diagnosis } from './finding.ts';
import { subjectsOfWay } from './paths/path-draft.ts';
import type { Pair } from './paths/pair.ts';
import { reasonOf } from './paths/stop-reason.ts';
import { deviceOf, podCalled, wholeNode, type Subject } from './subject.ts';

export interface AskedWay {
  readonly told: NonNullable<NonNullable<Diagnosis['asked']>['about']>;
  readonly touchedBy: (root: Root) => boolean;
}

export function askedWay(cluster: Cluster, pair: Pair): AskedWay {
  const answer = tracePath(cluster.known, pair, { kernelsSource: pair.asked !== true });
  if (!answer.ok)
    return {
      told: { name: pair.name, way: 'unknown', sentence: answer.sentence },
      touchedBy: ({ draft }) => isNamed(draft.where, new Set([wholeNode(pair.fromNode)]), pair),
    };
  const { reverse } = answer;
  const paths = [...answer.paths, ...(reverse === null ? [] : [reverse])];
  const subjects = new Set(paths.flatMap((path) => subjectsOfWay(pair, path)));
  const failing =
    answer.paths.find((path) => path.share > 0 && reasonOf(pair, path, false) !== null) ??
    (reverse !== null && reasonOf(pair, reverse, true) !== null ? reverse : undefined);
  const open = paths.find(({ verdict }) => verdict !== 'delivered');
  const decided = failing ?? open ?? answer.paths[0];
  return {
    told: {
      name: pair.name,
      way: failing !== undefined ? 'stops' : open !== undefined ? 'unknown' : 'arrives',
      sentence: `${decided !== undefined && decided === reverse ? 'The answer: ' : ''}${decided?.sentence ?? ''}`,
    },
    touchedBy: ({ draft, consequences }) =>
      [draft, ...consequences.map((one) => one.draft)].some(
        ({ ways, breaks, where }) =>
          ways?.some(({ name }) => name === pair.name || name === `the answer of ${pair.name}`) === true ||
          breaks.some((one) => subjects.has(one)) ||
          (breaks.length === 0 && (ways ?? []).length === 0 && isNamed(where, subjects, pair)),
      ),
  };
}

/** Of one that says no more than where it is. */
function isNamed(
  { node, interface: device, pod }: Root['draft']['where'],
  subjects: ReadonlySet<Subject>,
  { fromPod, toPod }: Pair,
): boolean {
  if (pod !== null) return subjects.has(podCalled(pod)) || pod === fromPod || pod === toPod;
  if (node === null) return true;
  return device === null ? subjects.has(wholeNode(node)) : subjects.has(deviceOf(node, device));
}
