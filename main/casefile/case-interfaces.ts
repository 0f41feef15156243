// The interfaces of packets.pcapng: one a vantage point of the watch, named as the window names it.
import type { CaptureView, VantagePointView, WatchView } from '../../app/contract/watch.ts';
import type { PcapngInterface } from '../../app/packet/pcapng-writer.ts';

/** LINKTYPE_LINUX_SLL2: what `tcpdump -i any` gives. */
const SLL2 = 276;

/** What a capture was told, and what its view does not say of it. */
export interface CaptureSettings {
  /** As it was given to tcpdump; null: none. */
  readonly filter: string | null;
  readonly snaplen: number;
  /** LINKTYPE_… of its stream; null before the stream said so. */
  readonly linkType: number | null;
  /** Packets that passed the filter, by tcpdump's own count; null: it has not said. */
  readonly received: number | null;
}

export class CaseInterfaces {
  readonly #captures: ReadonlyMap<number, CaptureView>;
  readonly #settings: ReadonlyMap<number, CaptureSettings>;
  readonly #points = new Map<string, VantagePointView>();
  readonly #pointsACapture = new Map<number, number>();
  readonly all: readonly PcapngInterface[];

  constructor(
    watch: WatchView,
    settings: ReadonlyMap<number, CaptureSettings>,
    ifindexes: ReadonlyMap<number, number>,
  ) {
    this.#captures = new Map(watch.captures.map((capture) => [capture.id, capture]));
    this.#settings = settings;
    for (const point of watch.vantagePoints) {
      const ifindex = ifindexes.get(point.id);
      if (ifindex === undefined) continue;
      this.#points.set(`${point.captureId}/${ifindex}`, point);
      this.#pointsACapture.set(point.captureId, (this.#pointsACapture.get(point.captureId) ?? 0) + 1);
    }
    this.all = [...this.#points].map(([place, { captureId }]) =>
      this.describe(
        captureId,
        Number(place.slice(place.indexOf('/') + 1)),
        settings.get(captureId)?.linkType ?? SLL2,
      ),
    );
  }

  /** Null for a place that the watch had not named yet. */
  pointAt(captureId: number, ifindex: number): VantagePointView | null {
    return this.#points.get(`${captureId}/${ifindex}`) ?? null;
  }

  describe(captureId: number, ifindex: number, linkType: number): PcapngInterface {
    const capture = this.#captures.get(captureId);
    const settings = this.#settings.get(captureId);
    const pod = capture?.pod?.name ?? null;
    const node = capture?.nodeLabel ?? `capture ${captureId}`;
    // tcpdump counts for its whole capture: of one interface that is known where it saw no other, or lost nothing.
    const alone = this.#pointsACapture.get(captureId) === 1;
    const dropped = capture?.loss.kernel ?? null;
    return {
      captureId,
      ifindex,
      linkType,
      name:
        this.pointAt(captureId, ifindex)?.label ?? `${pod === null ? node : `${node}/${pod}`}/if${ifindex}`,
      filter: settings?.filter ?? null,
      snaplen: settings?.snaplen ?? 0,
      received: alone ? (settings?.received ?? null) : null,
      dropped: alone || dropped === 0 ? dropped : null,
    };
  }
}
