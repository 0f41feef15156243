// The ledger as it is shown: per node and namespace, with names, the last seconds beside all since we are connected.
import type { DropSpot } from '../firewall/firewall-model.ts';
import { firewallNames } from '../firewall/firewall-names.ts';
import { firewallView } from '../firewall/firewall-view.ts';
import { knownFirewall, type KnownFirewall } from '../firewall/known-firewall.ts';
import type { FirewallReading } from '../probe/firewall-facts.ts';
import type { Inventory } from '../probe/inventory.ts';
import type { ListeningSocket } from '../probe/settings-facts.ts';
import type { NodeSnapshot, Section } from '../probe/snapshot.ts';
import type { NodeReading } from '../topology/input.ts';
import type { NodeTime, Topology } from '../topology/model.ts';
import { livingNode } from './living-node.ts';
import type { DropEntry, DropProof } from './drop-entry.ts';
import { dropReasons, type DropReason, type DropWords } from './drop-reasons.ts';
import { filterNotes, isFiltered } from './filter-notes.ts';
import { uncountedSentence } from './reckon-hooks.ts';
import { undecidedSentence } from './undecided.ts';
import { socketNotes } from './socket-notes.ts';
import { vxlanStrangers, type VxlanStranger } from './vxlan-strangers.ts';
import { entryKey, type DropTotal, type Ledger, type LedgerInterval } from './ledger.ts';
import { secondsBetween } from './seconds-between.ts';

export interface DropPlace {
  readonly kind: 'node' | 'pod' | 'namespace';
  readonly name: string;
  readonly podId: string | null;
}

export interface DropRow extends DropWords {
  readonly reason: DropReason;
  readonly place: DropPlace;
  readonly device: string | null;
  /** In the window. */
  readonly packets: number;
  /** Since counting began. */
  readonly total: number;
  readonly lastAt: NodeTime;
  /** Packets in each of `SPARK_PARTS` equal parts of the window, oldest first. */
  readonly spark: readonly number[];
  /** What else is known of it, a sentence each: sockets that it may be about, rules that may be behind it, nodes that send it. */
  readonly notes: readonly string[];
  /** Of the window; of the last time where nothing was dropped in it. */
  readonly proof: readonly DropProof[];
}

export interface NodeDrops {
  readonly label: string;
  /** Counting began and was last looked at, the node's time; null while there is no sample. */
  readonly since: NodeTime | null;
  readonly until: NodeTime | null;
  /** What is not known and why; null when all is. */
  readonly sentence: string | null;
  /** Dropped in the window first, most packets first; at most `MOST_ROWS`. */
  readonly rows: readonly DropRow[];
  /** Rows that found no place. */
  readonly more: number;
}

export interface DropsView {
  readonly seconds: number;
  readonly nodes: readonly NodeDrops[];
}

export const SPARK_PARTS = 30;
const MOST_ROWS = 300;
/** Nodes that are named for one row. */
const MOST_STRANGERS = 5;

export interface DropsRequest {
  /** Null: every node. */
  readonly label: string | null;
  /** Length of the window. */
  readonly seconds: number;
}

/** What names the rules behind drops; left out where there is none. */
export interface FilterSources {
  readonly inventory: Inventory | null;
  /** The reading of the filters before the latest, by node label. */
  readonly earlierFirewalls: ReadonlyMap<string, Section<FirewallReading>>;
}

export interface DropsKnown extends Partial<FilterSources> {
  readonly topology: Topology;
  readonly readings: ReadonlyMap<string, NodeReading>;
  readonly ledgers: ReadonlyMap<string, Ledger>;
}

export function dropsView(known: DropsKnown, { label, seconds }: DropsRequest): DropsView {
  const { topology, readings, ledgers, inventory = null, earlierFirewalls } = known;
  const filtersOf = (node: string): Filters => {
    const firewall = knownFirewall(node, readings.get(node) ?? null, earlierFirewalls?.get(node) ?? null);
    const { dropping } = firewallView(firewall, firewallNames(topology, inventory, node), '');
    return { known: firewall, dropping };
  };
  const byLabel = [...readings].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const nodes = byLabel.flatMap(([name, { snapshot }]): NodeDrops[] => {
    if (label !== null && label !== name) return [];
    const ledger = ledgers.get(name) ?? null;
    const refused = snapshot.counters?.sentence ?? null;
    if (ledger === null) {
      const sentence = refused ?? `The counters of ${name} were not read yet.`;
      return [{ label: name, since: null, until: null, sentence, rows: [], more: 0 }];
    }
    const placeOf = placesOf(topology, name);
    const undecided = undecidedSentence(ledger, seconds, (one) => placeOf(one).name);
    const uncounted = uncountedSentence(ledger.last.reading);
    const unknown = [refused, uncounted, undecided].filter((one) => one !== null);
    const strangers = lazily(() => strangerNotes(vxlanStrangers(topology, readings, name)));
    const filters = lazily(() => filtersOf(name));
    const rows = rowsOf(ledger, seconds, placeOf).map(({ entry, shown }) => ({
      ...shown,
      notes: [
        ...socketNotes(entry, ledger, socketsOf(snapshot)),
        ...(entry.reason === 'vxlan-stranger' ? strangers() : []),
        ...(isFiltered(entry) ? filterNotes(entry, shown.lastAt, filters().known, filters().dropping) : []),
      ],
    }));
    return [
      {
        label: name,
        since: ledger.since,
        until: ledger.last.at,
        sentence: unknown.join(' ') || null,
        rows: rows.slice(0, MOST_ROWS),
        more: ledger.beyond + Math.max(0, rows.length - MOST_ROWS),
      },
    ];
  });
  return { seconds, nodes };
}

