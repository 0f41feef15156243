// What `ip` and its forerunners tell of one network namespace: devices, addresses, routes, rules, neighbours. By the same words for a node's
// own and for a Pod's.
import { fail, ok, type Result } from '../result.ts';
import { parseFdbJson, parseFdbText } from './bridge-fdb.ts';
import type { Link, LinkAddresses, Neighbour, PolicyRule, Route } from './facts.ts';
import { parseIfconfig } from './ifconfig.ts';
import type { IpFacts } from './inside-facts.ts';
import { parseAddressesJson, parseAddressesText } from './ip-addresses.ts';
import { parseLinksJson, parseLinksText } from './ip-links.ts';
import { parseNeighboursJson, parseNeighboursText } from './ip-neighbours.ts';
import { parseRoutesText } from './ip-routes-text.ts';
import { parseRoutesJson } from './ip-routes.ts';
import { parseRulesJson, parseRulesText } from './ip-rules.ts';
import { parseArp, parseRouteTable, routeLine } from './net-tools.ts';
import { sectionTaker } from './section-fact.ts';
import type { ReadSection } from './section-reading.ts';
import type { Section } from './section.ts';
import { unreadSentence, type ReadEntries } from './unread.ts';

/** `read`: sections by the script's names for a node's own; `whose`: how sentences name the namespace's owner. */
export function ipFacts(read: ReadonlyMap<string, ReadSection>, whose: string): IpFacts {
  const take = sectionTaker(read, whose);
  const entries = <T>(
    name: string,
    what: string,
    json: (text: string) => Result<ReadEntries<T>, string>,
    text: (text: string) => ReadEntries<T>,
  ): Section<T[]> | null => {
    const section = take(name, what, (read) => entriesByFormat(read, json, text));
    const value = section?.value ?? null;
    if (section === null || value === null) return section === null ? null : { ...section, value: null };
    return { ...section, value: value.entries, sentence: unreadSentence(what, whose, value) };
  };
  const routes = (family: 4 | 6): Section<Route[]> | null =>
    entries(
      `routes${family}`,
      `IPv${family} routes`,
      (text) => parseRoutesJson(text, family),
      (text) => routesText(text, family),
    );
  const rules = (family: 4 | 6): Section<PolicyRule[]> | null =>
    entries(
      `rules${family}`,
      `IPv${family} routing rules`,
      (text) => parseRulesJson(text, family),
      (text) => parseRulesText(text, family),
    );
  return {
    links: take('links', 'network devices', (section) => byFormat(section, parseLinksJson, linksText)),
    // `ip addr` prints the devices with their addresses.
    addresses: take('links', 'addresses', (section) => byFormat(section, parseAddressesJson, addressesText)),
    routes4: routes(4),
    routes6: routes(6),
    rules4: rules(4),
    rules6: rules(6),
    neighbours: take('neighbours', 'neighbours', (section) =>
      byFormat(section, parseNeighboursJson, neighboursText),
    ),
    fdb: entries('fdb', 'forwarding entries of bridges and tunnels', parseFdbJson, parseFdbText),
  };
}

/** By the answer itself: a machine without ip has been asked with net-tools. */
function linksText(text: string): Link[] {
  const links = parseLinksText(text);
  return links.length > 0 ? links : [...parseIfconfig(text).links];
}

function addressesText(text: string): LinkAddresses[] {
  const found = parseAddressesText(text);
  return found.length > 0 ? found : [...parseIfconfig(text).addresses];
}

function neighboursText(text: string): Neighbour[] {
  const found = parseNeighboursText(text);
  return found.length > 0 ? found : parseArp(text);
}

function routesText(text: string, family: 4 | 6): ReadEntries<Route> {
  // Its lines begin as ip's do.
  const table = family === 4 && text.split('\n', 5).some((line) => routeLine(line) !== null);
  return table
    ? { entries: parseRouteTable(text), unread: [], unreadCount: 0 }
    : parseRoutesText(text, family);
}

/** By the answer itself: iproute2 4.14 to 4.16 take `-j` and print routes, rules and neighbours as text all the same. */
function byFormat<T>(
  { stdout }: ReadSection,
  json: (text: string) => Result<T[], string>,
  text: (text: string) => T[],
): Result<T[], string> {
  if (/^\s*[[{]/.test(stdout)) return json(stdout);
  const entries = text(stdout);
  return entries.length === 0 && stdout.trim() !== '' ? fail('neither JSON nor a line of ip') : ok(entries);
}

function entriesByFormat<T>(
  { stdout }: ReadSection,
  json: (text: string) => Result<ReadEntries<T>, string>,
  text: (text: string) => ReadEntries<T>,
): Result<ReadEntries<T>, string> {
  if (/^\s*[[{]/.test(stdout)) return json(stdout);
  const read = text(stdout);
  return read.entries.length === 0 && stdout.trim() !== '' ? fail('neither JSON nor a line of ip') : ok(read);
}
