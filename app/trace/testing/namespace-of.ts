// For tests: a namespace as one reads it on a node, from what `ip`, `iptables-save`, `nft`, `sysctl` and `ss` print there.
import type { FirewallReading, FirewallTable, VirtualServer } from '../../probe/firewall-facts.ts';
import type { Link, LinkAddresses, PolicyRule } from '../../probe/facts.ts';
import { parseAddressesJson, parseAddressesText } from '../../probe/ip-addresses.ts';
import { parseLinksJson, parseLinksText } from '../../probe/ip-links.ts';
import { parseNeighboursJson, parseNeighboursText } from '../../probe/ip-neighbours.ts';
import { parseRoutesText } from '../../probe/ip-routes-text.ts';
import { parseRoutesJson } from '../../probe/ip-routes.ts';
import { parseRulesJson, parseRulesText } from '../../probe/ip-rules.ts';
import { parseNftJson } from '../../probe/nft-json.ts';
import type { ListeningSocket } from '../../probe/settings-facts.ts';
import { parseXtablesSave } from '../../probe/xtables-save.ts';
import type { Result } from '../../result.ts';
import { devicesOf } from '../../route/devices.ts';
import { Fib } from '../../route/fib.ts';
import type { InterfaceEntity } from '../../topology/model.ts';
import type { TracedNamespace } from '../namespace.ts';

/** Each as it is printed, text or JSON. Left out: it was not read. */
export interface PrintedNamespace {
  readonly name?: string;
  readonly isPod?: boolean;
  readonly pid?: number;
  /** `ip -d addr show`. */
  readonly addresses?: string;
  /** `ip -4 route show table all`. */
  readonly routes4?: string;
  readonly routes6?: string;
  readonly rules4?: string;
  readonly rules6?: string;
  readonly neighbours?: string;
  /** `net.ipv4.conf.eth0.rp_filter = 1`, or as `grep -H` prints files below /proc/sys. */
  readonly sysctls?: string;
  /** `iptables-save -c`, and `ip6tables-save -c`. */
  readonly iptables?: string;
  readonly ip6tables?: string;
  /** `nft -j list ruleset`. */
  readonly nft?: string;
  /** `tcp 0.0.0.0:8080` a line. */
  readonly sockets?: string;
  readonly conntrack?: { readonly count: number; readonly max: number };
  readonly virtualServers?: readonly VirtualServer[];
}

const KINDS = [
  'links',
  'routes4',
  'rules4',
  'routes6',
  'rules6',
  'neighbours',
  'firewall',
  'settings',
  'sockets',
];

export function namespaceOf(printed: PrintedNamespace): TracedNamespace {
  const { name = 'worker', isPod = false, pid = null, sysctls, sockets, neighbours } = printed;
  const links = read(printed.addresses ?? '', parseLinksJson, parseLinksText);
  const addresses = read(printed.addresses ?? '', parseAddressesJson, parseAddressesText);
  const filtered =
    printed.iptables ?? printed.ip6tables ?? printed.nft ?? printed.conntrack ?? printed.virtualServers;
  return {
    netnsId: `netns:${name}`,
    nodeId: `node:${name}`,
    nodeLabel: name,
    name,
    isPod,
    pid,
    fib: {
      4: fib(4, printed.routes4, printed.rules4, links),
      6: fib(6, printed.routes6, printed.rules6, links),
    },
    devices: new Map(links.map((link) => [link.name, entity(link, addresses, links)])),
    links: new Map(links.map((link) => [link.name, link])),
    neighbours: neighbours === undefined ? null : read(neighbours, parseNeighboursJson, parseNeighboursText),
    fdb: null,
    sysctls: sysctls === undefined ? null : sysctlsOf(sysctls),
    filters: filtered === undefined ? null : filtersOf(printed),
    sockets: sockets === undefined ? null : sockets.split('\n').flatMap((line) => socketOf(line.trim())),
    unread: [],
    evidence: new Map(KINDS.map((kind) => [kind, `${name}/${kind}`])),
  };
}

