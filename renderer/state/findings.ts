// What is wrong, as the diagnosis says it: asked again when what is known has changed, and by the clock, since counters and filters
// change unseen. The next question waits the longer the longer the last one took, so that it never is more than a small part of the work.
import { create } from 'zustand';
import type { Diagnosis, Finding } from '../../app/diagnose/finding.ts';
import type { DiagnoseRequest, Hint, HintKind } from '../../app/diagnose/hint.ts';
import type { Topology } from '../../app/topology/model.ts';
import { call, sentenceOf } from '../bridge/call.ts';
import { OneAtATime } from './one-at-a-time.ts';
import { oncePer } from './once-per.ts';
import { podTitle } from './text.ts';
import type { Selection } from './selection.ts';
import { indexOf } from './topology-index.ts';
import { useTopology } from './topology.ts';
import { useTrace } from './trace.ts';
import { showDock } from './ui.ts';

/** What takes no value. */
export type PlainHint = Exclude<HintKind, 'from-node' | 'since'>;

export interface GoneFinding {
  readonly finding: Finding;
  /** ms since the epoch: of the first answer without it. */
  readonly at: number;
}

const DAY = 86_400_000;
/** Older ones are history, which the time line tells. */
const MOST_GONE = 10;

interface FindingsState {
  /** Null before the first. */
  readonly diagnosis: Diagnosis | null;
  /** Why there is no newer one. */
  readonly sentence: string | null;
  /** ms that the last answer took. */
  readonly took: number;
  /** When `diagnosis` was asked for (ms since the epoch), and of which picture: what changed since is not in it. */
  readonly at: number;
  readonly of: Topology | null;
  /** The how manieth question it answers. */
  readonly turn: number;
  /** What somebody already knows, of each kind at most one. */
  readonly hints: readonly Hint[];
  /** The way that was traced is asked about. */
  readonly about: boolean;
  /** What `diagnosis` was asked with, as text. */
  readonly askedWith: string;
  /** What was wrong and is not any more, the latest first: how it was before. */
  readonly gone: readonly GoneFinding[];
  /** The one that is open in the list, by its key; '': none is; null: the first. */
  readonly open: string | null;
}

const nothing: FindingsState = {
  diagnosis: null,
  sentence: null,
  took: 0,
  at: 0,
  of: null,
  turn: 0,
  hints: [],
  about: true,
  askedWith: '',
  gone: [],
  open: null,
};

export const useFindings = create<FindingsState>(() => nothing);

/** Questions so far: a clock may be set back. */
let turns = 0;
/** By the clock of measuring. */
let askedAt = 0;
let asked = momentNow();
const newAsker = (): OneAtATime<Diagnosis> =>
  new OneAtATime<Diagnosis>({
    answered: (diagnosis, subject) => {
      takeDiagnosis(diagnosis, subject, asked);
      useFindings.setState({ took: performance.now() - askedAt });
    },
    failed: (error) => {
      useFindings.setState({ sentence: sentenceOf(error), took: performance.now() - askedAt });
    },
  });
let asker = newAsker();

/** Of a question that is asked now. */
export function momentNow(): Pick<FindingsState, 'at' | 'of' | 'turn'> {
  turns += 1;
  return { at: Date.now(), of: useTopology.getState().topology, turn: turns };
}

/** @param askedWith the text of `findingsRequest`. */
export function takeDiagnosis(diagnosis: Diagnosis, askedWith: string, { at, of, turn } = momentNow()): void {
  useFindings.setState((state) => {
    // One that was asked for earlier and came later knows less.
    if (turn < state.turn) return state;
    return {
      diagnosis,
      at,
      of,
      turn,
      sentence: null,
      askedWith,
      // To another question another answer is no change.
      gone: goneAfter(
        askedWith === state.askedWith ? state : { diagnosis: null, gone: state.gone },
        diagnosis,
        Date.now(),
      ),
    };
  });
}

/** With what the diagnosis is asked: what somebody knows, and the way that was traced, for what stops that one may be meant to. */
export function findingsRequest(): DiagnoseRequest {
  const { hints, about } = useFindings.getState();
  const { answered } = useTrace.getState();
  return {
    ...(about && answered !== null ? { asked: answered } : {}),
    ...(hints.length === 0 ? {} : { hints: [...hints] }),
  };
}

/** The newest question, with what somebody has just said, has no answer yet. */
export function isAwaited({ diagnosis, sentence, askedWith }: FindingsState): boolean {
  return diagnosis !== null && sentence === null && askedWith !== JSON.stringify(findingsRequest());
}

