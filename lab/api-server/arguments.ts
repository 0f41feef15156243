// The command line of the lab's API server.
import { parseArgs } from 'node:util';
import { fail, ok, type Result } from '../../app/result.ts';
import type { ApiServerOptions, ListenAddress } from './server.ts';

export interface UsageFailure {
  readonly kind: 'usage';
  readonly sentence: string;
}

const USAGE =
  'Use: --listen HOST:PORT (may be repeated) --control SOCKET --kubelet SOCKET --state FILE [--ring N] [--bookmark-seconds N]';

export function parseArguments(words: readonly string[]): Result<ApiServerOptions, UsageFailure> {
  let values: {
    listen?: string[];
    control?: string;
    kubelet?: string;
    state?: string;
    ring?: string;
    'bookmark-seconds'?: string;
  };
  try {
    ({ values } = parseArgs({
      args: [...words],
      options: {
        listen: { type: 'string', multiple: true },
        control: { type: 'string' },
        kubelet: { type: 'string' },
        state: { type: 'string' },
        ring: { type: 'string' },
        'bookmark-seconds': { type: 'string' },
      },
    }));
  } catch (error) {
    return usage(error instanceof Error ? error.message : String(error));
  }
  const listen: ListenAddress[] = [];
  for (const text of values.listen ?? []) {
    const address = parseListenAddress(text);
    if (address === null) return usage(`--listen ${text} is not HOST:PORT with a particular address`);
    listen.push(address);
  }
  const ring = parseCount(values.ring ?? '1000');
  const bookmarkSeconds = parseCount(values['bookmark-seconds'] ?? '60');
  if (ring === null) return usage('--ring is a number of changes from 1 to 100000');
  if (bookmarkSeconds === null) return usage('--bookmark-seconds is a number from 1 to 100000');
  if (listen.length === 0 && values.control === undefined)
    return usage('neither --listen nor --control is given');
  return ok({
    listen,
    historyLimit: ring,
    watchLimits: { bookmarkMs: bookmarkSeconds * 1000 },
    ...(values.control === undefined ? {} : { control: values.control }),
    ...(values.kubelet === undefined ? {} : { kubelet: values.kubelet }),
    ...(values.state === undefined ? {} : { stateFile: values.state }),
  });
}

function usage(why: string): { ok: false; failure: UsageFailure } {
  return fail({ kind: 'usage', sentence: `${why}. ${USAGE}` });
}

/** Wildcards are refused: started outside its namespace by mistake, the server must not face a real network. */
function parseListenAddress(text: string): ListenAddress | null {
  const [, bracketed, plain, portText] = /^(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(portText);
  if (host === undefined || port > 65_535 || /^[0.:]+$/.test(host)) return null;
  return { host, port };
}

function parseCount(text: string): number | null {
  const count = Number(text);
  return /^\d{1,6}$/.test(text) && count >= 1 && count <= 100_000 ? count : null;
}
