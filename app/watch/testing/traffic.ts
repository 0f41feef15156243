// What happened, by events that a test draws: packets, cut anew on their way or not, lost at a hop, refused.
import { networkOf, SERVER_NODE, type Hop, type Network, type Shape, type Translation } from './network.ts';
import { Travels, type Passing, type Unit } from './travels.ts';
import { frameOf, tagged, type Content } from './packets.ts';

export const eventKinds = [
  ...['data', 'again', 'ack', 'sameAck', 'hello', 'closed', 'rejected'],
  ...['tagged', 'constant', 'counter', 'echo', 'fragments', 'unreachable'],
] as const;

export interface Event {
  readonly kind: (typeof eventKinds)[number];
  /** ms since the one before. */
  readonly gap: number;
  readonly direction: 0 | 1;
  /** How many segments, or packets. */
  readonly count: number;
  /** Which of them is lost; beyond: none. */
  readonly lost: number;
  /** How far it gets: a share of the way, below 1. */
  readonly lostAfter: number;
}

export interface Scenario {
  readonly shape: Shape;
  readonly translation: Translation;
  readonly events: readonly Event[];
  /** TCP has timestamps. */
  readonly timestamps: boolean;
  readonly firstSequence: number;
  /** Segments are cut, and merged, from that share of the way on; 1: never. */
  readonly cutAt: number;
  readonly mergedAt: number;
  readonly ids: 'zero' | 'counting' | 'wrapping';
  /** µs between two hops, in turn. */
  readonly delays: readonly number[];
}

export interface Happened {
  readonly network: Network;
  readonly units: readonly Unit[];
  readonly passings: readonly Passing[];
  /** ns, of the last. */
  readonly end: number;
}

const SEGMENT = 100;
/** Segments in what the sender hands over at once. */
const AT_ONCE = 4;
const MS = 1e6;
const STARTS_AT = 2e9;
const [SYN, RST, PSH, ACK] = [2, 4, 8, 16];
const PORTS = { client: 40_000, server: 8080 };

