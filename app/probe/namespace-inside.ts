// The network of single processes as it looks from within (inside-script.ts): each told apart by what proves whose it is.
import { ok } from '../result.ts';
import { readFirewall } from './firewall-reading.ts';
import { INSIDE_BYTES } from './firewall-script.ts';
import type { InsidesReading, NamespaceInside, UnreadInside } from './inside-facts.ts';
import { ipFacts } from './ip-facts.ts';
import { parseSettings } from './node-settings.ts';
import type { NodeMeta } from './snapshot.ts';
import { lossSentence, sectionOf } from './section-fact.ts';
import type { ReadSection } from './section-reading.ts';
import type { Section } from './section.ts';

/** Null when nobody asked. */
export function insidesOf(
  read: ReadonlyMap<string, ReadSection>,
  nodeLabel: string,
  meta: Pick<NodeMeta, 'uid'>,
): Section<InsidesReading> | null {
  const asked = read.get('insides');
  if (asked === undefined) return null;
  const byPid = new Map<number, Map<string, ReadSection>>();
  for (const [name, section] of read) {
    const [, pid, fact = ''] = /^inside:(\d{1,10}):([\w:]+)$/.exec(name) ?? [];
    if (pid === undefined) continue;
    const own = byPid.get(Number(pid)) ?? new Map<string, ReadSection>();
    own.set(fact, whole(section));
    byPid.set(Number(pid), own);
  }
  const insides: NamespaceInside[] = [];
  const unread: UnreadInside[] = [];
  for (const [pid, own] of byPid) {
    const inside = insideOf(pid, own, nodeLabel, meta);
    if (inside === null) continue;
    if ('inode' in inside) insides.push(inside);
    else unread.push(inside);
  }
  const evidence = [...read].flatMap(([name, { head }]) => (name.startsWith('inside') ? [head.id] : []));
  // What is missing concerns one Pod, and stands with it.
  const base = sectionOf(asked, 'insides of Pods', nodeLabel, () => ok({ read: insides, unread }));
  return { ...base, evidence };
}

/** Cut by the script, which counts bytes: what is left means nothing. */
function whole(section: ReadSection): ReadSection {
  // Its stdout, but where that is empty: then it is stderr, of which there is less in all.
  const [said] = section.ranges;
  const bytes = said === undefined ? 0 : said.end - said.start;
  return bytes >= INSIDE_BYTES ? { ...section, state: 'truncated' } : section;
}

function insideOf(
  pid: number,
  own: ReadonlyMap<string, ReadSection>,
  nodeLabel: string,
  meta: Pick<NodeMeta, 'uid'>,
): NamespaceInside | UnreadInside | null {
  const who = own.get('who');
  const whose = `process ${String(pid)} on ${nodeLabel}`;
  if (who === undefined) return null;
  if (who.state === 'missing-tool')
    return {
      pid,
      sentence: `The inside of ${whose} was not read: nsenter is not installed there (util-linux).`,
    };
  if (who.state === 'not-permitted')
    return {
      pid,
      sentence: `The inside of ${whose} was not read: only root may enter its network namespace.`,
    };
  const inode = /^net:\[(\d{1,12})\]$/m.exec(who.stdout)?.[1];
  const startTicks = startOf(who.stdout);
  // Another process of that number, or none any more.
  if (inode === undefined || startTicks === null || startOf(own.get('still')?.stdout ?? '') !== startTicks)
    return null;
  const facts = ipFacts(own, whose);
  const text = (name: string): string => own.get(name)?.stdout ?? '';
  const { sysctls, sockets, socketsCut, unanswered } = parseSettings({
    sysctls: text('settings'),
    offloads: '',
    wireguard: null,
    felix: '',
    sockets: own.get('sockets')?.state === 'ok' ? text('sockets') : null,
  });
  const { links, routes4, routes6, rules4, rules6, neighbours } = facts;
  const unread = ['settings', 'sockets'].flatMap((name) => {
    const section = own.get(name);
    return section === undefined || section.state === 'ok' ? [] : lossSentence(section, name, whose);
  });
  const filters = readFirewall(own, whose, meta);
  const lost = [links, routes4, routes6, rules4, rules6, neighbours].flatMap((part) => part?.sentence ?? []);
  return {
    pid,
    inode: Number(inode),
    startTicks,
    ...facts,
    sysctls,
    sockets,
    socketsCut,
    unanswered,
    ...nameservers(own.get('resolver')),
    filters,
    at: who.head.at,
    evidence: [...own.values()].map(({ head }) => head.id),
    sentence: [...new Set([...lost, ...unread, ...[filters?.sentence ?? []].flat()])].join(' ') || null,
  };
}

/** The first three count (resolv.conf(5)). */
function nameservers(section: ReadSection | undefined): Pick<NamespaceInside, 'nameservers'> {
  if (section?.state !== 'ok' || section.stdout === '') return {};
  const lines = section.stdout
    .split('\n')
    .flatMap((line) => /^nameserver\s+([0-9a-fA-F.:]{2,45})(?:%\S+)?(?:\s.*)?$/.exec(line)?.[1] ?? []);
  return { nameservers: lines.slice(0, 3) };
}

/** Field 22 of /proc/PID/stat; the name before it may hold anything. */
function startOf(stat: string): number | null {
  const field = stat.slice(stat.lastIndexOf(')') + 2).split(' ', 20)[19];
  return field !== undefined && /^\d{1,16}$/.test(field) ? Number(field) : null;
}
