import { expect, it } from 'vitest';
import { firewallView } from '../firewall/firewall-view.ts';
import type { KnownFirewall } from '../firewall/known-firewall.ts';
import type { FirewallReading } from '../probe/firewall-facts.ts';
import { parseXtablesSave } from '../probe/xtables-save.ts';
import type { DropEntry } from './drop-entry.ts';
import type { DropReason } from './drop-reasons.ts';
import { filterNotes, isFiltered } from './filter-notes.ts';

const table = (forward: number, policy: number, input: number, reject: number): string => `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:cali-pi-x - [0:0]
[${String(input)}:1] -A INPUT -p udp -j DROP
[${String(forward)}:1] -A FORWARD -s 10.0.0.1/32 -j DROP
[${String(policy)}:1] -A cali-pi-x -p tcp -j DROP
[${String(reject)}:1] -A FORWARD -p tcp -j REJECT --reject-with tcp-reset
COMMIT
`;
const reading = (text: string): FirewallReading => ({
  tables: parseXtablesSave(text, { backend: 'nft-compat', family: 'ip', evidence: 'n/ip:nft' }).tables
    .entries,
  ipsets: [],
  virtualServers: [],
  conntrack: null,
  unread: [],
  unreadCount: 0,
});
const names = { podByAddress: new Map(), podByInterface: new Map(), calico: new Map() };
const known: KnownFirewall = {
  before: { reading: reading(table(1, 5, 3, 2)), at: { s: 90, ns: 0 } },
  now: { reading: reading(table(11, 5, 6, 4)), at: { s: 100, ns: 0 } },
  head: { node: 'n', known: true, sentence: null, at: { s: 100, ns: 0 }, interval: 10 },
};
const { dropping } = firewallView(known, names, '');
const entry = (reason: DropReason, namespace: number | null = null): DropEntry => ({
  reason,
  namespace,
  device: null,
  packets: 10,
  proof: [],
});
const notes = (reason: DropReason, at = 98): string[] =>
  filterNotes(entry(reason), { s: at, ns: 0 }, known, dropping);

it('names the rules whose counters moved, where a packet of that reason may meet them', () => {
  expect(notes('firewall-forward')).toEqual([
    'filter FORWARD: rule 1 (-s 10.0.0.1/32 -j DROP) counted 10 in the 10 s up to the latest reading of the filters',
  ]);
  expect(notes('firewall-in')).toEqual([
    'filter INPUT: rule 1 (-p udp -j DROP) counted 3 in the 10 s up to the latest reading of the filters',
  ]);
  expect(notes('reject')).toEqual([
    'filter FORWARD: rule 2 (-p tcp -j REJECT --reject-with tcp-reset) counted 2 in the 10 s up to the latest reading of the filters',
  ]);
});

it('names none for a drop of other seconds, of IPv6, or where rules have one reading only', () => {
  expect(notes('firewall-forward', 80)).toEqual([]);
  expect(notes('firewall-forward', 120)).toEqual([]);
  expect(notes('firewall-output6')).toEqual([]);
  const once = { ...known, before: null, head: { ...known.head, interval: null } };
  expect(filterNotes(entry('firewall-forward'), { s: 98, ns: 0 }, once, dropping)).toEqual([]);
});

it('is about the node’s own filters and about nothing else', () => {
  expect([isFiltered(entry('reject')), isFiltered(entry('reject', 4)), isFiltered(entry('martian'))]).toEqual(
    [true, false, false],
  );
});
