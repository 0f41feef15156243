// TOKENS of ssh_config(5): `~`, `%` sequences and `${VARIABLE}` in paths.
import { homedir, hostname, userInfo } from 'node:os';
import { join } from 'node:path';

/** Where and as whom this program runs; tests make their own. */
export interface LocalIdentity {
  readonly home: string;
  readonly user: string;
  readonly uid: number;
  readonly hostname: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export function thisMachine(): LocalIdentity {
  const env = process.env;
  let account: { username: string; uid: number };
  try {
    account = userInfo();
  } catch {
    // A uid without a passwd entry, as in containers.
    account = { username: env['USER'] ?? env['LOGNAME'] ?? 'root', uid: process.getuid?.() ?? 0 };
  }
  return { home: homedir(), user: account.username, uid: account.uid, hostname: hostname(), env };
}

export interface TokenValues {
  readonly originalHost: string;
  readonly hostName: string;
  readonly port: number;
  readonly remoteUser: string;
}

/** `%` sequences; one that is not known stays as it is. */
export function expandTokens(text: string, local: LocalIdentity, values: TokenValues): string {
  const meaning: Readonly<Record<string, string>> = {
    '%': '%',
    d: local.home,
    h: values.hostName,
    i: String(local.uid),
    k: values.originalHost,
    L: local.hostname.replace(/\..*$/, ''),
    l: local.hostname,
    n: values.originalHost,
    p: String(values.port),
    r: values.remoteUser,
    u: local.user,
  };
  return text
    .replaceAll(/%(.)/g, (whole, letter: string) => meaning[letter] ?? whole)
    .replaceAll(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (whole, name: string) => local.env[name] ?? whole);
}

/** A path: tokens, then `~/`; relative to the home's .ssh never, to the working folder as ssh does. */
export function expandPath(text: string, local: LocalIdentity, values: TokenValues): string {
  const expanded = expandTokens(text, local, values);
  if (expanded === '~') return local.home;
  return expanded.startsWith('~/') ? join(local.home, expanded.slice(2)) : expanded;
}
