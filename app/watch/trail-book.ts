// Trails that have been told and may still change: told again only when they are others, under the same number. A trail is known again by the
// packets that it was told of; a range of TCP's stream by its first one and where it begins.
import type { Trail } from './model.ts';

export type TrailContent = Omit<Trail, 'id' | 'revision' | 'final'>;

interface Told {
  readonly content: string;
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
    const packets = content.isRange
      ? content.sightings.slice(0, 1).map(({ number }) => number)
      : content.sightings.map(({ number }) => number);
    const before = this.#find(packets, content);
    const text = JSON.stringify(content);
    if (before?.content === text && !final) return null;
    const id = before?.trail.id ?? this.#next++;
    const trail: Trail = { ...content, id, revision: (before?.trail.revision ?? 0) + 1, final };
    if (before !== null) this.#forget(before);
    if (!final) this.#keep({ content: text, trail, packets });
    return trail;
  }

  /** Those of these packets turned out to be parts of others: told as such, once. */
  withdraw(packets: readonly number[]): readonly Trail[] {
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

  #find(packets: readonly number[], { isRange, sequence }: TrailContent): Told | null {
    for (const packet of packets)
      for (const id of this.#byPacket.get(packet) ?? []) {
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
