// Facts that no section of a live node's answer has in this form: what other tools print for people of what a node's own files tell.
import type { LinkAddresses, Link } from '../probe/facts.ts';
import type { FirewallReading } from '../probe/firewall-facts.ts';
import type { SettingsReading } from '../probe/settings-facts.ts';
import { addressLines } from './address-lines.ts';
import { addressRows } from './address-rows.ts';
import type { PieceKind } from './known-commands.ts';
import { briefLinks } from './tools/brief-links.ts';
import { features } from './tools/ethtool-features.ts';
import { ipsetList } from './tools/ipset-list.ts';
import { virtualServers } from './tools/ipvsadm.ts';
import { netstatListeners } from './tools/netstat-listeners.ts';
import { ssListeners } from './tools/ss-listeners.ts';
import { wireguardPeers } from './tools/wg-show.ts';

export interface DirectFacts {
  readonly links?: readonly Link[];
  readonly addresses?: readonly LinkAddresses[];
  readonly settings?: SettingsReading;
  readonly firewall?: FirewallReading;
}

const NO_SETTINGS: SettingsReading = {
  sysctls: new Map(),
  offloads: new Map(),
  wireguard: null,
  felix: new Map(),
  sockets: null,
  socketsCut: [],
  unanswered: [],
  keyedPeers: null,
  unread: 0,
};
const NO_FILTERS: FirewallReading = {
  tables: [],
  rulesMissing: 'all',
  ipsets: [],
  virtualServers: [],
  conntrack: null,
  unread: [],
  unreadCount: 0,
};

/** @param ms when it was printed. */
const DIRECT: { readonly [K in PieceKind]?: (text: string, ms: number) => DirectFacts } = {
  'address-lines': (text) => ({ addresses: byName(addressLines(text)) }),
  'address-rows': (text) => ({ addresses: byName(addressRows(text)) }),
  'brief-links': (text) => ({ links: briefLinks(text) }),
  'ss-listeners': (text) => ({ settings: { ...NO_SETTINGS, sockets: ssListeners(text) } }),
  'netstat-listeners': (text) => ({ settings: { ...NO_SETTINGS, sockets: netstatListeners(text) } }),
  'ethtool-features': (text) => ({ settings: { ...NO_SETTINGS, offloads: features(text) } }),
  'wg-show': (text, ms) => ({
    settings: { ...NO_SETTINGS, wireguard: wireguardPeers(text, Math.floor(ms / 1000)) },
  }),
  'ipset-list': (text) => ({ firewall: { ...NO_FILTERS, ipsets: ipsetList(text) } }),
  ipvsadm: (text) => ({ firewall: { ...NO_FILTERS, virtualServers: virtualServers(text) } }),
};

/** Null for pieces that are sections, or nothing of a node. */
export function directFacts(kind: PieceKind, text: string, ms: number): DirectFacts | null {
  return DIRECT[kind]?.(text, ms) ?? null;
}

/** Their devices are known by name alone. */
function byName(addresses: ReadonlyMap<string, LinkAddresses['addresses']>): LinkAddresses[] {
  return [...addresses].map(([name, own], at) => ({ ifindex: -1 - at, name, addresses: own }));
}
