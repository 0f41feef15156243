// The second half of a headless report: watches a Pod as a person would, by a click in the page, keeps a picture of
// packets that move and the case file, and says what was seen where.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { WatchView } from '../../app/contract/watch.ts';
import type { Engine } from '../engine/engine.ts';
import type { Watch } from '../engine/watch.ts';
import type { WatchedPods } from './flags.ts';
import type { ReportPage } from './report-page.ts';
import { judgeWatch, lossLine, nameOf, pathPoints, podCalled } from './report-path.ts';

const WATCH_MS = 10_000;
/** From the click to the engine's knowing of it. */
const CLICK_MS = 3_000;
/** Until the table has filled and the layout stands still after the selection. */
const FIRST_LOOK_MS = 3_000;
const POLL_MS = 20;
/** The page is told of a packet and draws it within this. */
const DRAWN_MS = 80;

export interface ReportWatchParts {
  /** Where watch.png and demo.hopscope.zip are written. */
  readonly folder: string;
  readonly pods: WatchedPods;
  readonly page: ReportPage;
  readonly engine: Pick<Engine, 'topology' | 'watch' | 'exportCase'>;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** @returns whether packets were seen at every vantage point of the path, drawn and exported. @param limits in ms. */
export async function reportWatch(
  { folder, pods, page, engine, say, signal }: ReportWatchParts,
  limits = { click: CLICK_MS, watch: WATCH_MS, firstLook: FIRST_LOOK_MS },
): Promise<boolean> {
  const { topology, watch } = engine;
  const from = podCalled(topology, pods.from);
  const to = pods.to === null ? null : podCalled(topology, pods.to);
  const missing = from === null ? pods.from : to === null ? pods.to : null;
  if (from === null || missing !== null) {
    say(`There is no Pod ${missing ?? pods.from} to watch.`);
    return false;
  }
  await page.click(`tree-pod-${from.name}`);
  const watched = (): boolean => watch.view.state === 'on' && watch.view.target?.podId === from.id;
  if (!(await within(limits.click, watched))) {
    say(`A click on ${pods.from} did not start its watch. ${watch.view.sentences.join(' ')}`.trim());
    return false;
  }
  const until = performance.now() + limits.watch;
  await pause(limits.firstLook);
  const picture = path.join(folder, 'watch.png');
  const drawn = await pictureOfMovement(page, watch, until);
  if (drawn !== null) await writeFile(picture, drawn);
  await pause(Math.max(0, until - performance.now()));

  const { view } = watch;
  const caseFile = path.join(folder, 'demo.hopscope.zip');
  const exported = await engine.exportCase(caseFile, { payload: false, signal });
  await watch.stop();

  const verdict = judgeWatch(pathPoints(engine.topology, from, to), view);
  say(
    `${nameOf(from)} was watched for ${String(limits.watch / 1000)} s: ${String(view.packets.total)} packets.`,
  );
  for (const line of verdict.lines) say(`  ${line}`);
  say(`  ${lossLine(view)}`);
  for (const sentence of [...view.sentences, ...captureTroubles(view), ...verdict.sentences]) say(sentence);
  if (drawn === null) say('The window gave no picture of what it watched.');
  else say(`The picture of it is ${picture}.`);
  if (exported.ok) say(`The case file with ${String(exported.value.packets)} packets is ${caseFile}.`);
  else say(`There is no case file: ${exported.failure.sentence}`);
  return verdict.complete && drawn !== null && exported.ok;
}

function captureTroubles({ captures }: WatchView): Set<string> {
  return new Set(
    captures.flatMap(({ sentence, nodeLabel, pod }) =>
      sentence === null ? [] : [`${nodeLabel}${pod === null ? '' : `/${pod.name}`}: ${sentence}`],
    ),
  );
}

/** PNG of the window just after packets passed, or at `until` when none did; null when the page does not answer. */
async function pictureOfMovement(page: ReportPage, watch: Watch, until: number): Promise<Buffer | null> {
  const total = watch.view.packets.total;
  await within(until - performance.now(), () => watch.view.packets.total > total);
  await pause(DRAWN_MS);
  return page.picture();
}

/** @param limit in ms. */
async function within(limit: number, holds: () => boolean): Promise<boolean> {
  const until = performance.now() + limit;
  while (!holds()) {
    if (performance.now() > until) return false;
    await pause(POLL_MS);
  }
  return true;
}
