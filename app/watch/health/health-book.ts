// What ails flows, from their trails: each once it is final, in order of time. Trails become final out of order, for what is whole is so at
// once; they wait here until all before them are.
import { IpProtocol } from '../../packet/columns/ip-protocol.ts';
import type { PacketSegment } from '../../packet/store/packet-segment.ts';
import { DAY_NS, dayOf } from '../chains.ts';
import type { Trail } from '../model.ts';
import { BlackHole } from './black-hole.ts';
import { ClosedWindow } from './closed-window.ts';
import { DnsNotes } from './dns-notes.ts';
import type { HealthContext, HealthState, Lasting, Unanswered } from './model.ts';
import { SentAgain } from './sent-again.ts';
import { UnansweredQuestions, type Asked } from './unanswered.ts';

const SYN = 0x02;
const RST = 0x04;
const ACK = 0x10;

/** ns: a SYN is sent again after one second, and after two more (RFC 6298). */
export const HANDSHAKE_NS = 3_000_000_000;
/** ns after which resolvers ask again or give up (resolv.conf(5), `timeout`). */
export const DNS_NS = 5_000_000_000;
const MOST_CONNECTIONS = 10_000;
/** Trails that wait: 5 s at 20,000 a second. */
const MOST_WAITING = 100_000;
const MOST_NAMES = 3;
/** Of a connection, by where they come from and what they say. */
const MOST_RESETS = 4;

type Reset = Extract<HealthState, { kind: 'reset' }>;
type Handshake = Extract<HealthState, { kind: 'handshake' }>;
type Dns = Extract<HealthState, { kind: 'dns' }>;

interface Connection {
  readonly sentAgain: SentAgain;
  readonly window: ClosedWindow;
  readonly blackHole: BlackHole;
  /** A kind each, the one that came last is last. */
  resets: readonly Reset[];
  handshake: Handshake | null;
  dns: Dns | null;
}

export class HealthBook {
  readonly #context: HealthContext;
  readonly #dnsNotes = new DnsNotes();
  /** By day of session time. */
  readonly #waiting = new Map<number, { readonly trail: Trail; readonly run: () => void }[]>();
  #waits = 0;
  readonly #connections = new Map<number, Connection>();
  readonly #handshakes: UnansweredQuestions;
  readonly #dns: UnansweredQuestions;

