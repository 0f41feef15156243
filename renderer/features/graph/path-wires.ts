// Ways between nodes in the picture: down from a NIC, along the wire, by the trunk where it goes on under another row, and up. Pure.
import type { Box, Line, Point } from './shapes.ts';

export type Way = readonly Point[];

export interface Shapes {
  readonly box: (id: string) => Box | undefined;
  readonly line: (id: string) => Line | undefined;
}

/** From a device down to the wire that it stands on. */
export interface Foot {
  readonly way: Way;
  /** Which row of which wire. */
  readonly bus: string;
}

export function along(line: Line): Way {
  return [line.from, ...line.via, line.to];
}

/** Null: this interface stands on no wire of the picture. */
export function footOf(shapes: Shapes, interfaceId: string | null): Foot | null {
  const drop = interfaceId === null ? undefined : shapes.line(`drop:${interfaceId}`);
  return drop === undefined ? null : { way: along(drop), bus: drop.target };
}

/** One way from NIC to NIC; two ends where nothing in the picture joins them. */
export function wireWays(shapes: Shapes, fromId: string | null, toId: string | null): Way[] {
  const [from, to] = [footOf(shapes, fromId), footOf(shapes, toId)];
  if (from !== null && to !== null) {
    const joined = joinFeet(shapes, from, to);
    if (joined !== null) return [joined];
  }
  return [from?.way ?? [], to?.way.toReversed() ?? []].filter((way) => way.length > 1);
}

export function joinFeet(shapes: Shapes, from: Foot, to: Foot): Way | null {
  const between = trunkBetween(shapes, from.bus, to.bus);
  return between === null ? null : [...from.way, ...between, ...to.way.toReversed()];
}

/** `bus:NETWORK:ROW` (draw-wires.ts). */
const BUS = /^bus:(.+):(\d{1,9})$/;

/** Null: they are not rows of one wire. */
function trunkBetween(shapes: Shapes, from: string, to: string): Way | null {
  if (from === to) return [];
  const [, network, row] = BUS.exec(from) ?? [];
  const [, other, otherRow] = BUS.exec(to) ?? [];
  if (network === undefined || network !== other) return null;
  const [first, last] = [Math.min(Number(row), Number(otherRow)), Math.max(Number(row), Number(otherRow))];
  const way: Point[] = [];
  for (let at = first; at < last; at += 1) {
    const trunk = shapes.line(`trunk:${network}:${String(at)}`);
    if (trunk === undefined) return null;
    way.push(...along(trunk));
  }
  return Number(row) < Number(otherRow) ? way : way.toReversed();
}
