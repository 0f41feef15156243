// The journey of the selected packet, step by step: where it stands, how long it took to come there, and which rule decided what next.
import { type KeyboardEvent, type ReactNode, useEffect } from 'react';
import { ChevronFirst, ChevronLeft, ChevronRight, Pause, Play, X } from 'lucide-react';
import type { HopView, LaneView } from '../../../app/contract/trails.ts';
import {
  alongPath,
  goToStep,
  type Journey,
  playOn,
  setJourneyQuestion,
  stepBy,
  togglePlaying,
  useJourney,
  useJourneyState,
} from '../../state/journey.ts';
import { backOf, oneWay } from '../../state/one-way.ts';
import { openHop, showPath, useTrace } from '../../state/trace.ts';
import { selectTrails, useTrails } from '../../state/trails.ts';
import { verdictTones, verdictWords } from '../../state/verdict-words.ts';
import { IconButton } from '../../ui/button.tsx';
import { Tag } from '../../ui/tag.tsx';
import { STEP_MS } from './highlights-canvas.ts';
import { graphStrings } from './strings.ts';
import './journey.css';

const strings = graphStrings.journey;
/** ms that it rests at a place before it goes on. */
const REST_MS = 250;

export function JourneyBar(): ReactNode {
  const journey = useJourney();
  usePlaying(journey);
  return journey === null ? null : <Bar journey={journey} />;
}

