// The sections that a live node's answer would have had for what a piece holds, by the names of app/probe/discovery-script.ts: their parsers
// then read pasted text as they read a node's.
import { nftTextAsJson, nftUnreadLine } from '../probe/nft-text.ts';
import { FILE_READ, familyOf, tableOf } from './command-line.ts';
import type { PieceKind } from './known-commands.ts';
import { wholeRouteTable } from './route-columns.ts';
import type { Piece } from './scan.ts';

export type Sections = readonly { readonly name: string; readonly text: string }[];

/** Kinds that are not here have no section. */
const SECTIONS: Partial<Record<PieceKind, (piece: Piece, text: string) => Sections | null>> = {
  'ip-addr': (_, text) => [{ name: 'links', text }],
  ifconfig: (_, text) => [{ name: 'links', text }],
  'route-n': (_, text) => [{ name: 'routes4', text }],
  'route-columns': (_, text) => [{ name: 'routes4', text: wholeRouteTable(text) }],
  'ip-route': routeSections,
  'ip-rule': (piece, text) => [{ name: `rules${ruleFamily(piece, text)}`, text }],
  'ip-neigh': (_, text) => [{ name: 'neighbours', text }],
  arp: (_, text) => [{ name: 'neighbours', text }],
  json: jsonSections,
  'bridge-fdb': (_, text) => [{ name: 'fdb', text }],
  'iptables-save': (piece, text) => [
    { name: `${tablesFamily(piece, text)}:${tablesBackend(piece, text)}`, text: savedWithGaps(piece) },
  ],
  'nft-list': ({ lines }) => [
    {
      name: 'nft',
      text: nftTextAsJson(
        lines.map(({ text, isUnread }) => (isUnread === true ? nftUnreadLine(text) : text)).join('\n'),
      ),
    },
  ],
  counters: counterSections,
  sysctl: sysctlSections,
  'bird-protocols': (piece, text) => birdSections(piece, { bird: text }),
  'bird-status': (piece, text) => birdSections(piece, { bird: '', birdstatus: text }),
  'bird-routes': (piece, text) =>
    birdSections(piece, { bird: '', birdroutes: text.split('\n').map(withTab).join('\n') }),
};

/** A rule that could not be read stays one, of which nobody knows what it does. */
function savedWithGaps({ lines }: Piece): string {
  const gap = (text: string): string => {
    const chain = /^(?:\[\d{1,20}:\d{1,20}\] )?-A (\S{1,80}) /.exec(text)?.[1];
    return chain === undefined ? '' : `-A ${chain} -j ${UNREAD_RULE}`;
  };
  return lines.map(({ text, isUnread }) => (isUnread === true ? gap(text) : text)).join('\n');
}

/** No target has that name. */
const UNREAD_RULE = 'lines-that-are-missing';

