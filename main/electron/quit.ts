// The ways out. All of them let the engine end what it runs on the nodes first; none waits for ever.
// (Should even that fail, the watchdog on each node ends it: FIELD-NOTES §2.)
import { app } from 'electron';
import { complain } from './complain.ts';

/** A node that does not answer within this is left to its watchdog. */
const LIMIT_MS = 5_000;

export interface Exit {
  /** More to do before the end, beside ending the session. */
  also(work: () => Promise<void>): void;
  /** Ends the program with this exit code; the first call decides. */
  leave(code: number): void;
}

/** @param dispose ends the session; it is called once. */
export function arrangeExit(dispose: () => Promise<void>): Exit {
  const works = [dispose];
  let leaving = false;
  const leave = (code: number): void => {
    if (leaving) return;
    leaving = true;
    const all = async (): Promise<void> => {
      await Promise.all(works.map((work) => work()));
    };
    void within(LIMIT_MS, all).then(() => {
      app.exit(code);
    });
  };

  app.on('before-quit', (event) => {
    event.preventDefault();
    leave(0);
  });
  app.on('window-all-closed', () => {
    leave(0);
  });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => {
      leave(0);
    });
  }
  const fatal = (reason: unknown): void => {
    complain('ended by a fault of its own', reason);
    if (reason instanceof Error && process.env['HOPSCOPE_TEST'] === '1')
      complain('the fault came from', reason.stack);
    leave(1);
  };
  process.on('uncaughtException', fatal);
  process.on('unhandledRejection', fatal);
  // Whoever started us may be gone, and its pipes with it; that is no reason to crash.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  return {
    leave,
    also: (work) => {
      works.push(work);
    },
  };
}

async function within(limit: number, work: () => Promise<void>): Promise<void> {
  const { promise: timeUp, resolve } = deferred();
  const timer = setTimeout(resolve, limit);
  try {
    await Promise.race([work(), timeUp]);
  } catch (error) {
    complain('could not end the session cleanly', error);
  } finally {
    clearTimeout(timer);
  }
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
