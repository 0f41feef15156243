// The window program put together, once Electron is ready: page, engine, window, calls, streams, recovery.
import path from 'node:path';
import { app, type BrowserWindow } from 'electron';
import { plainText } from '../../app/plain-text.ts';
import type { Engine } from '../engine/engine.ts';
import { answerCalls } from './calls.ts';
import type { ClusterOpener } from './cluster-opener.ts';
import { complain } from './complain.ts';
import { describeElectron } from './electron-source.ts';
import { exportCase } from './export-case.ts';
import type { Flags } from './flags.ts';
import { callHandlers, pickAndOpen } from './handlers.ts';
import { headlessReport } from './headless-report.ts';
import { installMenu } from './menu.ts';
import { WindowNotices } from './notices.ts';
import { PagePulse } from './page-pulse.ts';
import { Streams } from './ports.ts';
import { servePage } from './protocol.ts';
import type { Exit } from './quit.ts';
import { recoverPage } from './recovery.ts';
import { reportPage } from './report-page.ts';
import { answerSecondStart } from './second-start.ts';
import { Terminals } from './terminals.ts';
import { openWindow, rememberPlace, showPage } from './window.ts';

export interface ProgramParts {
  readonly flags: Flags;
  readonly engine: Engine;
  readonly opener: ClusterOpener;
  readonly exit: Exit;
  readonly banner: string | null;
  /** Folder that holds the built `renderer` and `preload`. */
  readonly built: string;
  /** Ends with the program. */
  readonly signal: AbortSignal;
}

/** Resolves when the page is on the screen (or, for a report, when the report is written). */
export async function runProgram(parts: ProgramParts): Promise<void> {
  const { engine, exit, flags, opener, signal } = parts;
  const notices = new WindowNotices(engine, Date.now);
  const terminals = new Terminals(engine);
  const pulse = new PagePulse();
  const streams = new Streams({ session: notices, watch: engine.watch, terminals }, () => {
    pulse.heard();
  });
  servePage(path.join(parts.built, 'renderer'));

  const window = await openWindow({
    userData: app.getPath('userData'),
    preload: path.join(parts.built, 'preload', 'index.cjs'),
    fixedSize: flags.headlessReport !== null,
  });
  if (flags.headlessReport === null) exit.also(rememberPlace(window, app.getPath('userData')));
  const description = {
    version: app.getVersion(),
    electron: describeElectron(process.versions, process.env, process.execPath),
    banner: parts.banner,
    labImpossible: flags.labImpossible,
    platform: process.platform,
  };
  answerCalls(window, callHandlers({ window, engine, opener, streams, terminals, description, signal }));
  const openFromMenu = (): void => {
    void pickAndOpen(window, opener).then((opened) => {
      if (!opened.ok && opened.sentence !== '') notices.add('error', opened.sentence);
    });
  };
  const exportFromMenu = (): void => {
    exportCase(window, engine, false, signal).then(
      (exported) => {
        if (exported.ok)
          notices.add('info', `The case file with ${exported.packets} packets is ${exported.file}.`);
        else if (exported.sentence !== '') notices.add('error', exported.sentence);
      },
      (error: unknown) => {
        complain('the case file could not be written because of a fault of its own', error);
        notices.add('error', 'The case file could not be written because of a fault of Hopscope itself.');
      },
    );
  };
  const menu = installMenu({
    openCluster: opener.pickRefused === null ? openFromMenu : null,
    exportCase: exportFromMenu,
    developer: !app.isPackaged,
  });
  const offerExport = (): void => {
    menu.mayExport(engine.view.phase === 'open');
  };
  engine.subscribe(offerExport);
  offerExport();
  recoverPage(window, {
    pulse,
    ask: () => {
      streams.ping();
    },
    pageGone: () => {
      streams.close();
      void terminals.closeAll();
    },
    tell: (sentence) => {
      notices.add('warning', sentence);
    },
    reload: () => {
      if (window.isDestroyed()) return;
      showPage(window).catch((error: unknown) => {
        complain('the page could not be loaded again', error);
      });
    },
    giveUp: (sentence) => {
      complain(sentence);
      exit.leave(1);
    },
    now: () => performance.now(),
  });
  onSecondStart(window, parts, notices);

  await showPage(window);
  if (flags.headlessReport === null) return;
  const say = (line: string): void => {
    // What nodes said can hold escape sequences: they must not reach a terminal.
    process.stdout.write(`${plainText(line)}\n`);
  };
  const folder = path.resolve(flags.headlessReport);
  const report = { folder, pods: flags.reportWatch, page: reportPage(window), engine, say, signal };
  exit.leave(await headlessReport(report));
}

/** The view carries why it failed, so the page says it. */
export function openCluster(opener: ClusterOpener, file: string): void {
  opener.open(file).then(
    (opened) => {
      if (!opened.ok) complain(opened.failure.sentence.replace(/\.$/, ''));
    },
    (error: unknown) => {
      complain(`could not open ${file}`, error);
    },
  );
}

function onSecondStart(
  window: BrowserWindow,
  { engine, opener }: Pick<ProgramParts, 'engine' | 'opener'>,
  notices: WindowNotices,
): void {
  app.on('second-instance', (_event, _argv, _folder, handed) => {
    if (window.isDestroyed()) return;
    if (window.isMinimized()) window.restore();
    window.focus();
    const answer = answerSecondStart(engine.view, handed);
    if (answer.kind === 'keep') notices.add('warning', answer.sentence);
    if (answer.kind !== 'open') return;
    const refused = opener.refuses(answer.clusterFile);
    if (refused === null) openCluster(opener, answer.clusterFile);
    else notices.add('warning', refused);
  });
}
