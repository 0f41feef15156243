// Trails that have been told and may still change: told again only when they are others, under the same number. A trail is known again by the
// packets that it was told of; a range of TCP's stream by its first one and where it begins.
import type { Trail } from './model.ts';

export type TrailContent = Omit<Trail, 'id' | 'revision' | 'final'>;

interface Told {
  readonly trail: Trail;
  readonly packets: readonly number[];
}

export class TrailBook {
  readonly #open = new Map<number, Told>();
  /** By number of a packet, the open trails that are of it. */
  readonly #byPacket = new Map<number, readonly number[]>();
  #next = 1;

  /** Trails that may change. */
  get open(): number {
    return this.#open.size;
  }

  /** Null when it says what was told already. */
  tell(content: TrailContent, final: boolean): Trail | null {
    const before = this.#open.size === 0 ? null : this.#find(content);
    if (before !== null && !final && isSame(before.trail, content)) return null;
    const id = before?.trail.id ?? this.#next++;
    const trail = trailOf(content, id, (before?.trail.revision ?? 0) + 1, final);
    if (before !== null) this.#forget(before);
    if (!final) this.#keep({ trail, packets: packetsOf(content) });
    return trail;
  }

  /** Those of these packets turned out to be parts of others: told as such, once. */
  withdraw(packets: readonly number[]): readonly Trail[] {
    if (this.#open.size === 0) return [];
    return packets.flatMap((packet) =>
      (this.#byPacket.get(packet) ?? []).flatMap((id): Trail[] => {
        const told = this.#open.get(id);
        if (told === undefined) return [];
        this.#forget(told);
        const { trail } = told;
        return [
          {
            ...trail,
            revision: trail.revision + 1,
            final: true,
            verdict: 'withdrawn',
            stop: null,
            refusal: null,
          },
        ];
      }),
    );
  }

  #find({ isRange, sequence, sightings }: TrailContent): Told | null {
    for (const { number } of isRange ? sightings.slice(0, 1) : sightings)
      for (const id of this.#byPacket.get(number) ?? []) {
        const told = this.#open.get(id);
        if (told !== undefined && (!isRange || told.trail.sequence === sequence)) return told;
      }
    return null;
  }

  #keep(told: Told): void {
    const { id } = told.trail;
    this.#open.set(id, told);
    for (const packet of told.packets)
      this.#byPacket.set(packet, [...(this.#byPacket.get(packet) ?? []), id]);
  }

  #forget({ trail, packets }: Told): void {
    this.#open.delete(trail.id);
    for (const packet of packets) {
      const left = (this.#byPacket.get(packet) ?? []).filter((id) => id !== trail.id);
      if (left.length === 0) this.#byPacket.delete(packet);
      else this.#byPacket.set(packet, left);
    }
  }
}

/** Field by field: copying what one does not know takes ten times as long. */
function trailOf(content: TrailContent, id: number, revision: number, final: boolean): Trail {
  return {
    id,
    revision,
    final,
    verdict: content.verdict,
    flow: content.flow,
    connection: content.connection,
    sightings: content.sightings,
    bytes: content.bytes,
    isRange: content.isRange,
    sequence: content.sequence,
    flags: content.flags,
    identification: content.identification,
    traits: content.traits,
    stop: content.stop,
    refusal: content.refusal,
    because: content.because,
  };
}

function packetsOf({ isRange, sightings }: TrailContent): readonly number[] {
  return (isRange ? sightings.slice(0, 1) : sightings).map(({ number }) => number);
}

function isSame(one: TrailContent, other: TrailContent): boolean {
  return (
    one.verdict === other.verdict &&
    one.connection === other.connection &&
    one.bytes === other.bytes &&
    one.because === other.because &&
    one.stop?.after === other.stop?.after &&
    one.stop?.before === other.stop?.before &&
    one.refusal?.number === other.refusal?.number &&
    one.sightings.length === other.sightings.length &&
    one.sightings.every(({ number }, index) => number === other.sightings[index]?.number)
  );
}
