// What is to be said of one session when both its sides are laid beside each other.
import type { BgpMatrixEnd, BgpMatrixPair, BgpMatrixSide, UnjudgedPair } from './bgp-matrix-model.ts';
import { silentFor } from './bgp-silence.ts';
import type { Topology } from './model.ts';

/** Of ten minutes: once is an outage, as of a restart. */
const FLAPPING_FROM = 2;

type Verdict = BgpMatrixPair['verdict'];

export function judgeBgpPair(pair: UnjudgedPair, topology: Topology): BgpMatrixPair {
  const { ends, sides } = pair;
  const absent = ends.map((end, at) => (end === null ? whyAbsent(sides[at], topology) : null));
  const verdict = verdictOf(ends, absent);
  const quiet = ends.flatMap((end, at) => (end === null ? [] : silence(end, sides[1 - at])));
  const passive = ends.filter((end) => end?.health === 'waiting').length === 2;
  const sentences = [
    ...byWeight(ends.flatMap((end, at) => (end === null ? [] : [{ end, far: sides[1 - at] }]))).flatMap(
      ({ end, far }) => endSentences(end, far),
    ),
    ...absent.flatMap((why) => (why === null ? [] : [why.sentence])),
    ...(passive ? ['Both sides are passive: each waits for the other to begin.'] : []),
    ...(verdict === 'one-sided' ? differing(ends) : []),
    ...asMismatch(pair),
    ...quiet,
    ...ends.flatMap((end) => (end?.limits ?? []).map((limit) => `${end?.nodeLabel ?? ''}: ${limit}`)),
    ...exchanged(pair, 0),
    ...exchanged(pair, 1),
  ];
  return {
    ...pair,
    verdict,
    wrong: !['established', 'waiting', 'unknown'].includes(verdict) || quiet.length > 0,
    sentences,
    missing: [missingOf(ends[0], ends[1]), missingOf(ends[1], ends[0])],
  };
}

/** `certain`: that side was asked and does not have the session. */
interface Absence {
  readonly certain: boolean;
  readonly sentence: string;
}

function whyAbsent(side: BgpMatrixSide | undefined, { nodes }: Topology): Absence | null {
  const node = nodes[side?.nodeId ?? ''];
  if (node === undefined) return null;
  const { label, bird } = node;
  switch (bird.state) {
    case 'running':
      return { certain: true, sentence: `${label} has no such session configured.` };
    case 'dead':
      return { certain: true, sentence: `${label}: ${bird.sentence ?? 'BIRD dead'}.` };
    case 'absent':
      return { certain: true, sentence: `No BGP daemon runs on ${label}.` };
    case 'not-permitted':
    case 'unknown':
      return { certain: false, sentence: `${label} could not be asked: only one side is known.` };
  }
}

function verdictOf(ends: BgpMatrixPair['ends'], absent: readonly (Absence | null)[]): Verdict {
  const told = ends.filter((end) => end !== null && end.health !== 'old') as BgpMatrixEnd[];
  const has = (health: BgpMatrixEnd['health']): boolean => told.some((end) => end.health === health);
  if (told.length === 0) return 'unknown';
  if (has('stale')) return 'stale';
  if (has('gone')) return 'down';
  if (has('disabled')) return 'disabled';
  if (absent.some((why) => why?.certain === true)) return 'one-sided';
  if (has('established')) {
    if (told.some(({ health }) => health !== 'established')) return 'one-sided';
    return told.some(({ flaps }) => flaps >= FLAPPING_FROM) ? 'flapping' : 'established';
  }
  // Who waits for somebody that we do not see may wait for good.
  return told.every(({ health }) => health === 'waiting') && told.length === 1 ? 'waiting' : 'down';
}

/** Who is the reason comes before who only says what follows from it. */
function byWeight<T extends { readonly end: BgpMatrixEnd }>(ends: readonly T[]): T[] {
  const weight = ({ end }: T): number => REASONS.indexOf(end.health);
  return [...ends].sort((a, b) => weight(b) - weight(a));
}

