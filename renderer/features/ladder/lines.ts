// Lines of the path ladder: a packet each, or many that are alike. Pure.
import type { Placed } from './columns.ts';

export interface Line {
  /** Of its first trail; it stays when more are folded in. */
  readonly id: number;
  /** Of the line that it is folded into, or would be. */
  readonly group: number;
  /** Oldest first, at least one. */
  readonly all: readonly Placed[];
  /** The one that is drawn: the newest. */
  readonly shown: Placed;
}

/** Lines looked back at for one that is alike: questions and answers take turns, and both fold. */
const LOOK_BACK = 4;

/** @param unfolded ids of lines whose packets are shown one by one */
export function linesOf(placed: readonly Placed[], unfolded: ReadonlySet<number>): Line[] {
  const lines: { id: number; key: string; verdict: string; all: Placed[] }[] = [];
  for (const one of placed) {
    const key = alikeKey(one);
    const { verdict } = one.trail;
    let found = null;
    for (let back = 1; back <= LOOK_BACK; back++) {
      const line = lines.at(-back);
      // Whether it still happens is seen: what fared otherwise ends a fold.
      if (line?.verdict !== verdict) break;
      if (line.key === key) {
        found = line;
        break;
      }
    }
    if (found === null) lines.push({ id: one.trail.id, key, verdict, all: [one] });
    else found.all.push(one);
  }
  return lines.flatMap(({ id, all }): Line[] => {
    const shown = all.at(-1);
    if (shown === undefined) return [];
    return unfolded.has(id)
      ? all.map((one) => ({ id: one.trail.id, group: id, all: [one], shown: one }))
      : [{ id, group: id, all, shown }];
  });
}

/** Same flow, same lanes, same end; their sizes and moments may differ. */
function alikeKey({ trail, points, missingAt }: Placed): string {
  const { flow, verdict, because, summary } = trail;
  const said = summary.replace(/ · \d+ B$/u, ' · B');
  return [flow, verdict, because, said, missingAt, ...points.map(({ column }) => column)].join('\n');
}
