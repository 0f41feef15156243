// `--headless-report DIR`: the main job without a person. Draws the window, keeps a picture of it and what was found,
// says in a few lines what there is, watches a Pod if asked to, and ends: 0 when all of it succeeded, 1 when not.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { DiscoverDocument } from '../../app/contract/discover-document.ts';
import type { Engine } from '../engine/engine.ts';
import { discoverDocument } from '../engine/discover-document.ts';
import { nodeWarnings } from '../engine/node-warnings.ts';
import type { WatchedPods } from './flags.ts';
import type { ReportPage } from './report-page.ts';
import { judgeReport, waitedEnough } from './report-verdict.ts';
import { reportWatch } from './report-watch.ts';

/** A lab is drawn within a few seconds; a real cluster over a slow link may need this. */
const LIMIT_MS = 60_000;
const POLL_MS = 100;
/** The layout moves for a moment after the first drawing; a clock in the page may never stand still. */
const STILL_LIMIT_MS = 4_000;
const STILL_EVERY_MS = 300;

export interface ReportParts {
  readonly folder: string;
  /** Null: nothing is watched. */
  readonly pods: WatchedPods | null;
  readonly page: ReportPage;
  readonly engine: Engine;
  /** Everything for people, a line each. */
  readonly say: (line: string) => void;
  /** Ends with the program. */
  readonly signal: AbortSignal;
}

/** @returns the exit code. @param limit in ms, of the wait for the drawn graph. */
export async function headlessReport(parts: ReportParts, limit = LIMIT_MS): Promise<number> {
  const { folder, pods, page, engine, say } = parts;
  await mkdir(folder, { recursive: true });
  const deadline = performance.now() + limit;
  let summary: string | null = null;
  for (;;) {
    refuseQuestions(engine);
    summary = await page.summary();
    if (waitedEnough(engine, summary) || performance.now() > deadline) break;
    await pause(POLL_MS);
  }
  const drawn = await stillPicture(page);
  const picture = path.join(folder, 'window.png');
  if (drawn !== null) await writeFile(picture, drawn);
  const document = discoverDocument(engine.topology, nodeWarnings(engine.view.nodes));
  const found = path.join(folder, 'discover.json');
  await writeFile(found, `${JSON.stringify(document, null, 2)}\n`);

  const verdict = judgeReport(engine, summary);
  sayWhatThereIs(engine.view.cluster ?? 'No cluster', document, say);
  for (const sentence of verdict.sentences) say(sentence);
  if (drawn === null) {
    say(`The window gave no picture of itself; what was found is ${found}.`);
    return 1;
  }
  say(`The picture is ${picture}, what was found is ${found}.`);
  if (!verdict.complete) return 1;
  return pods === null || (await reportWatch({ ...parts, pods })) ? 0 : 1;
}

function sayWhatThereIs(cluster: string, document: DiscoverDocument, say: (line: string) => void): void {
  const count = (many: number, one: string): string => `${String(many)} ${one}${many === 1 ? '' : 's'}`;
  const sessions = document.nodes.flatMap((node) => node.bgp);
  const established = sessions.filter((session) => session.info === 'Established').length;
  say(
    `${cluster}: ${count(document.nodes.length, 'node')}, ${count(document.pods.length, 'Pod')}, ` +
      `${String(established)} of ${count(sessions.length, 'BGP session')} established.`,
  );
  for (const pod of document.pods) {
    const where =
      pod.hostInterface === null ? '' : `, ${pod.podInterface ?? 'its interface'} is ${pod.hostInterface}`;
    say(
      `  ${pod.namespace ?? '?'}/${pod.name} ${pod.ips.join(' ')} on ${pod.node ?? 'an unknown node'}${where}`,
    );
  }
  for (const warning of document.warnings) say(`  Warning: ${warning}`);
}

/** There is nobody to ask: every question is answered as if it had been refused. */
function refuseQuestions(engine: Engine): void {
  for (const prompt of engine.view.prompts) {
    if (prompt.kind === 'host-key') engine.answerHostKey(prompt.id, 'refuse');
    else engine.answerPassphrase(prompt.id, null);
  }
}

/** PNG of the window once two looks in a row see the same; null when there is none to be had. */
async function stillPicture(page: ReportPage): Promise<Buffer | null> {
  const until = performance.now() + STILL_LIMIT_MS;
  let last = await page.picture();
  while (performance.now() < until) {
    await pause(STILL_EVERY_MS);
    const next = await page.picture();
    if (next !== null && last?.equals(next) === true) return next;
    last = next ?? last;
  }
  return last;
}
