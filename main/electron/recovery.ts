// A page that crashes or hangs is told and started again; the session lives in main and goes on meanwhile.
import type { BrowserWindow } from 'electron';
import { complain } from './complain.ts';
import { isPageUrl } from './page-address.ts';
import { TICK_MS, type PagePulse } from './page-pulse.ts';

/** A page that crashes this often crashes at once: starting it again would only spin. */
const MOST_CRASHES = 4;
const WITHIN_MS = 60_000;
/** A page that cannot even crash (stopped, or deep in the kernel) is killed after this. */
const CRASH_MS = 2_000;
/** Electron is still tearing the old page down when it tells; and a page that is lost at once must not spin. */
const PAUSE_MS = 250;

export interface Recovery {
  readonly pulse: PagePulse;
  /** Asks the page for a sign of life, which reaches `pulse`. */
  readonly ask: () => void;
  /** Whatever the old page held (streams, terminals) is void. */
  readonly pageGone: () => void;
  /** Said in the new page. */
  readonly tell: (sentence: string) => void;
  readonly reload: () => void;
  /** It crashed too often; the program ends with this sentence. */
  readonly giveUp: (sentence: string) => void;
  /** ms, monotonic. */
  readonly now: () => number;
}

/** True when one more crash at `now` is one too many. `crashes` holds the times of the earlier ones. */
export function crashesTooOften(crashes: readonly number[], now: number): boolean {
  return crashes.filter((at) => now - at < WITHIN_MS).length + 1 >= MOST_CRASHES;
}

export function recoverPage(window: BrowserWindow, recovery: Recovery): void {
  const contents = window.webContents;
  const crashes: number[] = [];
  let ticking: NodeJS.Timeout | undefined;
  let killing: NodeJS.Timeout | undefined;
  let hung = false;

  const startAgain = (sentence: string): void => {
    // What was said of the old page is not said of the next.
    clearInterval(ticking);
    clearTimeout(killing);
    hung = false;
    recovery.pageGone();
    const now = recovery.now();
    if (crashesTooOften(crashes, now)) {
      recovery.giveUp('the page of the window was lost again and again, so Hopscope ended');
      return;
    }
    crashes.push(now);
    recovery.tell(sentence);
    setTimeout(recovery.reload, PAUSE_MS);
  };

  contents.on('render-process-gone', (_event, details) => {
    if (details.reason === 'clean-exit') {
      clearInterval(ticking);
      recovery.pageGone();
      return;
    }
    complain(`the page of the window ended (${details.reason}) and is started again`);
    const what = hung ? 'had stopped answering' : 'crashed';
    startAgain(`The page of the window ${what} and was started again. The session went on meanwhile.`);
  });

  // Chromium asks nobody about about:blank, so a page can go there (electron's will-navigate never hears of it).
  contents.on('did-navigate', (_event, url) => {
    if (isPageUrl(url)) return;
    complain('the page of the window went elsewhere and is loaded again');
    startAgain('The page of the window went elsewhere and was loaded again. The session went on meanwhile.');
  });

  const crash = (): void => {
    hung = true;
    const pid = contents.getOSProcessId();
    contents.forcefullyCrashRenderer();
    killing = setTimeout(() => {
      kill(pid);
    }, CRASH_MS);
  };
  contents.on('did-finish-load', () => {
    clearInterval(ticking);
    recovery.pulse.heard();
    ticking = setInterval(() => {
      // Whoever looks at the page with DevTools may hold it at a breakpoint.
      if (contents.isDevToolsOpened()) return;
      const next = recovery.pulse.tick();
      if (next === 'ask') recovery.ask();
      else if (next === 'lost') crash();
    }, TICK_MS);
  });
  window.on('closed', () => {
    clearInterval(ticking);
    clearTimeout(killing);
  });
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended meanwhile.
  }
}
