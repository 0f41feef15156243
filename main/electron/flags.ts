// The window program's own command line. Chromium's switches share it, so an unknown `--switch` is not ours to refuse.
import { parseArgs } from 'node:util';
import { fail, ok, type Result } from '../../app/result.ts';

/** Pods as `namespace/name`. */
export interface WatchedPods {
  readonly from: string;
  /** Who it talks with; null: nobody in particular. */
  readonly to: string | null;
}

export interface Flags {
  /** Cluster file to open at once, as typed. */
  readonly clusterFile: string | null;
  /** Folder for window.png and discover.json; the program then draws, reports and ends. */
  readonly headlessReport: string | null;
  /** The report also watches this Pod; null: it does not. */
  readonly reportWatch: WatchedPods | null;
  /** Why this machine can have no lab; shown in the window. */
  readonly labImpossible: string | null;
  /** Running without Chromium's sandbox was accepted by who started us: show the permanent banner. */
  readonly noSandboxBanner: boolean;
  readonly userDataDir: string | null;
  /** What is run on nodes is appended to this file, as typed. */
  readonly auditFile: string | null;
}

const options = {
  cluster: { type: 'string' },
  'headless-report': { type: 'string' },
  'report-watch': { type: 'string' },
  'lab-impossible': { type: 'string' },
  'no-sandbox-banner': { type: 'boolean' },
  'user-data-dir': { type: 'string' },
  audit: { type: 'string' },
} as const;

/** What of `process.argv` is for us. `defaultApp`: Electron was given the app's path, its first plain argument. */
export function ownArguments(argv: readonly string[], defaultApp: boolean): readonly string[] {
  const args = argv.slice(1);
  const app = defaultApp ? args.findIndex((argument) => !argument.startsWith('-')) : -1;
  return app === -1 ? args : args.toSpliced(app, 1);
}

/** @param args what follows the program's name (and the app path, when Electron was given one). */
export function parseFlags(args: readonly string[]): Result<Flags, { readonly sentence: string }> {
  const { tokens } = parseArgs({
    args: [...args],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const texts = new Map<string, string>();
  let noSandboxBanner = false;
  for (const token of tokens) {
    if (token.kind !== 'option' || !(token.name in options)) continue;
    const name = token.name as keyof typeof options;
    if (options[name].type === 'boolean') {
      noSandboxBanner = true;
      continue;
    }
    // `strict: false` accepts `--cluster --other`; an empty or missing value is a mistake to name, not to guess at.
    if (
      token.value === undefined ||
      token.value === '' ||
      (!token.inlineValue && token.value.startsWith('--'))
    ) {
      return fail({ sentence: `--${name} needs a value: --${name} ${valueOf[name]}.` });
    }
    texts.set(name, token.value);
  }
  const named = texts.get('report-watch');
  const reportWatch = named === undefined ? null : watchedPods(named);
  if (named !== undefined && reportWatch === null) {
    return fail({ sentence: `--report-watch does not understand "${named}": it takes ${PODS}.` });
  }
  if (reportWatch !== null && !texts.has('headless-report'))
    return fail({ sentence: '--report-watch says what a report watches: add --headless-report DIR.' });
  return ok({
    clusterFile: texts.get('cluster') ?? null,
    headlessReport: texts.get('headless-report') ?? null,
    reportWatch,
    labImpossible: texts.get('lab-impossible') ?? null,
    noSandboxBanner,
    userDataDir: texts.get('user-data-dir') ?? null,
    auditFile: texts.get('audit') ?? null,
  });
}

const PODS = 'NAMESPACE/POD[,NAMESPACE/POD]';

function watchedPods(named: string): WatchedPods | null {
  const [, from, to] = /^([^/,]+\/[^/,]+)(?:,([^/,]+\/[^/,]+))?$/.exec(named) ?? [];
  return from === undefined ? null : { from, to: to ?? null };
}

const valueOf: Record<keyof typeof options, string> = {
  cluster: 'FILE',
  'headless-report': 'DIR',
  'report-watch': PODS,
  'lab-impossible': 'REASON',
  'no-sandbox-banner': '',
  'user-data-dir': 'DIR',
  audit: 'FILE',
};
