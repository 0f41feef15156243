// Keeps a watch from taking more of its nodes than they can spare: once a second it looks at what the captures of each take, and says of which
// nodes less, or more again, is to be captured. What is not captured is said to be so: in sentences here, and to the correlator by `peers` of
// the records that begin.
import {
  CAPS,
  NodeGovernor,
  shareThatFits,
  type Caps,
  type Degree,
  type NodeLoad,
  type Step,
} from '../../app/watch/governor.ts';
import { governedSentence, sparedSentence, type Governed } from '../../app/watch/governor-words.ts';
import { fewTalks, type Talk } from '../../app/watch/few-talks.ts';
import type { CaptureLoad, CaptureRecord } from './capture-record.ts';
import { clockTime } from './clock-time.ts';
import type { TalkCount } from './packet-peers.ts';

/** ms: a capture that runs and has not told for so long is late. */
const toldWithinMs = 2_500;
/** ms between two seconds of a node's. */
const shortestMs = 500;
const longestMs = 60_000;
/** Stretches of less beyond these are old news. */
const mostPast = 10;
/** A few may take that much of what is asked of a node: there is some more, and their packets may become more. */
const fewShare = 0.5;

export interface WatchGovernorOptions {
  readonly caps?: Partial<Caps>;
  /** The watched Pod's addresses. */
  readonly own: () => readonly string[];
  /** Addresses that somebody asked for. */
  readonly asked: () => readonly string[];
  /** All addresses that a peer is seen by on the way, itself first; `own` are the Pod's. */
  readonly alsoCalled: (address: string, own: readonly string[]) => readonly string[];
  /** An address with the name of whose it is. */
  readonly nameOf: (address: string) => string;
  /** The captures are of the operator's own filter: there are no few. */
  readonly hasFilter: boolean;
}

/** Where a node stands. */
export interface Standing {
  readonly degree: Degree;
  /** Null: with anybody. */
  readonly peers: readonly string[] | null;
  readonly governed: Governed | null;
  readonly sentence: string | null;
}

type Counters = Readonly<Record<keyof NodeLoad, number>>;
const nothing: Counters = { packets: 0, bytes: 0, cpu: 0, dropped: 0 };
const everything: Standing = { degree: 'all', peers: null, governed: null, sentence: null };

interface Node {
  readonly governor: NodeGovernor;
  standing: Standing;
  /** A second, when it was too much; and how many of them a few may have. */
  packets: number;
  room: number;
}

export class WatchGovernor {
  readonly #options: WatchGovernorOptions;
  readonly #nodes = new Map<string, Node>();
  /** As of the last second that was counted, and what it took in that. */
  readonly #counted = new WeakMap<CaptureRecord, { load: CaptureLoad; rate: Counters }>();
  /** Packets with each of late: of each second half as many as of the one after it. */
  readonly #talks = new Map<string, number>();
  /** What was not captured for a while, in sentences. */
  #ended: readonly string[] = [];

  constructor(options: WatchGovernorOptions) {
    this.#options = options;
  }