function read<T>(
  text: string,
  json: (text: string) => Result<T[], string>,
  plain: (text: string) => T[],
): T[] {
  if (!/^\s*[[{]/.test(text)) return plain(text);
  const parsed = json(text);
  if (!parsed.ok) throw new Error(parsed.failure);
  return parsed.value;
}

function fib(
  family: 4 | 6,
  routes: string | undefined,
  rules: string | undefined,
  links: readonly Link[],
): Fib | null {
  if (routes === undefined) return null;
  const parsed = /^\s*[[{]/.test(routes) ? parseRoutesJson(routes, family) : null;
  if (parsed?.ok === false) throw new Error(parsed.failure);
  const { entries, unread } = parsed?.value ?? parseRoutesText(routes, family);
  if (unread.length > 0) throw new Error(JSON.stringify(unread));
  return new Fib(family, entries, rulesOf(family, rules), devicesOf(links));
}

function rulesOf(family: 4 | 6, rules: string | undefined): readonly PolicyRule[] {
  if (rules === undefined) return [];
  const parsed = /^\s*[[{]/.test(rules) ? parseRulesJson(rules, family) : null;
  if (parsed?.ok === false) throw new Error(parsed.failure);
  return (parsed?.value ?? parseRulesText(rules, family)).entries;
}

function entity(link: Link, addresses: readonly LinkAddresses[], links: readonly Link[]): InterfaceEntity {
  return {
    id: `if:${link.name}`,
    nodeId: '',
    netnsId: '',
    since: { s: 0, ns: 0 },
    until: null,
    evidence: [],
    ifindex: link.ifindex,
    name: link.name,
    kind: link.kind,
    ...(link.kernelKind === undefined ? {} : { kernelKind: link.kernelKind }),
    ...(link.tunnel === undefined ? {} : { tunnel: link.tunnel }),
    role: 'other',
    mac: link.mac,
    mtu: link.mtu,
    operstate: link.operstate,
    adminUp: link.adminUp,
    carrier: link.carrier,
    addresses: addresses.find(({ ifindex }) => ifindex === link.ifindex)?.addresses ?? [],
    peer: null,
    masterIfindex: links.find((one) => one.name === link.masterName)?.ifindex ?? null,
  };
}

function sysctlsOf(text: string): Map<string, string> {
  return new Map(
    text.split('\n').flatMap((line): [string, string][] => {
      const dotted = /^\s*net\.(\S+) = (.*)$/.exec(line);
      if (dotted !== null) return [[(dotted[1] ?? '').replaceAll('.', '/'), dotted[2] ?? '']];
      const file = /sys\/net\/(\S+):(.*)$/.exec(line);
      return file === null ? [] : [[file[1] ?? '', file[2] ?? '']];
    }),
  );
}

function filtersOf({
  iptables,
  ip6tables,
  nft,
  conntrack,
  virtualServers = [],
}: PrintedNamespace): FirewallReading {
  const saved = (text: string | undefined, family: 'ip' | 'ip6'): readonly FirewallTable[] =>
    text === undefined
      ? []
      : parseXtablesSave(text, { backend: 'nft-compat', family, evidence: '' }).tables.entries;
  const tables = [
    ...saved(iptables, 'ip'),
    ...saved(ip6tables, 'ip6'),
    ...(nft === undefined ? [] : parseNftJson(nft, '').entries),
  ];
  return {
    tables,
    ipsets: [],
    virtualServers,
    conntrack: conntrack ?? null,
    unread: [],
    unreadCount: 0,
  };
}

/** `tcp6 [::]:8080`. */
function socketOf(line: string): ListeningSocket[] {
  const match = /^(tcp6?|udp6?) \[?([0-9a-f.:]+?)\]?:(\d+)$/.exec(line);
  if (match === null) return [];
  const [, protocol, address = '', port = ''] = match;
  const named = protocol === 'tcp6' || protocol === 'udp' || protocol === 'udp6' ? protocol : 'tcp';
  return [{ pid: null, protocol: named, address, port: Number(port), waiting: 0, drops: 0 }];
}