  constructor(context: HealthContext) {
    this.#context = context;
    const { covered } = context;
    this.#handshakes = new UnansweredQuestions(HANDSHAKE_NS, {
      covered,
      decided: (asked, fate) => {
        this.#handshake(asked, fate);
      },
    });
    this.#dns = new UnansweredQuestions(DNS_NS, {
      covered,
      decided: (asked, fate) => {
        if (fate !== null) this.#unresolved(asked, fate);
      },
    });
  }

  /** Packets as they come: rows of a segment from `from` on, before `to`. */
  take(segment: PacketSegment, from: number, to: number): void {
    this.#dnsNotes.take(segment, from, to);
  }

  /** A trail that is final. */
  add(trail: Trail): void {
    if (trail.verdict === 'withdrawn') return;
    const run = this.#readerOf(trail);
    const [first] = trail.sightings;
    if (run === null || first === undefined) return;
    const day = dayOf(first.at);
    const list = this.#waiting.get(day);
    if (list === undefined) this.#waiting.set(day, [{ trail, run }]);
    else list.push({ trail, run });
    this.#waits += 1;
    if (this.#waits > MOST_WAITING) this.#read(Math.min(...this.#waiting.keys()));
  }

  /** All trails that began before `until` (session time, ns) are there. @returns whether something may be new */
  settle(until: number): boolean {
    const days = [...this.#waiting.keys()].filter((day) => (day + 1) * DAY_NS <= until);
    for (const day of days.sort((a, b) => a - b)) this.#read(day);
    const decided = [this.#handshakes, this.#dns].map((questions) => questions.settle(until));
    return days.length > 0 || decided.includes(true);
  }

  of(connection: number): readonly HealthState[] {
    const known = this.#connections.get(connection);
    if (known === undefined) return [];
    const { handshake, dns, blackHole, resets, window, sentAgain } = known;
    return [handshake, dns, blackHole.state, resets.at(-1), window.state, sentAgain.state].flatMap(
      (state) => state ?? [],
    );
  }

  /** Two connections were one. */
  join(connection: number, other: number): void {
    this.#handshakes.join(connection, other);
    this.#dns.join(connection, other);
    const part = this.#connections.get(other);
    if (part === undefined) return;
    this.#connections.delete(other);
    const known = this.#connections.get(connection);
    if (known === undefined) this.#connections.set(connection, part);
    else merge(known, part);
  }

  #read(day: number): void {
    const list = this.#waiting.get(day) ?? [];
    this.#waiting.delete(day);
    this.#waits -= list.length;
    const key = ({ trail }: (typeof list)[number]): readonly [number, number, number] => {
      const [first] = trail.sightings;
      return [first?.at ?? 0, first?.number ?? 0, trail.sequence];
    };
    list.sort((one, other) => {
      const [a, b] = [key(one), key(other)];
      return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
    });
    for (const { run } of list) run();
  }

  /** What is to be done with it when its time has come; null: nothing. */
  #readerOf(trail: Trail): (() => void) | null {
    const protocol = this.#context.protocolOf(trail.flow);
    if (protocol === IpProtocol.tcp)
      return () => {
        this.#tcp(trail);
      };
    const note = protocol === IpProtocol.udp ? this.#dnsNotes.of(trail.sightings) : null;
    if (note === null) {
      if (protocol === IpProtocol.udp && this.#dnsNotes.mayHaveLeft(trail.sightings))
        this.#dns.forgot(trail.sightings[0]?.at ?? 0);
      return null;
    }
    return () => {
      if (note.isAnswer)
        this.#dns.answer({ connection: this.#context.opposite(trail.flow), key: note.id }, trail);
      else
        this.#dns.ask({ connection: this.#context.connectionOf(trail.flow), key: note.id }, note.name, trail);
    };
  }

  #tcp(trail: Trail): void {
    const { flags, bytes, isRange, flow } = trail;
    const connection = this.#context.connectionOf(flow);
    const known = this.#connectionOf(connection);
    known.window.add(trail);
    if ((flags & RST) !== 0) {
      known.resets = resetsAfter(known.resets, resetOf(trail));
      this.#handshakes.answer({ connection: this.#context.opposite(flow), key: 0 }, trail);
      return;
    }
    known.blackHole.add(trail);
    if (isRange && bytes > 0) known.sentAgain.add(trail);
    if ((flags & SYN) !== 0) known.sentAgain.begin();
    if ((flags & (SYN | ACK)) === SYN) this.#handshakes.ask({ connection, key: 0 }, '', trail);
    // Who goes on has had its answer, or is it.
    else if ((flags & SYN) !== 0 || this.#handshakes.areOpen)
      this.#handshakes.answer({ connection: this.#context.opposite(flow), key: 0 }, trail);
  }

  #handshake({ connection, times, since, last }: Asked, unanswered: Unanswered | null): void {
    const known = this.#connectionOf(connection);
    // One of its tries got through, or the next one with these ports.
    known.handshake =
      unanswered === null
        ? null
        : together<Handshake>(known.handshake, { kind: 'handshake', unanswered, times, since, last });
  }

  #unresolved({ connection, name, times, since, last }: Asked, unanswered: Unanswered): void {
    const known = this.#connectionOf(connection);
    known.dns = resolvedNeither(known.dns, { kind: 'dns', unanswered, times, since, last, names: [name] });
  }

  #connectionOf(connection: number): Connection {
    const known = this.#connections.get(connection);
    // The latest is the last to be forgotten.
    this.#connections.delete(connection);
    if (known !== undefined) {
      this.#connections.set(connection, known);
      return known;
    }
    const fresh: Connection = {
      sentAgain: new SentAgain(),
      window: new ClosedWindow(this.#context.covered),
      blackHole: new BlackHole(),
      ...{ resets: [], handshake: null, dns: null },
    };
    this.#connections.set(connection, fresh);
    if (this.#connections.size > MOST_CONNECTIONS)
      this.#connections.delete(this.#connections.keys().next().value ?? 0);
    return fresh;
  }
}

function resetOf({ flags, sequence, sightings }: Trail): Reset {
  const { at, visit } = sightings[0] ?? { at: 0, visit: 0 };
  const refuses = (flags & ACK) !== 0 && sequence === 0;
  return { kind: 'reset', visit, refuses, times: 1, since: at, last: at };
}

/** One that is of another kind, or from elsewhere, is counted by itself. */
function resetsAfter(before: readonly Reset[], reset: Reset): readonly Reset[] {
  const isSame = ({ visit, refuses }: Reset): boolean => visit === reset.visit && refuses === reset.refuses;
  const others = before.filter((one) => !isSame(one));
  return [...others, together(before.find(isSame) ?? null, reset)].slice(-MOST_RESETS);
}

/** Of both, as it was last. */
function together<T extends Lasting>(before: T | null, now: T): T {
  if (before === null) return now;
  return {
    ...(before.last > now.last ? before : now),
    ...{ times: before.times + now.times, last: Math.max(before.last, now.last) },
    since: Math.min(before.since, now.since),
  };
}

function resolvedNeither(before: Dns | null, now: Dns): Dns {
  const names = [...(before?.names ?? []).filter((one) => !now.names.includes(one)), ...now.names];
  return { ...together(before, now), names: names.slice(-MOST_NAMES) };
}

/** What is known of a part of it. */
function merge(known: Connection, part: Connection): void {
  known.sentAgain.join(part.sentAgain);
  known.window.join(part.window);
  known.blackHole.join(part.blackHole);
  const resets = [...known.resets, ...part.resets].sort((a, b) => a.last - b.last);
  known.resets = resets.reduce<readonly Reset[]>(resetsAfter, []);
  if (part.handshake !== null) known.handshake = together(known.handshake, part.handshake);
  if (part.dns !== null) known.dns = resolvedNeither(known.dns, part.dns);
}
