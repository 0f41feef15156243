// The sections of the discovery's part `firewall` laid together.
import type { EvidenceId } from './facts.ts';
import type { FirewallReading, FirewallTable } from './firewall-facts.ts';
import { parseIpVs } from './ip-vs.ts';
import { parseIpsets } from './ipset-text.ts';
import { parseNftJson } from './nft-json.ts';
import type { ReadSection } from './section-reading.ts';
import type { NodeMeta, Section } from './snapshot.ts';
import { EntryList, unreadSentence, type ReadEntries } from './unread.ts';
import { parseXtablesSave } from './xtables-save.ts';

/** As the script names them; pasted output may have any of them. */
const SECTIONS = ['filters', 'ip:legacy', 'ip:nft', 'ip6:legacy', 'ip6:nft', 'nft', 'ipsets', 'ipvs'];

/** Null: it was not asked for. */
export function readFirewall(
  read: ReadonlyMap<string, ReadSection>,
  nodeLabel: string,
  meta: Pick<NodeMeta, 'uid'>,
): Section<FirewallReading> | null {
  const filters = read.get('filters');
  const [first] = SECTIONS.flatMap((name) => read.get(name) ?? []);
  if (first === undefined) return null;
  const found = readFilters(filters?.stdout ?? '');
  const missing: string[] = [];
  const tables: FirewallTable[] = [];
  const evidence: EvidenceId[] = [];
  const foreign: Pick<FirewallTable, 'family' | 'name'>[] = [];
  let lacks = found.namesUnreadable;
  const all = new EntryList<never>();
  /** The entries of one command's output; what was not understood of it is noted with the command. */
  const noted = <T>(list: ReadEntries<T>, { head }: ReadSection): readonly T[] => {
    for (const { where, text } of list.unread) all.notUnderstood(`“${head.command}” ${where}`, text);
    all.unreadCount += list.unreadCount - list.unread.length;
    return list.entries;
  };
  /** A section that was answered; another says in a sentence what is not known for it. */
  const answered = (name: string, what: string): ReadSection | null => {
    const section = read.get(name);
    if (section === undefined) return null;
    evidence.push(section.head.id);
    if (section.state !== 'ok') missing.push(whyNot(section, what, nodeLabel));
    // What came before a cut or an error is as true as ever.
    return section.state === 'ok' || section.stdout !== '' ? section : null;
  };

  for (const family of ['ip', 'ip6'] as const) {
    for (const backend of ['legacy', 'nft-compat'] as const) {
      const name = `${family}:${backend === 'legacy' ? 'legacy' : 'nft'}`;
      const section = answered(name, `${NAMES[family]} rules`);
      // nft was asked for what iptables gave up on.
      if (section?.state === 'failed' && read.get('nft')?.state === 'ok') continue;
      lacks ||= isShort(read.get(name));
      if (section === null) continue;
      const save = parseXtablesSave(section.stdout, { backend, family, evidence: section.head.id });
      tables.push(...noted(save.tables, section).filter(({ name }) => !save.incompatible.includes(name)));
      foreign.push(...save.incompatible.map((name) => ({ family, name })));
      if (!save.whole) {
        lacks = true;
        missing.push(
          `“${section.head.command}” on ${nodeLabel} stopped in the middle of a table: rules are missing.`,
        );
      }
    }
  }
  // iptables-nft remarks upon it (xtables-save.c) in what somebody has pasted; of a live node both are read.
  const others = /^# Warning: (ip6?tables-legacy) tables present/m.exec(
    ['ip:nft', 'ip6:nft'].map((name) => read.get(name)?.stdout ?? '').join('\n'),
  )?.[1];
  if (filters === undefined && others !== undefined && !read.has('ip:legacy') && !read.has('ip6:legacy')) {
    lacks = true;
    missing.push(
      `There are tables of the older iptables on ${nodeLabel}, too: paste all that “${others}-save -c” prints.`,
    );
  }
  const nft = answered('nft', 'nftables rules');
  lacks ||= isShort(read.get('nft'));
  if (nft !== null) {
    const listing = parseNftJson(nft.stdout, nft.head.id);
    tables.push(...noted(listing, nft));
    const left = /^tables left out: (\d{1,6})$/m.exec(nft.stderr)?.[1];
    lacks ||= left !== undefined || !listing.isWhole;
    if (left !== undefined)
      missing.push(
        `Tables of nftables on ${nodeLabel} that are not read: ${left} (there are more than 200, or their names cannot be given to nft).`,
      );
  } else if (found.nfTables && !read.has('nft')) {
    // Beside those of iptables there are rarely others; where there are none of these either, whoever makes rules has made them so.
    lacks ||= tables.length === 0;
    missing.push(`nft is not installed on ${nodeLabel}: rules of nftables' own are unknown.`);
  }
  for (const { family, name } of foreign) {
    if (tables.some((table) => table.family === family && table.name === name)) continue;
    lacks = true;
    missing.push(
      `The rules of table ${family} ${name} of ${nodeLabel} are unknown: iptables cannot show them all, and nft is not installed.`,
    );
  }
  const sets = answered('ipsets', 'IP sets');
  const ipvs = answered('ipvs', 'virtual servers of IPVS');
  lacks ||= isShort(read.get('ipvs'));
  // Without root every tool refuses; a security module may keep root out too.
  const refused = ['ip:legacy', 'ip:nft', 'ip6:legacy', 'ip6:nft', 'nft'].some(
    (name) => read.get(name)?.state === 'not-permitted',
  );
  const none = tables.length === 0 && (refused || found.unreadable);
  const value: FirewallReading = {
    tables,
    ...(none ? { rulesMissing: 'all' as const } : lacks ? { rulesMissing: 'some' as const } : {}),
    ipsets: sets === null ? [] : noted(parseIpsets(sets.stdout), sets),
    virtualServers: ipvs === null ? [] : noted(parseIpVs(ipvs.stdout), ipvs),
    conntrack: found.conntrack,
    ...(found.queues === null ? {} : { queues: found.queues }),
    unread: all.unread,
    unreadCount: all.unreadCount,
  };
  const base = {
    evidence: filters === undefined ? evidence : [filters.head.id, ...evidence],
    at: first.head.at,
    value,
  };
  if (none) {
    const why =
      meta.uid === 0 ? 'a security module of the node keeps root from them' : 'only root may read them';
    const sentence = `This login may not read the packet filters of ${nodeLabel}: ${why}.`;
    return { ...base, state: 'not-permitted', sentence };
  }
  const odd = unreadSentence('packet filters', nodeLabel, all);
  if (odd !== null) missing.push(odd);
  return { ...base, state: 'ok', sentence: missing.length === 0 ? null : missing.join(' ') };
}

