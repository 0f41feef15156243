// Clocks whose truth is known, and packets between them: for tests.

/** A packet, with what it really was. */
export interface SyntheticPacket {
  readonly sentOn: number;
  readonly receivedOn: number;
  /** ns of true time. */
  readonly sentAt: number;
  readonly receivedAt: number;
}

export interface ClockSetting {
  /** ns ahead of true time, at the beginning. */
  readonly ahead: number;
  /** ppm. */
  readonly drift: number;
  /** ns of true time, and ns that it is set ahead then. */
  readonly steps?: readonly { readonly at: number; readonly by: number }[];
}

export class SyntheticClock {
  readonly #setting: ClockSetting;

  constructor(setting: ClockSetting) {
    this.#setting = setting;
  }

  /** ns that it shows, exactly. */
  shows(at: number): number {
    const { ahead, drift, steps = [] } = this.#setting;
    const set = steps.reduce((sum, step) => (step.at <= at ? sum + step.by : sum), 0);
    return at + ahead + at * drift * 1e-6 + set;
  }

  /** As a capture writes it. */
  stamp(at: number): number {
    return Math.floor(this.shows(at) / 1_000) * 1_000;
  }
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export interface Link {
  readonly nodes: readonly [number, number];
  /** ns that a packet takes at least, there and back. */
  readonly least: readonly [number, number];
  /** ns that it takes longer at most; as a rule much less. */
  readonly jitter: number;
  /** Packets a second, in each direction. */
  readonly rate: number;
}

/** Packets of so many ns, in the order in which they were sent. */
export function packetsOf(links: readonly Link[], ns: number, random: () => number): SyntheticPacket[] {
  const packets: SyntheticPacket[] = [];
  for (const { nodes, least, jitter, rate } of links)
    for (const direction of [0, 1] as const) {
      const apart = 1e9 / rate;
      for (let sentAt = random() * apart; sentAt < ns; sentAt += apart * (0.1 + 1.8 * random()))
        packets.push({
          sentOn: nodes[direction],
          receivedOn: nodes[1 - direction] ?? 0,
          sentAt,
          receivedAt: sentAt + least[direction] + jitter * random() ** 4,
        });
    }
  return packets.sort((a, b) => a.sentAt - b.sentAt);
}

/** As packets come out of captures that deliver a quarter of a second at once, each at its own time. */
export function delivered<T>(packets: readonly T[], random: () => number, apart: number): T[] {
  return packets
    .map((packet, index) => ({ packet, place: index + apart * random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ packet }) => packet);
}
