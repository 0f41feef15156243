// The text form of `ip route show table all` (iproute2 ip/iproute.c print_route), a route a line, its next hops on
// lines of their own below. BusyBox (networking/libiproute/iproute.c) leaves out every protocol.
import { UNKNOWN_PROTO, type Route } from './facts.ts';
import { routeExtras, routePrefix } from './route-extras.ts';
import { EntryList, type ReadEntries } from './unread.ts';

const TYPES = new Set(
  'unicast local broadcast multicast throw unreachable prohibit blackhole nat anycast none'.split(' '),
);
const FLAGS = new Set(
  'linkdown dead onlink pervasive unresolved offload offload_failed trap notify rt_offload rt_trap rt_offload_failed'.split(
    ' ',
  ),
);
/** Words with a value that decides nothing about which route wins. */
const ASIDE = new Set(
  'realm realms error users age used expires uid iif advmss rtt rttvar window cwnd initcwnd initrwnd ssthresh reordering hoplimit rto_min quickack features congctl fastopen_no_cookie ttl-propagate'.split(
    ' ',
  ),
);

interface Words {
  readonly values: ReadonlyMap<string, string>;
  readonly flags: string[];
  readonly strange: string[];
}

export function parseRoutesText(output: string, family: 4 | 6): ReadEntries<Route> {
  const routes = new EntryList<Route>();
  // All tables were asked for, and in `local` the kernel's own protocol stands: where none does, ip prints none.
  const unsaid = / proto /.test(output) ? 'boot' : UNKNOWN_PROTO;
  /** The line above may be continued: it was a route that was understood. */
  let open = false;
  for (const [at, line] of output.split('\n').entries()) {
    if (line.trim() === '') continue;
    const where = `line ${at + 1}`;
    const words = line.split(/[ \t\r]+/).filter((word) => word !== '');
    const last = routes.entries.at(-1);
    if (/^[ \t]/.test(line)) {
      if (words.shift() !== 'nexthop' || last === undefined || !open) {
        routes.notUnderstood(where, line);
        continue;
      }
      const said = readWords(words);
      routes.entries[routes.entries.length - 1] = { ...last, nexthops: [...last.nexthops, hopOf(said)] };
      if (said.strange.length > 0) routes.notUnderstood(where, said.strange.join(' '));
      continue;
    }
    const type = TYPES.has(words[0] ?? '') ? (words.shift() ?? '') : 'unicast';
    const dst = routePrefix(words.shift() ?? '', family);
    open = dst !== null;
    if (dst === null) {
      routes.notUnderstood(where, line);
      continue;
    }
    const said = readWords(words);
    routes.entries.push(routeOf(said, { type, dst, family, unsaid }));
    if (said.strange.length > 0) routes.notUnderstood(where, said.strange.join(' '));
  }
  return routes;
}

function readWords(words: readonly string[]): Words {
  const values = new Map<string, string>();
  const said: Words = { values, flags: [], strange: [] };
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (FLAGS.has(word)) said.flags.push(word);
    else if (word === 'encap') {
      // Its words are its own until the next hop begins.
      const from = at + 1;
      while (at + 1 < words.length && words[at + 1] !== 'via' && words[at + 1] !== 'dev') at += 1;
      values.set('encap', words.slice(from, at + 1).join(' '));
    } else if (VALUED.has(word)) {
      at += 1;
      if (word === 'via' && (words[at] === 'inet6' || words[at] === 'inet')) at += 1;
      // `mtu lock 1400`: path MTU discovery may not lower it.
      if (words[at] === 'lock') at += 1;
      values.set(word, words[at] ?? '');
    } else if (ASIDE.has(word)) at += words[at + 1] === 'lock' ? 2 : 1;
    else said.strange.push(word);
  }
  return said;
}

const VALUED = new Set('via dev table proto scope metric src tos nhid pref from mtu weight'.split(' '));

function hopOf({ values, flags }: Words): Route['nexthops'][number] {
  return {
    via: values.get('via') ?? null,
    dev: values.get('dev') ?? '',
    weight: Number(values.get('weight') ?? 1) || 1,
    ...(flags.length === 0 ? {} : { flags }),
  };
}

function routeOf(
  { values, flags }: Words,
  {
    type,
    dst,
    family,
    unsaid,
  }: { readonly type: string; readonly dst: string; readonly family: 4 | 6; readonly unsaid: string },
): Route {
  const number = (key: string): number | undefined => {
    const value = Number(values.get(key) ?? NaN);
    return Number.isSafeInteger(value) ? value : undefined;
  };
  return {
    dst,
    family,
    type,
    dev: values.get('dev') ?? null,
    via: values.get('via') ?? null,
    proto: values.get('proto') ?? unsaid,
    scope: values.get('scope') ?? (family === 4 ? 'global' : null),
    table: values.get('table') ?? 'main',
    metric: number('metric') ?? 0,
    prefsrc: values.get('src') ?? null,
    flags,
    nexthops: [],
    ...routeExtras({
      tos: values.get('tos'),
      pref: values.get('pref'),
      from: values.get('from'),
      nhid: number('nhid'),
      mtu: number('mtu'),
    }),
    ...(values.has('encap') ? { encap: values.get('encap') ?? '' } : {}),
  };
}