const NAMES = { ip: 'IPv4', ip6: 'IPv6' } as const;

/** It was asked for, and did not say all. */
function isShort(section: ReadSection | undefined): boolean {
  return section !== undefined && section.state !== 'ok';
}

function whyNot({ head, state, stderr }: ReadSection, what: string, nodeLabel: string): string {
  const said = stderr.trim().split('\n').at(-1)?.slice(0, 200) ?? '';
  const tool = head.command.replace(/^nsenter -t \d+ -n -- /, '').split(' ')[0] ?? '';
  switch (state) {
    case 'missing-tool':
      return `The ${what} of ${nodeLabel} are there, but ${tool} is not installed to show them.`;
    case 'timeout':
      return `The ${what} of ${nodeLabel} are not all known: “${head.command}” did not end in time.`;
    case 'truncated':
      return `The ${what} of ${nodeLabel} are not all known: the answer was cut off.`;
    case 'not-permitted':
      return `This login may not read the ${what} of ${nodeLabel}.`;
    case 'failed':
    case 'ok':
      return `The ${what} of ${nodeLabel} are not all known: “${head.command}” failed${said === '' ? '' : ` (${said})`}.`;
  }
}

function readFilters(text: string): {
  readonly nfTables: boolean;
  readonly unreadable: boolean;
  /** Whether there are legacy tables is not known. */
  readonly namesUnreadable: boolean;
  readonly conntrack: FirewallReading['conntrack'];
  readonly queues: readonly number[] | null;
} {
  const said = new Map(text.split('\n').map((line) => [line.split(' ')[0] ?? '', line]));
  const number = (name: string): number | null => {
    const word = said.get(name)?.split(' ')[1];
    return word !== undefined && /^\d{1,15}$/.test(word) ? Number(word) : null;
  };
  const count = number('nf_conntrack_count');
  const max = number('nf_conntrack_max');
  return {
    nfTables: /^kernel nf_tables$/m.test(text),
    unreadable: said.has('unreadable'),
    namesUnreadable: /^unreadable ip6?_tables_names$/m.test(text),
    conntrack: count === null || max === null ? null : { count, max },
    queues: queuesOf(said.get('nfnetlink_queue')),
  };
}

/** Of nine words the first is a queue's number (net/netfilter/nfnetlink_queue.c seq_show). */
const QUEUE_WORDS = 9;

function queuesOf(line: string | undefined): number[] | null {
  if (line === undefined) return null;
  const words = line.split(' ').slice(1);
  if (words.length % QUEUE_WORDS !== 0 || !words.every((word) => /^-?\d{1,10}$/.test(word))) return null;
  return words.filter((_, at) => at % QUEUE_WORDS === 0).map(Number);
}