/** Forums turn tabs into blanks, by which BIRD's client sets attributes off; other routes to the same prefix it indents with blanks. */
function withTab(line: string): string {
  const bracket = line.indexOf('[');
  const isRoute =
    bracket >= 0 && /^\[\S{1,80} /.test(line.slice(bracket, bracket + 82)) && line.includes(']', bracket);
  return isRoute ? line : line.replace(/^[ \t]+/, '\t');
}

/** Who answers is alive. */
function birdSections(piece: Piece, parts: Readonly<Record<string, string>>): Sections {
  const socket = socketOf(piece);
  return [
    { name: 'birds', text: 'visible' },
    ...Object.entries(parts).map(([part, text]) => ({ name: `${part}:${socket}`, text })),
  ];
}

/** `net.ipv4.conf.all.rp_filter = 1` (a device's dots are slashes there), or /proc's file before its content. */
function sysctlSections({ command }: Piece, text: string): Sections | null {
  const asked = FILE_READ.exec(command ?? '')?.[1];
  const lines = text.split('\n').flatMap((line): string[] => {
    const [, name, value = ''] = /^([\w./-]+)\s*[=:](.*)$/.exec(line.trim()) ?? [];
    if (name === undefined) return asked === undefined ? [] : [`sys/${pathOfSysctl(asked)}:${line.trim()}`];
    return [`sys/${pathOfSysctl(name)}:${value.trim()}`];
  });
  const net = lines.filter((line) => line.startsWith('sys/net/'));
  return net.length === 0 ? null : [{ name: 'procsys', text: net.join('\n') }];
}

/** `net.ipv4.conf.eth0/5.rp_filter` → `net/ipv4/conf/eth0.5/rp_filter` (sysctl(8)). */
function pathOfSysctl(name: string): string {
  if (name.startsWith('/')) return name.replace(/^\/proc\/sys\//, '');
  // Whichever of both stands first parts the words.
  return /^\w+\//.test(name) ? name : name.replace(/[./]/g, (mark) => (mark === '.' ? '/' : '.'));
}

/** Null for pieces that no section is for. */
export function sectionsOf(piece: Piece, text: string): Sections | null {
  return SECTIONS[piece.kind]?.(piece, text) ?? null;
}

/** Words of rules that only ip6tables knows (ip6tables-extensions(8)), or an address of IPv6. */
const OF_IP6 =
  /^(?:\[[\d:]+\] )?-A .*\s(?:(?:-[sd]|--to-(?:source|destination)|--\w+-range) \[?[0-9a-f]*:[0-9a-f]*:|-p (?:ipv6-icmp|icmpv6|58)\b|-m icmp6\b|--icmpv6-type\b|--reject-with icmp6-)/m;

/** Its own heading knows, of a file and of several commands in one line, too; then whoever typed it; without both the rules tell, and of rules that any family may have IPv4 is likelier. */
function tablesFamily({ command }: Piece, text: string): 'ip' | 'ip6' {
  const heading = /^# Generated by (ip6?)tables/m.exec(text)?.[1];
  // Not of `/etc/iptables/rules.v6`.
  const typed = /(?:^|[\s/"'(;|&])(ip6?)tables(?:-legacy|-nft)?(?:-save|[\s;|]|$)/.exec(command ?? '')?.[1];
  const remark = /^# .*\b(ip6?)tables/m.exec(text)?.[1];
  return (heading ?? typed ?? remark ?? (OF_IP6.test(text) ? 'ip6' : 'ip')) === 'ip6' ? 'ip6' : 'ip';
}

/** Before 1.8 there was but one, which named no backend. That there are tables of the other is a remark of nft's (xtables-save.c). */
function tablesBackend({ command }: Piece, text: string): 'legacy' | 'nft' {
  return /\bip6?tables-legacy\b/.test(command ?? '') || /^# (?!Warning).*(?:legacy|\bv1\.[0-7]\b)/m.test(text)
    ? 'legacy'
    : 'nft';
}

/** As `head` prints files of /proc, each under its name. */
function counterSections({ command }: Piece, text: string): Sections | null {
  const absolute = /\bnstat\b.*\s-\w*a/.test(command ?? '');
  const lines = text
    .split('\n')
    .flatMap((line) => (/^\w+: /.test(line) ? line : absolute ? nstatLines(line) : []));
  const isNetstat = (line: string): boolean => /^(?:TcpExt|IpExt|MPTcpExt): /.test(line);
  const netstat = lines.filter(isNetstat);
  const snmp = lines.filter((line) => !isNetstat(line));
  if (lines.length === 0) return null;
  const files = `==> self/net/snmp <==\n${snmp.join('\n')}\n\n==> self/net/netstat <==\n${netstat.join('\n')}\n`;
  return [{ name: 'counters', text: files }];
}

/** `IpInReceives 100 0.0` as /proc/net/snmp has it. Without -a they are what came since nstat last ran, and no counter's own. */
function nstatLines(line: string): string[] {
  const [, group, name, count] =
    /^(IpExt|TcpExt|MPTcpExt|IcmpMsg|UdpLite|Icmp|Tcp|Udp|Ip)([A-Z]\w{1,60})\s+(\d{1,20})\s/.exec(line) ?? [];
  return group === undefined || name === undefined || count === undefined
    ? []
    : [`${group}: ${name}`, `${group}: ${count}`];
}

function socketOf({ command }: Piece): string {
  return /-s (\S{1,100})/.exec(command ?? '')?.[1] ?? (/\bbird\w*6\b/.test(command ?? '') ? 'bird6' : 'bird');
}

function ruleFamily({ command }: Piece, text: string): 4 | 6 {
  return (command === null ? null : familyOf(command)) ?? (/\b(?:from|to) [0-9a-f]*:/.test(text) ? 6 : 4);
}

function routeSections({ lines, command }: Piece): Sections {
  const table = command === null ? null : tableOf(command);
  const by: Record<4 | 6, string[]> = { 4: [], 6: [] };
  let family: 4 | 6 = (command === null ? null : familyOf(command)) ?? 4;
  for (const { text } of lines) {
    // Next hops stay with their route; a default without a gateway is of the family around it.
    if (!/^\s/.test(text)) {
      const address =
        /^(?:[a-z]+\s+)?([0-9a-f.:]+)/.exec(text)?.[1] ?? /\bvia (?:inet6? )?([0-9a-f.:]+)/.exec(text)?.[1];
      if (address !== undefined && /[.:]/.test(address)) family = address.includes(':') ? 6 : 4;
    }
    by[family].push(table === null || /^\s|\btable\b/.test(text) ? text : `${text.trimEnd()} table ${table}`);
  }
  return ([4, 6] as const).flatMap((one) =>
    by[one].length === 0 ? [] : [{ name: `routes${one}`, text: by[one].join('\n') }],
  );
}

function jsonSections({ command }: Piece, text: string): Sections | null {
  const start = text.slice(0, 20_000);
  if (/"nftables": ?\[/.test(start)) return [{ name: 'nft', text }];
  const family = (command === null ? null : familyOf(command)) ?? (/"dst": ?"[0-9a-f]*:/.test(start) ? 6 : 4);
  if (/"ifname"/.test(start) && /"link_type"|"flags"/.test(start)) return [{ name: 'links', text }];
  if (/"priority"/.test(start) && /"table"|"action"/.test(start)) return [{ name: `rules${family}`, text }];
  if (/"dst"/.test(start) && /"state": ?\[/.test(start)) return [{ name: 'neighbours', text }];
  if (/"dst"/.test(start) && /"protocol"|"gateway"|"scope"/.test(start))
    return [{ name: `routes${family}`, text }];
  return null;
}
