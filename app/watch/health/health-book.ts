// What ails flows, from their trails: each once it is final, in order of time. Trails become final out of order, for what is whole is so at
// once; they wait here until all before them are.
import { IpProtocol } from '../../packet/columns/ip-protocol.ts';
import type { PacketSegment } from '../../packet/store/packet-segment.ts';
import { DAY_NS, dayOf } from '../chains.ts';
import type { Trail } from '../model.ts';
import { BlackHole } from './black-hole.ts';
import { ClosedWindow } from './closed-window.ts';
import { DnsNotes } from './dns-notes.ts';
import type { HealthContext, HealthState, Unanswered } from './model.ts';
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

interface Connection {
  readonly sentAgain: SentAgain;
  readonly window: ClosedWindow;
  readonly blackHole: BlackHole;
  reset: Extract<HealthState, { kind: 'reset' }> | null;
  handshake: Extract<HealthState, { kind: 'handshake' }> | null;
  dns: Extract<HealthState, { kind: 'dns' }> | null;
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
    this.#join();
    const days = [...this.#waiting.keys()].filter((day) => (day + 1) * DAY_NS <= until);
    for (const day of days.sort((a, b) => a - b)) this.#read(day);
    const decided = [this.#handshakes, this.#dns].map((questions) => questions.settle(until));
    return days.length > 0 || decided.includes(true);
  }

  of(connection: number): readonly HealthState[] {
    const known = this.#connections.get(connection);
    if (known === undefined) return [];
    const { handshake, dns, blackHole, reset, window, sentAgain } = known;
    return [handshake, dns, blackHole.state, reset, window.state, sentAgain.state].flatMap(
      (state) => state ?? [],
    );
  }

  /** Two connections may have turned out to be one. */
  #join(): void {
    const { connectionOf } = this.#context;
    this.#handshakes.join(connectionOf);
    this.#dns.join(connectionOf);
    for (const [connection, known] of this.#connections) {
      const root = connectionOf(connection);
      if (root === connection) continue;
      this.#connections.delete(connection);
      if (!this.#connections.has(root)) this.#connections.set(root, known);
    }
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
    if (note === null) return null;
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
      known.reset = resetAfter(known.reset, trail);
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
    const before = known.handshake;
    // One of its tries got through, or the next one with these ports.
    known.handshake =
      unanswered === null
        ? null
        : {
            ...{ kind: 'handshake', unanswered, times: times + (before?.times ?? 0) },
            ...{ since: before?.since ?? since, last },
          };
  }

  #unresolved({ connection, name, times, since, last }: Asked, unanswered: Unanswered): void {
    const known = this.#connectionOf(connection);
    const before = known.dns;
    const others = (before?.names ?? []).filter((one) => one !== name);
    known.dns = {
      ...{
        kind: 'dns',
        unanswered,
        times: times + (before?.times ?? 0),
        since: before?.since ?? since,
        last,
      },
      names: [...others, name].slice(-MOST_NAMES),
    };
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
      ...{ reset: null, handshake: null, dns: null },
    };
    this.#connections.set(connection, fresh);
    if (this.#connections.size > MOST_CONNECTIONS)
      this.#connections.delete(this.#connections.keys().next().value ?? 0);
    return fresh;
  }
}

/** One that is of another kind, or from elsewhere, is counted anew. */
function resetAfter(before: Connection['reset'], { flags, sequence, sightings }: Trail): Connection['reset'] {
  const { at, visit } = sightings[0] ?? { at: 0, visit: 0 };
  const refuses = (flags & ACK) !== 0 && sequence === 0;
  const isSame = before?.visit === visit && before.refuses === refuses;
  return {
    ...{ kind: 'reset', visit, refuses, last: at },
    ...{ times: isSame ? before.times + 1 : 1, since: isSame ? before.since : at },
  };
}
