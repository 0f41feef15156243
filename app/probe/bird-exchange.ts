// What one side of a BGP session gives and has from its peer, prefix by prefix: `show route export`, `show route protocol` and
// `show route filtered` of BIRD (nest/config.Y, "show route"), asked only when somebody looks at that session.
import { fail, ok, type Result } from '../result.ts';
import { parseBirdRoutes } from './birdcl-routes.ts';
import { BIRD_SOCKETS, birdFunctions } from './bird-script.ts';
import { framedScript } from './framed-script.ts';
import { readSections, type ReadSection } from './section-reading.ts';
import { programsScript, STANDING } from './trusted-process.ts';

/** Of each list: about 10,000 routes. */
const MOST_BYTES = 1_048_576;

/** Prefixes as BIRD prints them. */
export interface PrefixList {
  /** With whether it is the best of its destination. */
  readonly prefixes: ReadonlyMap<string, { readonly best: boolean }>;
  /** More of them are not here. */
  readonly cut: boolean;
}

export interface BirdExchange {
  readonly exported: PrefixList;
  readonly imported: PrefixList;
  /** What the import filter refused; empty also where BIRD does not keep that (`import keep filtered`). */
  readonly filtered: PrefixList;
  /** As one would type them. */
  readonly commands: readonly string[];
}

export interface BirdSessionPlace {
  readonly socket: string;
  /** BIRD's name of the protocol. */
  readonly protocol: string;
}

const LISTS = {
  exported: 'show route export',
  imported: 'show route protocol',
  filtered: 'show route filtered protocol',
} as const;

/** For `sh -c`. A failure's sentence: what stands there is nothing that may be put into a command. */
export function birdExchangeScript(
  nonce: string,
  { socket, protocol }: BirdSessionPlace,
): Result<string, string> {
  const path = BIRD_SOCKETS.find((known) => known === socket);
  if (path === undefined) return fail(`${socket} is no socket of BIRD that is asked.`);
  // A symbol of BIRD's configuration; it quotes those that hold more than letters, digits and underscores.
  if (!/^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/.test(protocol))
    return fail(`“${protocol}” is no name that BIRD can be asked for.`);
  const name = /^\w+$/.test(protocol) ? protocol : `"'${protocol}'"`;
  const asked = Object.entries(LISTS).map(
    ([list, words]) =>
      `  shown="\${enter:+$enter }birdcl -r -s ${path} ${words} ${name.replaceAll('"', '\\"')}"\n  section ${list} routes_of ${words} ${name}`,
  );
  const functions = `programs=${programsScript}${STANDING}${birdFunctions}
routes_of() {
  through 'head -c ${MOST_BYTES}' within 10 $enter birdcl -r -s ${path} "$@"
}`;
  const sections = `  find_birdcl\n${asked.join('\n')}`;
  return ok(`nonce=${nonce}\n${framedScript(functions, sections)}`);
}

/** The failure is a sentence. */
export function parseBirdExchange(
  stdout: Uint8Array,
  context: { readonly nonce: string; readonly nodeLabel: string; readonly seenAt: number },
): Result<BirdExchange, string> {
  const { sections } = readSections(stdout, context);
  const found: Partial<Record<keyof typeof LISTS, PrefixList>> = {};
  const commands: string[] = [];
  for (const list of Object.keys(LISTS) as (keyof typeof LISTS)[]) {
    const section = sections.get(list);
    if (section === undefined) return fail(`${context.nodeLabel} gave no answer.`);
    const read = prefixesOf(section);
    if (!read.ok) return fail(`${context.nodeLabel}: ${read.failure}`);
    found[list] = read.value;
    commands.push(section.head.command);
  }
  const { exported, imported, filtered } = found;
  if (exported === undefined || imported === undefined || filtered === undefined)
    throw new Error('a list was lost');
  return ok({ exported, imported, filtered, commands });
}

function prefixesOf({ stdout, stderr, state, head }: ReadSection): Result<PrefixList, string> {
  const said = stderr.trim().split('\n')[0]?.slice(0, 200) ?? '';
  if (/permission denied/i.test(stderr) || state === 'not-permitted')
    return fail('this login may not ask BIRD (its socket is root’s); log in as root there.');
  if (state === 'missing-tool') return fail('there is no birdcl to ask BIRD with.');
  if (state === 'timeout') return fail(`BIRD did not tell all of “${head.command}” within 10 s.`);
  if (!/^BIRD \S+ ready\./m.test(stdout))
    return fail(said === '' ? 'BIRD did not answer.' : `BIRD did not answer (${said}).`);
  // Its answer where the session is not up (nest/rt-show.c): nothing is advertised there.
  if (/^No valid tables$/m.test(stdout)) return ok({ prefixes: new Map(), cut: false });
  const cut = head.bytes >= MOST_BYTES;
  const { routes, unread } = parseBirdRoutes(stdout);
  const [odd] = unread;
  if (routes.length === 0 && odd !== undefined) return fail(`BIRD said: ${odd.text.trim()}`);
  if (state !== 'ok') return fail(`BIRD did not tell all of “${head.command}”.`);
  const prefixes = new Map<string, { readonly best: boolean }>();
  // Of a cut list the last line is half a line.
  for (const { dst, primary } of cut ? routes.slice(0, -1) : routes)
    prefixes.set(dst, { best: primary || (prefixes.get(dst)?.best ?? false) });
  return ok({ prefixes, cut });
}