const REASONS: readonly BgpMatrixEnd['health'][] = [
  'established',
  'old',
  'waiting',
  'down',
  'stale',
  'disabled',
  'gone',
];

function endSentences(end: BgpMatrixEnd, far: BgpMatrixSide | undefined): string[] {
  const { nodeLabel, health, state, lastError, flaps } = end;
  const why = lastError === null || state.includes(lastError) ? '' : ` (last error: ${lastError})`;
  const said: Readonly<Record<BgpMatrixEnd['health'], string | null>> = {
    established: null,
    stale: end.stale === null ? null : `${nodeLabel}: ${end.stale}`,
    gone: `${nodeLabel}: its BGP daemon is dead.`,
    disabled: `${nodeLabel}: switched off by hand or by its configuration (${state})${why}.`,
    down: `${nodeLabel}: ${state}${why}.`,
    waiting: `${nodeLabel} waits for ${far?.name ?? 'its peer'} to begin (passive).`,
    old: `${nodeLabel} does not answer now; this is what it last said: ${state}.`,
  };
  const sentence = said[health];
  return [
    ...(sentence === null ? [] : [sentence]),
    ...(flaps >= FLAPPING_FROM ? [`${nodeLabel}: it was lost ${flaps} times in ten minutes.`] : []),
  ];
}

function differing(ends: BgpMatrixPair['ends']): string[] {
  const up = ends.find((end) => end?.health === 'established');
  const other = ends.find((end) => end !== null && end.health !== 'established' && end.health !== 'old');
  if (up === null || up === undefined || other === null || other === undefined) return [];
  return [
    `Only ${up.nodeLabel} says that it is up; ${other.nodeLabel} says ${other.state}. They were asked up to 10 s apart.`,
  ];
}

function asMismatch({ ends: [a, b] }: UnjudgedPair): string[] {
  if (a === null || b === null) return [];
  return [
    [a, b],
    [b, a],
  ].flatMap(([one, other]) => {
    const expected = one?.neighbourAs ?? null;
    const actual = other?.localAs ?? null;
    return expected === null || actual === null || expected === actual
      ? []
      : [
          `${one?.nodeLabel ?? ''} expects AS ${expected} at ${other?.nodeLabel ?? ''}, which is AS ${actual}.`,
        ];
  });
}

/** Established, and no keepalive came when one was due: TCP 179 may be cut (FIELD-NOTES §1). */
function silence(end: BgpMatrixEnd, far: BgpMatrixSide | undefined): string[] {
  const { holdLeft, keepaliveTime, nodeLabel } = end;
  const quiet = silentFor(end);
  if (quiet === null) return [];
  return [
    `${nodeLabel} has heard nothing from ${far?.name ?? 'its peer'} for ${Math.round(quiet)} s or more, though a keepalive is due every ${Math.round(keepaliveTime ?? 0)} s: it takes it for dead in ${Math.round(holdLeft ?? 0)} s. Is TCP 179 blocked?`,
  ];
}

function missingOf(from: BgpMatrixEnd | null, to: BgpMatrixEnd | null): number | null {
  if (from?.health !== 'established' || to?.health !== 'established') return null;
  return from.exported === null || to.imported === null ? null : from.exported - to.imported;
}

function exchanged({ ends }: UnjudgedPair, at: 0 | 1): string[] {
  const [from, to] = at === 0 ? ends : [ends[1], ends[0]];
  const missing = missingOf(from, to);
  if (from === null || to === null || missing === null || missing === 0) return [];
  const filtered =
    to.filtered === null || to.filtered === 0 ? '' : `, its import filter refused ${to.filtered}`;
  return [
    `${from.nodeLabel} advertises ${routes(from.exported)}, ${to.nodeLabel} has ${to.imported ?? 0} from it${filtered}.`,
  ];
}

function routes(count: number | null): string {
  return `${count ?? 0} ${count === 1 ? 'route' : 'routes'}`;
}
