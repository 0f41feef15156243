// Captures of what happened, each with its own clock, beginning, end and losses; and a correlator that is fed with them in any interleaving.
import { LinkType } from '../../packet/testing/packets/link.ts';
import { pcap } from '../../packet/testing/pcap.ts';
import { PacketStore } from '../../packet/store/packet-store.ts';
import { Correlator } from '../correlator.ts';
import type { Trail, Way } from '../model.ts';
import {
  CLIENT_NODE,
  CLIENT_POD,
  SERVER_NODE,
  SERVER_POD,
  type Ends,
  type Hop,
  type Network,
} from './network.ts';
import { addressesOf } from './packets.ts';
import type { Happened } from './traffic.ts';
import type { Passing } from './travels.ts';

export const BASE = 1_700_000_000;
export const PLACES = [CLIENT_POD, CLIENT_NODE, SERVER_NODE, SERVER_POD] as const;
const SECOND = 1e9;
const SNAPLEN = 192;

export interface CaptureFate {
  /** Seconds of true time; packets outside are not seen. */
  readonly from: number;
  /** Infinity: it runs to the end. */
  readonly until: number;
  /** Of each so many packets the kernel loses one; 0: none. */
  readonly loses: number;
}

export interface Watch {
  /** By place. */
  readonly fates: readonly CaptureFate[];
  /** ns by which the second node's clock is ahead, and whether the correlator is told. */
  readonly ahead: number;
  readonly aheadIsKnown: boolean;
  /** Draws of the interleaving: which capture goes on, by how many items, whether somebody looks then. */
  readonly turns: readonly { readonly place: number; readonly items: number; readonly looks: boolean }[];
  /** Ways are foretold. */
  readonly foretold: boolean;
}

/** A packet in a capture, or one that it lost. */
export interface Record {
  readonly passing: Passing;
  readonly place: number;
  /** The node's own time, ns since the base second. */
  readonly at: number;
  readonly lost: boolean;
}

export interface Seen {
  /** The last revision of each, not those that were withdrawn. */
  readonly trails: readonly Trail[];
  /** By number in the store. */
  readonly records: ReadonlyMap<number, Record>;
  readonly all: readonly Record[];
  readonly correlator: Correlator;
  readonly hopOf: (visit: number) => string;
  /** Finals that changed, ids that came twice, and the like. */
  readonly disorder: readonly string[];
}

export const hopName = ({ place, ifindex, way }: Pick<Hop, 'place' | 'ifindex' | 'way'>): string =>
  `${String(place)}/${String(ifindex)}/${way}`;

type Item =
  | { readonly kind: 'packet'; readonly record: Record }
  | { readonly kind: 'tick'; readonly at: number; readonly dropped: number };

export function recordsOf(happened: Happened, { fates, ahead }: Watch): readonly Record[] {
  const counts = new Map<number, number>();
  return happened.passings.flatMap((passing): Record[] => {
    const { place } = passing.hop;
    const fate = fates[place - 1];
    if (fate === undefined || passing.at < fate.from * SECOND || passing.at > fate.until * SECOND) return [];
    const count = (counts.get(place) ?? 0) + 1;
    counts.set(place, count);
    const own = passing.at + (happened.network.nodes.get(place) === 1 ? 0 : ahead);
    // tcpdump tells microseconds.
    const at = Math.floor(own / 1000) * 1000;
    return [{ passing, place, at, lost: fate.loses > 0 && count % fate.loses === 0 }];
  });
}

