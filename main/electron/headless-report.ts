// `--headless-report DIR`: the main job without a person. Draws the window, keeps a picture of it and what was found,
// says in a few lines what there is, and ends: 0 when the whole cluster is in the graph, 1 when not.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { BrowserWindow } from 'electron';
import type { Engine } from '../engine/engine.ts';
import { discoverDocument } from '../engine/discover-document.ts';
import { judgeReport, settled } from './report-verdict.ts';

/** A lab is drawn within a few seconds; a real cluster over a slow link may need this. */
const LIMIT_MS = 60_000;
const POLL_MS = 100;
/** The layout moves for a moment after the first drawing; a clock in the page may never stand still. */
const STILL_LIMIT_MS = 4_000;
const STILL_EVERY_MS = 300;

/** @returns the exit code; everything for people goes to `say`, a line each. */
export async function headlessReport(
  folder: string,
  window: BrowserWindow,
  engine: Engine,
  say: (line: string) => void,
): Promise<number> {
  await mkdir(folder, { recursive: true });
  const deadline = performance.now() + LIMIT_MS;
  let summary: string | null = null;
  for (;;) {
    refuseQuestions(engine);
    summary = await graphSummary(window);
    if (settled(engine.view, summary) || performance.now() > deadline) break;
    await pause(POLL_MS);
  }
  const picture = path.join(folder, 'window.png');
  await writeFile(picture, await stillPicture(window));
  const document = discoverDocument(engine.topology);
  const found = path.join(folder, 'discover.json');
  await writeFile(found, `${JSON.stringify(document, null, 2)}\n`);

  const verdict = judgeReport(engine.view, summary);
  const count = (many: number, one: string): string => `${String(many)} ${one}${many === 1 ? '' : 's'}`;
  const sessions = document.nodes.flatMap((node) => node.bgp);
  const established = sessions.filter((session) => session.info === 'Established').length;
  say(
    `${engine.view.cluster ?? 'No cluster'}: ${count(document.nodes.length, 'node')}, ${count(document.pods.length, 'Pod')}, ` +
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
  for (const sentence of verdict.sentences) say(sentence);
  say(`The picture is ${picture}, what was found is ${found}.`);
  return verdict.complete ? 0 : 1;
}

/** There is nobody to ask: every question is answered as if it had been refused. */
function refuseQuestions(engine: Engine): void {
  for (const prompt of engine.view.prompts) {
    if (prompt.kind === 'host-key') engine.answerHostKey(prompt.id, 'refuse');
    else engine.answerPassphrase(prompt.id, null);
  }
}

/** What the page says it has drawn; null while it has drawn nothing, or is not there. */
async function graphSummary(window: BrowserWindow): Promise<string | null> {
  if (window.webContents.isCrashed() || window.webContents.isLoading()) return null;
  const script = `(() => {
    const summary = document.querySelector('[data-testid="graph-summary"]');
    return summary === null ? null : [...summary.children].map((line) => line.textContent).join('\\n');
  })()`;
  const text: unknown = await window.webContents.executeJavaScript(script).catch(() => null);
  return typeof text === 'string' ? text : null;
}

/** PNG of the window once two looks in a row see the same. */
async function stillPicture(window: BrowserWindow): Promise<Buffer> {
  const until = performance.now() + STILL_LIMIT_MS;
  let last = (await window.webContents.capturePage()).toPNG();
  while (performance.now() < until) {
    await pause(STILL_EVERY_MS);
    const next = (await window.webContents.capturePage()).toPNG();
    if (next.equals(last)) return next;
    last = next;
  }
  return last;
}