function usePlaying(journey: Journey | null): void {
  const playing = journey?.playing === true;
  const at = journey?.at ?? 0;
  useEffect(() => {
    if (!playing) return;
    const timer = setTimeout(playOn, STEP_MS + REST_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [playing, at]);
}

function Bar({ journey: { trail, at, playing } }: { readonly journey: Journey }): ReactNode {
  const lanes = useTrails(({ view }) => view.lanes);
  const hops = useTrails(({ view }) => view.hops);
  const isGone = useTrails(({ gone }) => gone.has(trail.id));
  const places = trail.sightings.map(({ lane }) => lanes.find(({ id }) => id === lane) ?? null);
  const lane = places[at] ?? null;
  const isLast = at === trail.sightings.length - 1;
  const rule = useRule(places, at);
  const onKeyDown = (event: KeyboardEvent): void => {
    const does = keys[event.key];
    if (does === undefined || event.altKey || event.metaKey || event.ctrlKey) return;
    // A button that has the focus is what Space presses.
    if (event.key === ' ' && event.target instanceof HTMLButtonElement) return;
    event.preventDefault();
    does();
  };
  return (
    <div
      className={`journey ${trail.verdict}`}
      role="group"
      aria-label={strings.label}
      data-testid="journey"
      data-step={at + 1}
      data-steps={places.length}
      onKeyDown={onKeyDown}
    >
      <div className="journey-row">
        <IconButton
          label={strings.first}
          disabled={at === 0}
          onClick={() => {
            goToStep(0);
          }}
        >
          <ChevronFirst size={14} aria-hidden />
        </IconButton>
        <IconButton
          label={strings.back}
          disabled={at === 0}
          data-testid="journey-back"
          onClick={() => {
            stepBy(-1);
          }}
        >
          <ChevronLeft size={14} aria-hidden />
        </IconButton>
        <IconButton
          label={playing ? strings.pause : strings.play}
          data-testid="journey-play"
          onClick={togglePlaying}
        >
          {playing ? <Pause size={14} aria-hidden /> : <Play size={14} aria-hidden />}
        </IconButton>
        <IconButton
          label={strings.next}
          disabled={isLast}
          data-testid="journey-next"
          onClick={() => {
            stepBy(1);
          }}
        >
          <ChevronRight size={14} aria-hidden />
        </IconButton>
        <ol className="journey-steps">
          {places.map((place, step) => {
            const name = strings.step(step + 1, places.length, place?.label ?? '');
            return (
              <li key={step}>
                <button
                  type="button"
                  aria-label={name}
                  title={name}
                  aria-current={step === at ? 'step' : undefined}
                  className={step < at ? 'passed' : ''}
                  onClick={() => {
                    goToStep(step);
                  }}
                />
              </li>
            );
          })}
        </ol>
        <span className="mono dim journey-summary truncate">{trail.summary}</span>
        {isGone ? (
          <Tag tone="warn" title={strings.goneWhy}>
            {strings.gone}
          </Tag>
        ) : (
          <Tag tone={verdictTones[trail.verdict]}>{verdictWords[trail.verdict]}</Tag>
        )}
        <IconButton
          label={strings.close}
          onClick={() => {
            selectTrails([]);
            setJourneyQuestion(null);
          }}
        >
          <X size={13} aria-hidden />
        </IconButton>
      </div>
      <p className="journey-place" role="status" data-testid="journey-place">
        <span className="mono faint">
          {at + 1}/{places.length}
        </span>{' '}
        {lane === null ? null : (
          <>
            <b className="mono">{lane.interfaceName}</b> <span className="dim">{whose(lane)}</span>{' '}
            {strings.ways[lane.way]}
            {' · '}
          </>
        )}
        <span className="dim">{tookText(trail.sightings, at, places, lanes, hops)}</span>
      </p>
      {isGone ? <p className="journey-because">{strings.goneWhy}</p> : null}
      {isLast && trail.because !== null ? <p className="journey-because">{trail.because}</p> : null}
      {rule === null ? null : (
        <p className="journey-rule" title={rule} data-testid="journey-rule">
          <span className="faint">{strings.rule}:</span> {rule}
        </p>
      )}
    </div>
  );
}

const keys: Partial<Record<string, () => void>> = {
  ArrowLeft: () => {
    stepBy(-1);
  },
  ArrowRight: () => {
    stepBy(1);
  },
  Home: () => {
    goToStep(0);
  },
  End: () => {
    goToStep(Infinity);
  },
  ' ': togglePlaying,
};

function whose({ podName, nodeLabel }: LaneView): string {
  return podName ?? nodeLabel;
}

function tookText(
  sightings: Journey['trail']['sightings'],
  at: number,
  places: readonly (LaneView | null)[],
  lanes: readonly LaneView[],
  hops: readonly HopView[],
): string {
  const [one, before] = [sightings[at], sightings[at - 1]];
  if (one === undefined || before === undefined) return strings.begins;
  const [here, there] = [places[at] ?? null, places[at - 1] ?? null];
  if (here !== null && here.nodeLabel === there?.nodeLabel) return strings.took(one.afterUs - before.afterUs);
  // Two clocks: what this one packet took is not known, only what packets take here.
  const find = (way: { readonly from: number; readonly to: number } | null): HopView | undefined =>
    hops.find(({ from, to }) => from === way?.from && to === way.to);
  const forth = find({ from: before.lane, to: one.lane });
  if (forth === undefined) return strings.notTold;
  const back = find(backOf(forth, lanes));
  const way = oneWay({ us: forth.p50us, plusMinusUs: forth.plusMinusUs }, true, [
    forth.p50us,
    back?.p50us ?? null,
  ]);
  if (way.kind === 'half') return strings.half(way.us);
  return way.kind === 'known' ? strings.tookAbout(way.us, way.plusMinusUs) : strings.notCompared;
}

/** What decided at that place, where the trace of the same way is there; list and picture show that hop. */
function useRule(places: readonly (LaneView | null)[], at: number): string | null {
  const question = useJourneyState((state) => state.question);
  const answer = useTrace((state) =>
    question !== null && JSON.stringify(state.answered) === JSON.stringify(question) ? state.answer : null,
  );
  const along = answer === null ? null : alongPath(answer, places);
  const shown = along?.shown ?? null;
  const lane = places[at] ?? null;
  const hop = along === null || lane === null ? null : along.hopOf(lane);
  useEffect(() => {
    if (shown !== null) showPath(shown);
  }, [shown]);
  useEffect(() => {
    if (hop !== null) openHop(hop);
  }, [hop, shown]);
  return along?.because[at] ?? null;
}
