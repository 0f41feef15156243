// What a frame costs while highlights flow and the picture is panned and zoomed: with 10,000 Pods against 30, as many
// elements in view; what of it is the highlights' script; and whether frames still come in time.
import type { Browser, Page } from '@playwright/test';
import { emptyProgram } from './fixtures/empty-program.ts';
import { median, report, ROUNDS, rounds, tellLoad } from './fixtures/figures.ts';
import { frameWork, sum, type FrameWork } from './fixtures/frame-work.ts';
import { generatedSession, type ClusterSize } from './fixtures/generated-cluster.ts';
import {
  aim,
  drawnBy,
  FRAMES,
  MESSAGES_A_SECOND,
  move,
  rest,
  slowestOf,
  type Drawn,
  type InView,
} from './fixtures/graph-motion.ts';
import { scriptShare } from './fixtures/script-share.ts';
import { standIn } from './fixtures/stand-in-session.ts';
import { Windows } from './fixtures/window.ts';

/**
 * As many elements in view, near enough for Pods and names to be drawn: all rows of 40 nodes with a Pod each (30 do not
 * make 300 elements), or four rows of 100 nodes, whose regions also hold what is folded.
 */
const LARGE = { size: { nodes: 100, podsPerNode: 100 }, rows: 4 };
const SMALL = { size: { nodes: 40, podsPerNode: 1 }, rows: 5 };
const ZOOM = 0.51;
const FEWEST_IN_VIEW = 300;
/** Of Cytoscape's, in view or not. */
const MOST_ELEMENTS = 400;
/** A second: an interface lit by a message. */
const FEWEST_HIGHLIGHTS = 2_000;
/** A frame, of packets on their way: fewer would be no motion worth measuring. */
const FEWEST_DOTS = 50;
/** Of a motion's frames: in the first ones nothing has ended yet. */
const MOST_OF = 0.9;
const WORK_BUDGET = 1.1;
const HIGHLIGHTS_BUDGET_MS = 1;
const INTERVAL_BUDGET = 1.25;
/** Everything between the port's message and the canvas. */
const HIGHLIGHTS =
  /renderer\/(bridge\/(counted-stream|watch-streams|frame-batch|plain)|state\/(highlights|trails|flow-rates)|features\/graph\/(highlights|motion|paint-highlights|paint-trails|alike|endings|ending-signs|verdict-marks|journey-way|tracks|way))/;

interface Round {
  readonly inView: InView;
  readonly work: FrameWork;
  readonly highlightsMs: number;
  readonly slowestMs: number;
  readonly drawn: Drawn;
  readonly interval95: number;
}

tellLoad('at the start');
await using windows = await Windows.prepare();
const empty = await emptyProgram(windows.folder);
await using window = await windows.open();
const { page } = window;
// Wide, so that 40 regions stand in eight columns.
await page.setViewportSize({ width: 1800, height: 900 });
const session = await standIn(page);
const pictures = {
  large: { ...LARGE, messages: generatedSession(LARGE.size), all: [] as Round[] },
  small: { ...SMALL, messages: generatedSession(SMALL.size), all: [] as Round[] },
};

const values = await rounds(ROUNDS, {
  large: () => measure(pictures.large),
  small: () => measure(pictures.small),
  empty: async () => {
    await using other = await windows.open({ app: empty });
    return percentile95(await rest(other.page));
  },
});
const { large, small } = pictures;
for (const each of [large, small]) tellPicture(each);
report({
  name: `work a frame (CPU of script, paint, raster, compositing) at ${pods(LARGE.size)} Pods, highlights flowing, pan and zoom`,
  measured: values.large,
  unit: 'ms',
  reference: { name: `${pods(SMALL.size)} Pods`, values: values.small },
  budget: { of: 'ratio', atMost: WORK_BUDGET },
});
report({
  name: 'script of the highlights a frame',
  measured: large.all.map((round) => round.highlightsMs),
  unit: 'ms',
  reference: { name: `${pods(SMALL.size)} Pods`, values: small.all.map((round) => round.highlightsMs) },
  budget: { of: 'value', atMost: HIGHLIGHTS_BUDGET_MS },
});
report({
  name: "highlights' slowest frame",
  measured: large.all.map((round) => round.slowestMs),
  unit: 'ms',
  reference: { name: `${pods(SMALL.size)} Pods`, values: small.all.map((round) => round.slowestMs) },
  // One frame of a motion is as slow as what else the machine has to do lets it be.
  budget: null,
});
report({
  name: "frame interval's 95th percentile",
  measured: large.all.map((round) => round.interval95),
  unit: 'ms',
  reference: { name: "an empty page's", values: values.empty },
  budget: { of: 'ratio', atMost: INTERVAL_BUDGET },
});
tellLoad('at the end');

function pods({ nodes, podsPerNode }: ClusterSize): number {
  return nodes * podsPerNode;
}

async function measure(picture: (typeof pictures)['large']): Promise<number> {
  await session.draw(picture.messages, picture.size.nodes, /^Pod .* ⇄ |more Pods on .*, folded/);
  const inView = await aim(page, ZOOM, picture.rows);
  if (inView.elements < FEWEST_IN_VIEW) throw new Error(`only ${inView.elements} elements are in view`);
  if (inView.all > MOST_ELEMENTS) throw new Error(`Cytoscape has ${inView.all} elements`);
  const perSecond = inView.interfaces * MESSAGES_A_SECOND;
  if (perSecond < FEWEST_HIGHLIGHTS) throw new Error(`only ${perSecond} highlights a second`);
  // Tracing and profiling cost themselves, so each has a motion of its own.
  let intervals: readonly number[] = [];
  const slowestMs = await slowestOf(page, async () => {
    intervals = await move(page);
  });
  const interval95 = percentile95(intervals);
  const work = await frameWork(browserOf(page), () => move(page));
  const { ms, sources } = await scriptShare(page, HIGHLIGHTS, () => move(page));
  if (ms === 0) throw new Error(`no script of the highlights among ${[...sources].join(', ')}`);
  const drawn = await drawnBy(page, () => move(page));
  if (drawn.dots < FEWEST_DOTS) throw new Error(`only ${drawn.dots} packets on their way were drawn a frame`);
  if (drawn.words < inView.written * MOST_OF)
    throw new Error(`${drawn.words} endings a frame of ${inView.written} were drawn`);
  picture.all.push({ inView, work, highlightsMs: ms / FRAMES, slowestMs, drawn, interval95 });
  return sum(work);
}

function tellPicture({ size, all }: (typeof pictures)['large']): void {
  const inView = all[0]?.inView;
  const of = (part: keyof FrameWork): string => median(all.map((round) => round.work[part])).toFixed(1);
  const drawn = (what: keyof Drawn): string => median(all.map((round) => round.drawn[what])).toFixed(0);
  console.log(
    `${pods(size)} Pods: ${inView?.elements} of ${inView?.all} elements in view, ${inView?.interfaces} interfaces lit ${MESSAGES_A_SECOND} times a second; ` +
      `on their canvas ${drawn('dots')} packets in ${drawn('pictures')} pictures, ${drawn('strokes')} strokes of lines and rings, and ${drawn('words')} endings in words a frame; ` +
      `a frame: main thread ${of('main')} ms (animation frames ${of('script')}, paint ${of('paint')}), ` +
      `raster ${of('raster')} ms, compositing ${of('compositing')} ms`,
  );
}

function browserOf(of: Page): Browser {
  const browser = of.context().browser();
  if (browser === null) throw new Error('the page has no browser');
  return browser;
}

function percentile95(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.95)] ?? Number.NaN;
}