  heard(talks: readonly TalkCount[] | null): void {
    if (talks === null) return;
    for (const [address, packets] of this.#talks)
      if (packets < 1) this.#talks.delete(address);
      else this.#talks.set(address, packets / 2);
    for (const { address, packets } of talks)
      this.#talks.set(address, (this.#talks.get(address) ?? 0) + packets);
  }

  of(label: string): Standing {
    return this.#nodes.get(label)?.standing ?? everything;
  }

  get sentences(): readonly string[] {
    return [...[...this.#nodes.values()].flatMap(({ standing }) => standing.sentence ?? []), ...this.#ended];
  }

  /** The watch is over. */
  end(now: number): void {
    for (const node of this.#nodes.values()) {
      this.#past(node.standing, now);
      node.standing = everything;
    }
  }

  /** Once a second. @returns nodes that something else is to be captured of from now on */
  second(now: number, records: readonly CaptureRecord[]): readonly string[] {
    const labels = new Set([...this.#nodes.keys(), ...records.map(({ plan }) => plan.nodeLabel)]);
    return [...labels].filter((label) =>
      this.#look(
        label,
        now,
        records.filter(({ plan }) => plan.nodeLabel === label),
      ),
    );
  }

  #look(label: string, now: number, records: readonly CaptureRecord[]): boolean {
    const node = this.#nodeOf(label);
    const load = this.#loadOf(now, records);
    let few: readonly string[] = [];
    const step = node.governor.second(now, load, (excess) => {
      if (excess !== null) node.room = excess.load.packets * shareThatFits(excess) * fewShare;
      if (excess !== null) node.packets = excess.load.packets;
      few = this.#few(node);
      return few.length > 0;
    });
    if (step === null) return false;
    this.#past(node.standing, now);
    node.standing = this.#standing(step, label, now, few);
    return true;
  }

  #nodeOf(label: string): Node {
    const known = this.#nodes.get(label);
    if (known !== undefined) return known;
    const governor = new NodeGovernor({ ...CAPS, ...this.#options.caps });
    const fresh = { governor, standing: everything, packets: 0, room: 0 };
    this.#nodes.set(label, fresh);
    return fresh;
  }

  /** Of a second that all of them have told of, but for those that are late; null: some may still. */
  #loadOf(now: number, records: readonly CaptureRecord[]): NodeLoad | 'late' | null {
    const told: { readonly record: CaptureRecord; readonly load: CaptureLoad }[] = [];
    let [isLate, isWaited, hasHeard] = [false, false, false];
    for (const record of records) {
      const { load } = record;
      if (record.over || record.state !== 'running' || load === null) continue;
      told.push({ record, load });
      const isFresh = this.#counted.get(record)?.load !== load;
      const isOverdue = now - load.at > toldWithinMs;
      hasHeard ||= isFresh;
      isLate ||= isOverdue;
      isWaited ||= !isOverdue && !isFresh;
    }
    if (isWaited) return null;
    if (!hasHeard) return isLate ? 'late' : null;
    return told.map(({ record, load }) => this.#count(record, load)).reduce(sum, nothing);
  }

  /** All that it took since it was counted last: what one of its ticks told while others were waited for, too. */
  #count(record: CaptureRecord, load: CaptureLoad): Counters {
    const before = this.#counted.get(record);
    if (before?.load === load) return before.rate;
    const rate = before === undefined ? nothing : rateOf(before.load, load);
    this.#counted.set(record, { load, rate });
    return rate;
  }

  #standing(
    { degree, excess, notBefore }: Step,
    label: string,
    now: number,
    few: readonly string[],
  ): Standing {
    if (degree === 'all') return everything;
    const peers = degree === 'few' ? few : [];
    const governed: Governed = {
      ...{ nodeLabel: label, degree, excess, since: clockTime(now) },
      peers: peers.map((address) => this.#options.nameOf(address)),
    };
    return { degree, peers, governed, sentence: governedSentence(governed, clockTime(notBefore)) };
  }

  /** What is over is told as it was. */
  #past({ governed }: Standing, now: number): void {
    if (governed === null) return;
    this.#ended = [...this.#ended, sparedSentence(governed, clockTime(now))].slice(-mostPast);
  }

  /** Whom alone there is room for. */
  #few(node: Node): readonly string[] {
    const { own, asked, alsoCalled, hasFilter } = this.#options;
    if (hasFilter) return [];
    const ours = own();
    const wanted = new Set(asked());
    const counts = this.#talks;
    const total = [...counts.values()].reduce((all, one) => all + one, 0);
    const share = node.packets / Math.max(1, total);
    const groups = new Map<string, { addresses: string[]; packets: number; asked: boolean }>();
    for (const address of new Set([...wanted, ...counts.keys()])) {
      if (ours.includes(address)) continue;
      const names = [...alsoCalled(address, ours)];
      const key = [...names].sort()[0] ?? address;
      const group = groups.get(key) ?? { addresses: names, packets: 0, asked: false };
      group.packets += (counts.get(address) ?? 0) * share;
      group.asked ||= wanted.has(address);
      groups.set(key, group);
    }
    const talks: Talk[] = [...groups.values()];
    return fewTalks(ours, talks, node.room);
  }
}

function sum(a: Counters, b: Counters): Counters {
  return {
    packets: a.packets + b.packets,
    bytes: a.bytes + b.bytes,
    cpu: a.cpu + b.cpu,
    dropped: a.dropped + b.dropped,
  };
}

/** By the node's own seconds, for they may come together; by ours where its clock was set meanwhile. */
function rateOf(before: CaptureLoad, now: CaptureLoad): Counters {
  const byNode = now.nodeMs - before.nodeMs;
  const isSet = byNode < shortestMs || byNode > longestMs;
  const seconds = Math.max(shortestMs, isSet ? now.at - before.at : byNode) / 1000;
  const rate = (of: keyof NodeLoad): number => Math.max(0, now[of] - before[of]) / seconds;
  return { packets: rate('packets'), bytes: rate('bytes'), cpu: rate('cpu'), dropped: rate('dropped') };
}