export function watch(happened: Happened, watched: Watch): Seen {
  const { network } = happened;
  const all = recordsOf(happened, watched);
  const store = new PacketStore({ maxBytes: 64_000_000 });
  const correlator = new Correlator({ baseSecond: BASE });
  const addresses = addressesOf(network);
  const aheadOf = (place: number): number => (network.nodes.get(place) === 1 ? 0 : watched.ahead);
  if (watched.aheadIsKnown) correlator.clocks.set(2, -watched.ahead, 1_000_000);
  const queues = PLACES.map((place) => {
    const fate = watched.fates[place - 1];
    const begins = (fate?.from ?? 0) * SECOND + aheadOf(place);
    const node = network.nodes.get(place) ?? 1;
    const receives = new Set<string>();
    const common = { ifindex: null, addresses, peers: null, outside: [], seesCarried: true };
    correlator.capture(place, { place, node, ...common, receives });
    correlator.tick(place, nodeTime(begins), 0);
    return { place, fate, items: itemsOf(all, place, begins, fate?.until ?? Infinity, happened.end), at: 0 };
  });
  if (watched.foretold) foretell(correlator, network, happened);
  const decoders = new Map(PLACES.map((place) => [place, store.decoder(place)]));
  for (const decoder of decoders.values()) decoder.push(pcap(LinkType.linuxSll2, []));
  const records = new Map<number, Record>();
  const told = new Map<number, Trail>();
  const disorder: string[] = [];

  for (const { place, items, looks } of turnsOf(watched)) {
    const open = queues.filter((queue) => queue.at < queue.items.length);
    const queue = open[place % Math.max(1, open.length)];
    if (queue === undefined) break;
    for (const item of queue.items.slice(queue.at, queue.at + items)) deliver(queue.place, item);
    queue.at += items;
    if (queue.at >= queue.items.length && queue.fate?.until !== Infinity) correlator.end(queue.place);
    if (looks) look(correlator.look());
  }
  look(correlator.look());
  look(correlator.finish());
  if (correlator.waiting > 0) disorder.push(`${String(correlator.waiting)} sightings are left`);
  const trails = [...told.values()].filter(({ verdict }) => verdict !== 'withdrawn');
  for (const { id, final } of trails) if (!final) disorder.push(`trail ${String(id)} is not final`);
  const hopOf = (visit: number): string => {
    const at = correlator.visits.at(visit);
    return at === null ? 'nowhere' : `${String(at.place)}/${String(at.ifindex)}/${at.way}`;
  };
  return { trails, records, all, correlator, hopOf, disorder };

  function deliver(place: number, item: Item): void {
    if (item.kind === 'tick') {
      correlator.tick(place, nodeTime(item.at), item.dropped);
      return;
    }
    const { record } = item;
    const [seconds, fraction] = [BASE + Math.floor(record.at / SECOND), (record.at % SECOND) / 1000];
    const { frame } = record.passing;
    const packet = { bytes: frame.slice(0, SNAPLEN), len: frame.length, seconds, fraction };
    decoders.get(place as 1)?.push(pcap(LinkType.linuxSll2, [packet]).slice(24));
    records.set(store.total, record);
    const segment = store.segments.at(-1);
    if (segment !== undefined) correlator.take(segment, segment.count - 1, segment.count);
  }

  function look(trails: readonly Trail[]): void {
    for (const trail of trails) {
      const before = told.get(trail.id);
      if (before?.final === true) disorder.push(`trail ${String(trail.id)} was final`);
      if (trail.revision !== (before?.revision ?? 0) + 1)
        disorder.push(`trail ${String(trail.id)} skips a revision`);
      told.set(trail.id, trail);
    }
  }
}

function* turnsOf({ turns }: Watch): Generator<Watch['turns'][number]> {
  yield* turns;
  for (;;) yield { place: 0, items: 1000, looks: true };
}

function nodeTime(at: number): { s: number; ns: number } {
  const s = Math.floor(at / SECOND);
  return { s: BASE + s, ns: at - s * SECOND };
}

/** A capture's packets, and each second its tick. */
function itemsOf(
  all: readonly Record[],
  place: number,
  from: number,
  until: number,
  end: number,
): readonly Item[] {
  const own = all.filter((record) => record.place === place).sort((a, b) => a.at - b.at);
  const items: Item[] = [];
  let [next, dropped] = [0, 0];
  const last = Math.min(until * SECOND, end + 15 * SECOND);
  for (let at = from + SECOND; at < last + SECOND; at += SECOND) {
    for (let record = own[next]; record !== undefined && record.at < at; record = own[(next += 1)])
      if (record.lost) dropped += 1;
      else items.push({ kind: 'packet', record });
    items.push({ kind: 'tick', at, dropped });
  }
  return items;
}

function isAs(one: Ends, other: Ends): boolean {
  return one.client === other.client && one.server === other.server;
}

/** Each flow's way, from where it is seen first. */
function foretell(correlator: Correlator, network: Network, { passings }: Happened): void {
  const store = new PacketStore({ maxBytes: 64_000_000 });
  const decoder = store.decoder(1);
  decoder.push(pcap(LinkType.linuxSll2, []));
  for (const { hop, frame, units } of passings) {
    decoder.push(pcap(LinkType.linuxSll2, [{ bytes: frame }]).slice(24));
    const segment = store.segments.at(-1);
    const path = units[0]?.path;
    if (segment === undefined || path === undefined) continue;
    const flow = correlator.flows.of(segment, segment.count - 1);
    const ends = network.ends[hop.side];
    const isForth = correlator.flows.tuple(flow)?.source === ends.client;
    const [source, destination] = isForth ? [ends.client, ends.server] : [ends.server, ends.client];
    const begins = path.findIndex(({ side }) => isAs(network.ends[side], ends));
    const way: Way = {
      visits: path.slice(begins).map(({ place, ifindex, way: to, carried }) => ({
        visit: correlator.visits.of(place, ifindex, to),
        ends: { source, destination },
        carried,
      })),
      end: 'delivered',
      takes: {},
    };
    correlator.expect(flow, way);
  }
}
