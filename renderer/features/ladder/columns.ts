// Lanes of the path ladder: vantage points in the order in which packets of the shown talk travel, from who opened it to who was asked. Pure.
import type { LaneView, TrailView } from '../../../app/contract/trails.ts';

export interface Column {
  readonly key: string;
  readonly nodeLabel: string;
  readonly podName: string | null;
  readonly interfaceName: string;
  readonly interfaceId: string | null;
  readonly label: string;
  /** The same interface has another column: packets pass it twice. */
  readonly way: LaneView['way'] | null;
}

/** One packet, in columns. */
export interface Placed {
  readonly trail: TrailView;
  /** An answer: it travels from right to left. */
  readonly back: boolean;
  readonly points: readonly { readonly column: number; readonly lane: number; readonly afterUs: number }[];
  /** Dropped, and it should have been seen there next. */
  readonly missingAt: number | null;
}

export interface Laid {
  readonly columns: readonly Column[];
  readonly placed: readonly Placed[];
  /** Column of a lane, for packets of one way. */
  readonly columnOf: (lane: number, back: boolean) => number | null;
}

/** @param isForth whether a trail's flow leads from the client to the server */
export function columnsOf(
  trails: readonly TrailView[],
  lanes: readonly LaneView[],
  isForth: (flow: number) => boolean,
): Laid {
  const byId = new Map(lanes.map((lane) => [lane.id, lane]));
  // An answer comes in where a question goes out: both are one lane.
  const keyOf = (id: number, back: boolean): string | null => {
    const lane = byId.get(id);
    return lane === undefined ? null : `${lane.label} ${lane.interfaceId ?? ''} ${wayForth(lane.way, back)}`;
  };
  const laneOf = new Map<string, LaneView>();
  const ways = new Map<string, string[]>();
  for (const trail of trails) {
    const back = !isForth(trail.flow);
    const before = trail.stop?.before ?? null;
    const passed = [...trail.sightings.map(({ lane }) => lane), ...(before === null ? [] : [before])];
    const keys = passed.flatMap((id) => {
      const [key, lane] = [keyOf(id, back), byId.get(id)];
      if (key === null || lane === undefined) return [];
      laneOf.set(key, lane);
      return [key];
    });
    const forth = back ? keys.toReversed() : keys;
    ways.set(forth.join('\n'), forth);
  }
  const order = merged([...ways.values()]);
  const place = new Map(order.map((key, at) => [key, at]));
  const columnOf = (lane: number, back: boolean): number | null => place.get(keyOf(lane, back) ?? '') ?? null;
  const columns = order.flatMap((key): Column[] => {
    const lane = laneOf.get(key);
    if (lane === undefined) return [];
    const { nodeLabel, podName, interfaceName, interfaceId, label } = lane;
    const twice = order.filter((other) => laneOf.get(other)?.label === label).length > 1;
    const way = twice ? (key.slice(key.lastIndexOf(' ') + 1) as LaneView['way']) : null;
    return [{ key, nodeLabel, podName, interfaceName, interfaceId, label, way }];
  });
  const placed = trails.map((trail): Placed => {
    const back = !isForth(trail.flow);
    const before = trail.stop?.before ?? null;
    return {
      ...{ trail, back },
      points: trail.sightings.flatMap(({ lane, afterUs }) => {
        const column = columnOf(lane, back);
        return column === null ? [] : [{ column, lane, afterUs }];
      }),
      missingAt: before === null ? null : columnOf(before, back),
    };
  });
  return { columns, placed, columnOf };
}

function wayForth(way: LaneView['way'], back: boolean): LaneView['way'] {
  if (!back || way === 'other') return way;
  return way === 'in' ? 'out' : 'in';
}

/** One order of all, the longest way first; what a later one passes beside it stands behind what it passed before. */
function merged(ways: readonly (readonly string[])[]): string[] {
  const order: string[] = [];
  for (const way of ways.toSorted((a, b) => b.length - a.length)) {
    let at = -1;
    for (const [index, key] of way.entries()) {
      const known = order.indexOf(key);
      if (known >= 0) {
        at = Math.max(at, known);
        continue;
      }
      const next = way.slice(index + 1).find((later) => order.includes(later));
      const before = next === undefined ? -1 : order.indexOf(next);
      // Nothing of it is placed yet: in front of what comes next.
      at = at < 0 && before >= 0 ? before : at < 0 ? order.length : at + 1;
      order.splice(at, 0, key);
    }
  }
  return order;
}