class Traffic {
  readonly network: Network;
  readonly travels: Travels;
  readonly #scenario: Scenario;
  now = STARTS_AT;
  /** By direction. */
  readonly #sequence: [number, number];
  #lost: Unit[] = [];
  #lastAck: { content: Content; direction: 0 | 1 } | null = null;
  #ids = 0;
  #tags = 0;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.travels = new Travels(scenario.delays);
    this.network = networkOf(scenario.shape, scenario.translation);
    this.#sequence = [scenario.firstSequence, 77_000];
  }

  happens({ kind, gap, direction, count, lost, lostAfter }: Event): void {
    this.now += gap * MS;
    const path = this.network.paths[direction];
    const lostAt = (index: number): number =>
      index === lost ? 1 + Math.floor(lostAfter * (path.length - 1)) : path.length;
    const each = (content: (index: number) => Content, label: (index: number) => string): void => {
      for (let index = 0; index < count; index += 1) {
        this.#packet(content(index), direction, { label: label(index), lostAt: lostAt(index) });
        this.now += 2 * MS;
      }
    };
    switch (kind) {
      case 'data': {
        const from = this.#sequence[direction];
        this.#sequence[direction] = (from + count * SEGMENT) >>> 0;
        this.#stream(
          direction,
          Array.from({ length: count }, (_, index) => ({
            sequence: (from + index * SEGMENT) >>> 0,
            lostAt: lostAt(index),
          })),
        );
        return;
      }
      case 'again': {
        const again = this.#lost.filter((unit) => unit.direction === direction);
        this.#lost = this.#lost.filter((unit) => unit.direction !== direction);
        this.#stream(
          direction,
          again.map(({ sequence }, index) => ({ sequence, lostAt: lostAt(index) })),
        );
        return;
      }
      case 'ack': {
        const content = this.#tcp(direction, ACK);
        this.#lastAck = { content, direction };
        this.#packet(content, direction, { label: this.#labelOf(content), lostAt: lostAt(0) });
        return;
      }
      case 'sameAck': {
        const last = this.#lastAck;
        if (last !== null)
          this.#packet(last.content, last.direction, {
            label: this.#labelOf(last.content),
            lostAt: last.direction === direction ? lostAt(0) : Infinity,
          });
        return;
      }
      case 'hello': {
        const syn = this.#tcp(direction, SYN);
        this.#packet(syn, direction, { label: this.#labelOf(syn), lostAt: lostAt(0) });
        this.#sequence[direction] = (this.#sequence[direction] + 1) >>> 0;
        return;
      }
      case 'closed':
      case 'rejected':
        this.#refused(kind === 'rejected');
        return;
      case 'tagged':
        each(
          () => ({ kind: 'udp', ports: PORTS, payload: tagged((this.#tags += 1)) }),
          () => '',
        );
        return;
      case 'constant':
        each(
          () => ({ kind: 'udp', ports: PORTS, payload: new TextEncoder().encode('constant') }),
          () => `constant ${String(direction)} ${String(this.#ids)}`,
        );
        return;
      case 'counter':
        each(
          (index) => ({ kind: 'udp', ports: PORTS, payload: tagged(0x4000_0000 + index) }),
          (index) => `counter ${String(direction)} ${String(index)} ${String(this.#ids)}`,
        );
        return;
      case 'echo':
        each(
          () => ({
            kind: 'echo',
            identifier: 4711,
            number: (this.#tags += 1) & 0xffff,
            answers: direction === 1,
          }),
          () => '',
        );
        return;
      case 'fragments': {
        const payload = new Uint8Array([...tagged((this.#tags += 1)), ...new Array<number>(80).fill(7)]);
        for (const second of [false, true])
          this.#packet({ kind: 'fragment', ports: PORTS, payload, second }, direction, {
            label: '',
            lostAt: lostAt(second ? 1 : 0),
            id: 0x5000 + (this.#tags & 0xfff),
          });
        return;
      }
      case 'unreachable': {
        const quoted: Content = {
          kind: 'udp',
          ports: { client: 40_100 + this.#tags, server: 99 },
          payload: tagged((this.#tags += 1)),
        };
        const id = this.#nextId();
        const asked = this.#packet(quoted, 0, { label: '', lostAt: this.network.paths[0].length, id });
        this.now += 2 * MS;
        const error = this.#packet({ kind: 'unreachable', code: 3, quoted, quotedId: id }, 1, {
          label: `unreachable ${String(this.#ids)}`,
          lostAt: this.network.paths[1].length,
        });
        asked.refusedBy = error.index;
        return;
      }
    }
  }

  /** A connection to a port that nobody listens to; or that the server's node rejects in the Pod's name. */
  #refused(byNode: boolean): void {
    const [there, back] = this.network.paths;
    const entered = there.findIndex(({ place }) => place === SERVER_NODE);
    const left = back.findIndex(({ place, way }) => place === SERVER_NODE && way === 'out');
    const atNode = byNode && entered > 0 && left > 0;
    const ports = { client: 41_000 + (this.#tags += 1), server: 81 };
    const sequence = (this.#tags * 2_654_435_761) >>> 0;
    const common = { kind: 'tcp', ports, timestamp: null } as const;
    const syn = this.#packet({ ...common, sequence, acknowledgement: 0, flags: SYN }, 0, {
      label: '',
      lostAt: atNode ? entered + 1 : there.length,
    });
    this.now += 2 * MS;
    const routers = back[left]?.routers ?? 0;
    const path = atNode ? back.slice(left).map((hop) => ({ ...hop, routers: hop.routers - routers })) : back;
    const reset = this.#packet(
      { ...common, sequence: 0, acknowledgement: (sequence + 1) >>> 0, flags: RST | ACK },
      1,
      { label: '', lostAt: path.length, path },
    );
    syn.refusedBy = reset.index;
  }

  #tcp(direction: 0 | 1, flags: number): Extract<Content, { kind: 'tcp' }> {
    return {
      kind: 'tcp',
      ports: PORTS,
      sequence: this.#sequence[direction],
      acknowledgement: (flags & SYN) === 0 ? this.#sequence[direction === 0 ? 1 : 0] : 0,
      flags,
      timestamp: this.#scenario.timestamps ? 1_000_000 + Math.floor(this.now / MS) : null,
    };
  }

  #labelOf(content: Content): string {
    return JSON.stringify([content, this.#ids]);
  }

  #nextId(): number {
    const { ids } = this.#scenario;
    if (ids === 'zero') return 0;
    this.#ids = ids === 'counting' ? this.#ids + 1 : (this.#ids + 1) % 4;
    return 0x1000 + this.#ids;
  }

  #packet(
    content: Content,
    direction: 0 | 1,
    {
      label,
      lostAt,
      id = this.#nextId(),
      path = this.network.paths[direction],
    }: { label: string; lostAt: number; id?: number; path?: readonly Hop[] },
  ): Unit {
    const sequence = content.kind === 'tcp' ? content.sequence : 0;
    const unit = this.travels.unit({
      at: this.now,
      direction,
      path,
      label,
      content: label === '' ? '' : JSON.stringify(content),
      sequence,
      bytes: 0,
      isRange: false,
      lostAt,
    });
    this.travels.begin([[unit]], path, (hop) =>
      frameOf(this.network, hop, { content, payload: 0, direction, id }),
    );
    return unit;
  }

  #stream(
    direction: 0 | 1,
    segments: readonly { readonly sequence: number; readonly lostAt: number }[],
  ): void {
    if (segments.length === 0) return;
    const { cutAt, mergedAt } = this.#scenario;
    const path = this.network.paths[direction];
    const content = this.#tcp(direction, ACK | PSH);
    const label = `stream ${String(direction)} ${String(content.timestamp)} ${String(content.acknowledgement)}`;
    const units = segments.map(({ sequence, lostAt }) =>
      this.travels.unit({
        at: this.now,
        direction,
        path,
        label,
        content: label,
        sequence,
        bytes: SEGMENT,
        isRange: true,
        lostAt,
      }),
    );
    this.#lost.push(...units.filter(({ lostAt }) => lostAt < path.length));
    const id = this.#nextId();
    const shareOf = (step: number): number => step / path.length;
    this.travels.begin(
      units.map((unit) => [unit]),
      path,
      (hop, group) =>
        frameOf(this.network, hop, {
          content: { ...content, sequence: group[0]?.sequence ?? 0 },
          payload: group.length * SEGMENT,
          direction,
          id,
        }),
      (step) => (shareOf(step) >= mergedAt ? AT_ONCE * 4 : shareOf(step) >= cutAt ? 1 : AT_ONCE),
    );
  }
}

export function happen(scenario: Scenario): Happened {
  const traffic = new Traffic(scenario);
  for (const event of scenario.events) traffic.happens(event);
  const { network, travels, now } = traffic;
  const { units, passings } = travels;
  return { network, units, passings, end: now };
}
