// Of which tables all that a node has was pasted: `routes4 main`, `filters ip nat`. Where the command stands beside its output, it says so;
// else the output itself has to look as nothing that a filter would leave. A part is taken for the whole only where nothing speaks for a part.
import type { Route } from '../probe/facts.ts';
import type { FirewallReading } from '../probe/firewall-facts.ts';
import type { NodeSnapshot } from '../probe/snapshot.ts';
import { wholeFilters } from '../probe/whole-filters.ts';
import { wholeRoutes } from '../probe/whole-routes.ts';
import { routeColumns } from './route-columns.ts';
import type { Piece } from './scan.ts';

/** All tables of a family, or of nftables. */
export const ALL = '*';

export function wholeLists(piece: Piece, snapshot: NodeSnapshot): ReadonlySet<string> {
  if (piece.kind === 'collected') return ofCollected(snapshot);
  const whole = new Set<string>();
  if (piece.broken) return whole;
  for (const name of ['routes4', 'routes6'] as const) {
    const routes = snapshot[name]?.value ?? null;
    if (routes === null) continue;
    const asked = piece.command === null ? null : askedRoutes(piece.command);
    if (asked === 'part' || (asked === null && !looksWhole(piece, routes))) continue;
    for (const { table } of routes) whole.add(`${name} ${table}`);
    // That lists all tables, and of one nothing, has nothing there.
    if (asked === 'all' || listsAll(routes)) whole.add(`${name} ${ALL}`);
  }
  const filters = snapshot.firewall?.value ?? null;
  if (filters !== null) for (const table of wholeFilterTables(piece, filters)) whole.add(`filters ${table}`);
  return whole;
}

function ofCollected(snapshot: NodeSnapshot): ReadonlySet<string> {
  const routes = (['routes4', 'routes6'] as const).filter((name) => wholeRoutes(snapshot[name]) !== null);
  const { firewall } = snapshot;
  const filters = wholeFilters(firewall) !== null;
  const all = ['nft', 'ip', 'ip6', 'ipvs'].map((of) => `filters ${of} ${ALL}`);
  return new Set([...routes.map((name) => `${name} ${ALL}`), ...(filters ? all : [])]);
}

/** Those of the kernel's own are asked for by their name, or with all. */
function listsAll(routes: readonly Route[]): boolean {
  return ['local', 'main'].every((name) => routes.some(({ table }) => table === name));
}

/** What passes on all that it gets. */
const PAGER = /^\s*(?:(?:cat|less|more|sort|column|nl)(?: -\S+)*|tee(?: -a)? \S+)\s*$/;
/** What picks columns and no rows. */
const COLUMNS = /^\s*(?:awk '?\{[^/]*\}'?|cut .*|tr .*)\s*$/;
const IP_ROUTE =
  /\bip(?:\s+-\S+(?:\s+inet6?)?)*\s+r(?:o|ou|out|oute)?(?:\s+(?:s|sh|sho|show|l|ls|li|lis|list))?(?:\s+(?:t|tab|table)\s+(\S+))?\s*$/;
const LEGACY = /(?:^|[\s/'"])(?:route|netstat\s+-\w*r\w*)(?:\s+(?:-\w+|inet6?))*\s*$/;
const ASKS_ROUTES =
  /\bip(?:\s+-\S+(?:\s+inet6?)?)*\s+r(?:o|ou|out|oute)?(?:\s|$)|(?:^|\s|bin\/|['"])route(?=\s+-|\s*['"|)]|\s*$)|\bnetstat\s+-\w*r/;

/** `table`: of the one that it names, or of main; `all`: of all; `part`: of some, or of several that nobody can tell apart. Null: it does not ask for routes by itself (a script, `cat FILE`). */
function askedRoutes(command: string): 'table' | 'all' | 'part' | null {
  const asked = command.split(/;|&&|\|\|/).filter((one) => ASKS_ROUTES.test(one));
  const named = new Set<string>();
  const answers = asked.map((one): 'table' | 'all' | 'part' => {
    const [first = '', ...filters] = one.split('|');
    if (!filters.every((filter) => PAGER.test(filter) || COLUMNS.test(filter))) return 'part';
    const bare = first.replace(/['")\s]+$|\s*\d?>\s*\S+\s*$/g, '');
    const table = IP_ROUTE.exec(bare);
    if (table === null && !LEGACY.test(bare)) return 'part';
    if (table?.[1] === 'all') return 'all';
    named.add(table?.[1] ?? 'main');
    return 'table';
  });
  const [only = null] = answers;
  // Which of them this one is the output of is not known.
  return answers.includes('part') || named.size > 1 ? 'part' : answers.includes('table') ? 'table' : only;
}

/** Nobody said which command it was: its heading, or what grep would not leave, a default route or a network, and more devices than one. */
function looksWhole({ kind, lines }: Piece, routes: readonly Route[]): boolean {
  const first = lines[0]?.text ?? '';
  if (kind === 'route-n' && !/^\d/.test(first)) return true;
  if (kind === 'route-columns' && routeColumns(first) !== null) return true;
  const unicast = routes.filter(({ type }) => type === 'unicast');
  const devices = unicast.map(({ dev, nexthops }) => dev ?? nexthops[0]?.dev ?? null);
  const hasWayOut = unicast.some(
    ({ dst, via }) => dst.endsWith('/0') || (via === null && !/\/(?:32|128)$|^fe80:/.test(dst)),
  );
  // `ip route show dev eth0` leaves the device out.
  if (devices.includes(null) || !hasWayOut) return false;
  return new Set(devices).size > 1 || unicast.length < routes.length;
}

const SAVE = /\bip6?tables(?:-legacy|-nft)?-save\b(.*)$/;
const NFT_LIST = /\bnft(?:\s+-\S+)*\s+list\b(.*)$/;

/** As `askedRoutes`; `table`: of those that it names. */
function askedFilters(command: string): 'table' | 'all' | 'part' | null {
  const answers = command.split(/;|&&|\|\|/).flatMap((one): ('table' | 'all' | 'part')[] => {
    const [first = '', ...filters] = one.split('|');
    const [save, list] = [SAVE.exec(first)?.[1], NFT_LIST.exec(first)?.[1]];
    if (save === undefined && list === undefined) return [];
    if (!filters.every((filter) => PAGER.test(filter))) return ['part'];
    return /\s(?:-t|--table)|^\s+table\b/.test(save ?? list ?? '')
      ? ['table']
      : save !== undefined || /^\s+ruleset(?!\s+(?:ip6?|inet|arp|bridge|netdev)\b)/.test(list ?? '')
        ? ['all']
        : ['part'];
  });
  const [first = null] = answers;
  return (['part', 'all', 'table'] as const).find((one) => answers.includes(one)) ?? first;
}

function wholeFilterTables({ kind, command }: Piece, { tables, rulesMissing }: FirewallReading): string[] {
  if (rulesMissing !== undefined || tables.length === 0) return [];
  const asked = command === null ? null : askedFilters(command);
  if (asked === 'part') return [];
  const all = asked === 'all' || (asked === null && tables.length > 1);
  const families = new Set(tables.map(({ family }) => family));
  if (all)
    return kind === 'iptables-save' ? [...families].map((family) => `${family} ${ALL}`) : [`nft ${ALL}`];
  return tables.map(({ family, name }) => `${family} ${name}`);
}