function strangerNotes(strangers: readonly VxlanStranger[]): string[] {
  const notes = strangers.slice(0, MOST_STRANGERS).map(({ why }) => `${why}.`);
  const more = strangers.length - notes.length;
  return more > 0 ? [...notes, `${String(more)} more like these.`] : notes;
}

interface Filters {
  readonly known: KnownFirewall;
  readonly dropping: readonly DropSpot[];
}

/** What is asked for once, and only where it is. */
function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}

/** Of the node, and of those Pods that somebody looks at. */
function socketsOf({ settings, insides }: NodeSnapshot): ListeningSocket[] {
  const inside = insides?.value?.read ?? [];
  return [...(settings?.value?.sockets ?? []), ...inside.flatMap(({ sockets }) => sockets ?? [])];
}

type Places = (namespace: number | null) => DropPlace;

interface EntryRow {
  readonly entry: DropEntry;
  readonly shown: Omit<DropRow, 'notes'>;
}

function rowsOf({ intervals, totals, last }: Ledger, seconds: number, placeOf: Places): EntryRow[] {
  const within = intervals.filter(({ to }) => secondsBetween(to, last.at) < seconds);
  return [...totals.values()]
    .filter(({ entry }) => entry.reason !== 'silent-in')
    .map((total) => ({ entry: total.entry, shown: rowOf(total, within, last.at, seconds, placeOf) }))
    .toSorted(
      ({ shown: a }, { shown: b }) => b.packets - a.packets || b.lastAt.s - a.lastAt.s || b.total - a.total,
    );
}

function rowOf(
  total: DropTotal,
  within: readonly LedgerInterval[],
  now: NodeTime,
  seconds: number,
  placeOf: Places,
): EntryRow['shown'] {
  const { entry } = total;
  const key = entryKey(entry);
  const spark = new Array<number>(SPARK_PARTS).fill(0);
  const proof = new Map<string, number>();
  let packets = 0;
  for (const { to, entries } of within) {
    for (const one of entries) {
      if (entryKey(one) !== key) continue;
      packets += one.packets;
      const part = SPARK_PARTS - 1 - Math.floor((secondsBetween(to, now) / seconds) * SPARK_PARTS);
      if (part >= 0 && part < SPARK_PARTS) spark[part] = (spark[part] ?? 0) + one.packets;
      for (const { counter, rise } of one.proof) proof.set(counter, (proof.get(counter) ?? 0) + rise);
    }
  }
  return {
    ...dropReasons[entry.reason],
    reason: entry.reason,
    place: placeOf(entry.namespace),
    device: entry.device,
    packets,
    total: total.packets,
    lastAt: total.lastAt,
    spark,
    proof: packets === 0 ? entry.proof : [...proof].map(([counter, rise]) => ({ counter, rise })),
  };
}

function placesOf(topology: Topology, label: string): Places {
  const node = livingNode(topology, label);
  const byInode = new Map<number, DropPlace>();
  // What has ended is overwritten by what lives: inodes are reused.
  const spaces = Object.values(topology.netns)
    .filter((one) => one.nodeId === node?.id)
    .toSorted((a, b) => Number(a.until === null) - Number(b.until === null));
  for (const space of spaces) {
    const pod = topology.pods[space.podId ?? ''];
    byInode.set(
      space.inode,
      pod === undefined
        ? { kind: 'namespace', name: space.process?.comm ?? `namespace ${space.inode}`, podId: null }
        : {
            kind: 'pod',
            name: pod.namespace === null ? pod.name : `${pod.namespace}/${pod.name}`,
            podId: pod.id,
          },
    );
  }
  return (namespace) =>
    namespace === null
      ? { kind: 'node', name: label, podId: null }
      : (byInode.get(namespace) ?? { kind: 'namespace', name: `namespace ${namespace}`, podId: null });
}
