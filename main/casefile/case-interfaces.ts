// The interfaces of packets.pcapng: one a vantage point of the watch, named as the window names it.
import type { CaptureView, VantagePointView, WatchView } from '../../app/contract/watch.ts';
import type { PcapngInterface } from '../../app/packet/file/pcapng-writer.ts';
import type { NodeTime } from '../../app/topology/model.ts';

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

/** Id of the vantage point that a packet of a capture has; 0: none that is known. */
export type PointOf = (captureId: number, ifindex: number, at: NodeTime) => number;

export class CaseInterfaces {
  readonly #captures: ReadonlyMap<number, CaptureView>;
  readonly #settings: ReadonlyMap<number, CaptureSettings>;
  readonly #pointOf: PointOf;
  readonly #points = new Map<PcapngInterface, VantagePointView>();
  readonly #byPoint = new Map<number, PcapngInterface>();
  readonly #pointsACapture = new Map<number, number>();

  constructor(
    watch: WatchView,
    settings: ReadonlyMap<number, CaptureSettings>,
    ifindexes: ReadonlyMap<number, number>,
    pointOf: PointOf,
  ) {
    this.#captures = new Map(watch.captures.map((capture) => [capture.id, capture]));
    this.#settings = settings;
    this.#pointOf = pointOf;
    const points = watch.vantagePoints.filter(({ id }) => ifindexes.has(id));
    for (const { captureId } of points)
      this.#pointsACapture.set(captureId, (this.#pointsACapture.get(captureId) ?? 0) + 1);
    for (const point of points) {
      const { captureId } = point;
      const linkType = settings.get(captureId)?.linkType ?? SLL2;
      const place = this.describe(captureId, ifindexes.get(point.id) ?? 0, linkType);
      const described = { ...place, name: point.label };
      this.#points.set(described, point);
      this.#byPoint.set(point.id, described);
    }
  }

  get all(): readonly PcapngInterface[] {
    return [...this.#points.keys()];
  }

  /** Null for a place that the watch had not named yet. */
  pointOf(described: PcapngInterface): VantagePointView | null {
    return this.#points.get(described) ?? null;
  }

  /** Of the devices that had a number one after the other, the one that had it then. */
  among(captureId: number, ifindex: number, s: number, ns: number): PcapngInterface | null {
    return this.#byPoint.get(this.#pointOf(captureId, ifindex, { s, ns })) ?? null;
  }

  /** A place without a name. */
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
      name: `${pod === null ? node : `${node}/${pod}`}/if${ifindex}`,
      filter: settings?.filter ?? null,
      snaplen: settings?.snaplen ?? 0,
      received: alone ? (settings?.received ?? null) : null,
      dropped: alone || dropped === 0 ? dropped : null,
    };
  }
}