/** Asks anew, with this hint in the place of what was known of its kind; null: nothing is. */
export function setHint(kind: HintKind, hint: Hint | null): void {
  useFindings.setState(({ hints }) => ({
    hints: [...hints.filter((each) => each.kind !== kind), ...(hint === null ? [] : [hint])],
  }));
  askFindings();
}

/** `14:05` in UTC: the last one that has passed (seconds since the epoch); null: it is no time of day. */
export function timeOfDay(text: string, now: number): number | null {
  const [, hours, minutes] = /^([01]?\d|2[0-3])[:.]?([0-5]\d)$/.exec(text.trim()) ?? [];
  if (hours === undefined || minutes === undefined) return null;
  const today = new Date(now).setUTCHours(Number(hours), Number(minutes), 0, 0);
  return (today > now ? today - DAY : today) / 1000;
}

export function aboutTrace(about: boolean): void {
  useFindings.setState({ about });
  askFindings();
}

/** What came back is not gone; what is awaited, or found no place, may only not be told. */
export function goneAfter(
  { diagnosis: before, gone }: Pick<FindingsState, 'diagnosis' | 'gone'>,
  { findings, awaits, left: untold }: Diagnosis,
  at: number,
): readonly GoneFinding[] {
  const there = new Set(findings.map(findingKey));
  const still = gone.filter(({ finding }) => !there.has(findingKey(finding)));
  if (awaits.length > 0 || untold > 0 || before === null) return still;
  const known = new Set(still.map(({ finding }) => findingKey(finding)));
  const left = before.findings.filter((each) => !there.has(findingKey(each)) && !known.has(findingKey(each)));
  return [...left.map((finding) => ({ finding, at })), ...still].slice(0, MOST_GONE);
}

export function askFindings(): void {
  const request = findingsRequest();
  asker.ask({
    subject: JSON.stringify(request),
    ask: () => {
      askedAt = performance.now();
      asked = momentNow();
      return call('diagnose.run', request);
    },
    everyMs: null,
  });
}

/** A cluster was closed: what was wrong with it is of no use, nor is an answer that is still to come. */
export function forgetFindings(): void {
  asker[Symbol.dispose]();
  asker = newAsker();
  useFindings.setState(nothing);
}

export function findingKey({ id, where, title }: Finding): string {
  return [id, where.node, where.pod, where.interface, title].join(' ');
}

export function openFinding(open: FindingsState['open']): void {
  useFindings.setState({ open });
}

export function showFinding(finding: Finding): void {
  openFinding(findingKey(finding));
  showDock('findings');
}

/** What a finding is about: its interface, else its Pod, else its node; null where it is the whole cluster, or is gone. */
export function subjectOf(
  topology: Topology,
  { node, pod, interface: device }: Finding['where'],
): Selection | null {
  const index = indexOf(topology);
  const home = node === null ? undefined : index.nodeByLabel.get(node);
  const house = pod === null ? undefined : podNamed(topology, pod, home?.id ?? null);
  if (device !== null) {
    const places = [house?.netnsId, home?.rootNetns];
    for (const place of places) {
      const found = index.interfacesOf.get(place ?? '')?.find(({ name }) => name === device);
      if (found !== undefined) return { kind: 'interface', id: found.id };
    }
  }
  if (house !== undefined) return { kind: 'pod', id: house.id };
  return home === undefined ? null : { kind: 'node', id: home.id };
}

function podNamed(
  topology: Topology,
  name: string,
  nodeId: string | null,
): { id: string; netnsId: string | null } | undefined {
  const { podsOf, homelessPods } = indexOf(topology);
  const pods =
    nodeId === null
      ? [...podsOf.values(), homelessPods].flat()
      : [...(podsOf.get(nodeId) ?? []), ...homelessPods];
  return pods.find((pod) => podTitle(pod) === name || pod.name === name);
}

/** Findings by the id of what they are about: of an interface, of a Pod, and of the node that they are on. */
export const findingsById: (
  topology: Topology,
) => (diagnosis: Diagnosis) => ReadonlyMap<string, readonly Finding[]> = oncePer((topology) =>
  oncePer((diagnosis) => {
    const found = new Map<string, Finding[]>();
    const put = (id: string | null | undefined, finding: Finding): void => {
      if (id === null || id === undefined) return;
      const those = found.get(id) ?? [];
      if (!those.includes(finding)) found.set(id, [...those, finding]);
    };
    for (const finding of diagnosis.findings) {
      const { where } = finding;
      put(subjectOf(topology, where)?.id, finding);
      put(subjectOf(topology, { ...where, interface: null })?.id, finding);
      if (where.node !== null) put(indexOf(topology).nodeByLabel.get(where.node)?.id, finding);
    }
    return found;
  }),
);
