// Where packets were seen: an interface in a namespace, by capture and ifindex, as the topology has it at the packets' own
// time (DESIGN §4, §5). What the topology learns late – a recreated veth has its predecessor's number – moves the packets
// of the last seconds to where they belong.
import type { VantagePointView } from '../../app/contract/watch.ts';
import { isBefore } from '../../app/topology/identity.ts';
import { interfaceAt } from '../../app/topology/lookups.ts';
import type { InterfaceEntity, NodeTime, Topology } from '../../app/topology/model.ts';
import type { CaptureRecord } from './capture-record.ts';
import type { CaptureProgress, InterfaceTally } from './packet-protocol.ts';
import type { InterfaceCounts } from './watch.ts';

/** The topology knows of a device within a second of its first packet; of a loaded node, within some. */
const unsureForS = 10;
/** Batches of one interface kept apart for that; a worker answers some twenty times a second. */
const mostBatches = 256;
/** Interfaces of one capture: a stream that names more is inventing them. */
const mostInterfaces = 1_000;

class VantagePoint {
  readonly id: number;
  readonly record: CaptureRecord;
  /** As its packets say it: 0 where their link type does not. */
  readonly ifindex: number;
  inbound = 0;
  outbound = 0;
  refused = 0;
  /** Null while the topology does not know it. */
  known: Pick<InterfaceEntity, 'id' | 'name'> | null;
  #view: VantagePointView | null = null;

  constructor(id: number, record: CaptureRecord, ifindex: number, known: VantagePoint['known']) {
    this.id = id;
    this.record = record;
    this.ifindex = ifindex;
    this.known = known;
  }

  add({ inbound, outbound, refused }: Omit<InterfaceTally, 'ifindex'>, sign: 1 | -1): void {
    this.inbound += sign * inbound;
    this.outbound += sign * outbound;
    this.refused += sign * refused;
  }

  /** Another object only when it says something else. */
  get view(): VantagePointView {
    const { nodeLabel, pod } = this.record.plan;
    const packets = this.inbound + this.outbound;
    const interfaceName = this.known?.name ?? `if${numberOf(this.record, this.ifindex)}`;
    const interfaceId = this.known?.id ?? null;
    const before = this.#view;
    if (
      before?.packets === packets &&
      before.interfaceId === interfaceId &&
      before.interfaceName === interfaceName
    )
      return before;
    this.#view = {
      id: this.id,
      captureId: this.record.id,
      label: `${nodeLabel}/${pod === null ? '' : `${pod.name}/`}${interfaceName}`,
      nodeLabel,
      podName: pod?.name ?? null,
      interfaceName,
      interfaceId,
      packets,
    };
    return this.#view;
  }
}

/** A capture of one device does not say which. */
function numberOf({ plan }: CaptureRecord, ifindex: number): number {
  return ifindex === 0 ? (plan.device?.ifindex ?? 0) : ifindex;
}

/** Packets that came together, as long as whose they are may still turn out otherwise. */
interface Batch {
  readonly at: NodeTime;
  readonly tally: InterfaceTally;
  point: VantagePoint;
}

/** One number of one capture, and who had it. */
interface Place {
  readonly record: CaptureRecord;
  readonly ifindex: number;
  readonly points: VantagePoint[];
  readonly batches: Batch[];
}

export class VantagePoints {
  readonly #places = new Map<string, Place>();
  /** By capture, how many places it has. */
  readonly #named = new Map<number, number>();
  #all: VantagePoint[] = [];
  #nextId = 1;
  #interfaces: Topology['interfaces'] | null = null;

  /** Counts what came, and says whether any of it is the first of its place, or at an interface that is not known. */
  count(
    topology: Topology,
    record: CaptureRecord,
    { tallies, at }: CaptureProgress,
  ): { readonly first: boolean; readonly unknown: boolean } {
    let [first, unknown] = [false, false];
    for (const tally of at === null ? [] : tallies) {
      const place = this.#place(record, tally.ifindex);
      first ||= place.points.length === 0;
      const time = at ?? { s: 0, ns: 0 };
      const point = this.#resolve(topology, place, time);
      point.add(tally, 1);
      unknown ||= point.known === null;
      place.batches.push({ at: time, tally, point });
      const past = { s: time.s - unsureForS, ns: time.ns };
      const sure = place.batches.findIndex((batch) => !isBefore(batch.at, past));
      place.batches.splice(0, Math.max(sure, place.batches.length - mostBatches));
    }
    return { first, unknown };
  }

  /** The vantage point of one packet. */
  of(topology: Topology, record: CaptureRecord, ifindex: number, at: NodeTime): number {
    return this.#resolve(topology, this.#place(record, ifindex), at).id;
  }

  /** Gives names to what the topology knows by now. */
  learn(topology: Topology): void {
    if (topology.interfaces === this.#interfaces) return;
    this.#interfaces = topology.interfaces;
    for (const place of this.#places.values()) {
      for (const batch of place.batches) {
        const point = this.#resolve(topology, place, batch.at);
        if (point === batch.point) continue;
        batch.point.add(batch.tally, -1);
        point.add(batch.tally, 1);
        batch.point = point;
      }
      for (const point of place.points) {
        // A device that was renamed is still itself.
        const now = topology.interfaces[point.known?.id ?? ''];
        if (now !== undefined) point.known = now;
      }
    }
  }

  /** A capture that is no longer told of. */
  forget(record: CaptureRecord): void {
    if (!this.#all.some((point) => point.record === record)) return;
    this.#all = this.#all.filter((point) => point.record !== record);
    for (const [key, place] of this.#places) if (place.record === record) this.#places.delete(key);
    this.#named.delete(record.id);
  }

  get views(): readonly VantagePointView[] {
    return this.#all.map(({ view }) => view);
  }

  /** The ifindex of each vantage point's packets, by its id. */
  get ifindexes(): ReadonlyMap<number, number> {
    return new Map(this.#all.map(({ id, ifindex }) => [id, ifindex]));
  }

  /** By interface of the topology, over all captures that saw it. */
  get counts(): ReadonlyMap<string, InterfaceCounts> {
    const counts = new Map<string, InterfaceCounts>();
    for (const { known, inbound, outbound, refused } of this.#all) {
      if (known === null) continue;
      const before = counts.get(known.id) ?? { inbound: 0, outbound: 0, refused: 0 };
      counts.set(known.id, {
        inbound: before.inbound + inbound,
        outbound: before.outbound + outbound,
        refused: before.refused + refused,
      });
    }
    return counts;
  }

  #place(record: CaptureRecord, ifindex: number): Place {
    const key = `${record.id}/${ifindex}`;
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    const named = this.#named.get(record.id) ?? 0;
    if (ifindex !== 0 && named >= mostInterfaces) return this.#place(record, 0);
    this.#named.set(record.id, named + 1);
    const place: Place = { record, ifindex, points: [], batches: [] };
    this.#places.set(key, place);
    return place;
  }

  #resolve(topology: Topology, place: Place, at: NodeTime): VantagePoint {
    const { record, ifindex, points } = place;
    const found = interfaceAt(topology, record.plan.netnsId, numberOf(record, ifindex), at);
    const same = points.find(({ known }) => known?.id === found?.id);
    if (same !== undefined) return same;
    const unnamed = found === null ? undefined : points.find(({ known }) => known === null);
    if (unnamed !== undefined) {
      unnamed.known = found;
      return unnamed;
    }
    const point = new VantagePoint(this.#nextId++, record, ifindex, found);
    points.push(point);
    this.#all.push(point);
    return point;
  }
}
