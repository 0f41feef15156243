// Files that wait (for a lab, sshd, a deadline) among files that compute, in one queue: on two cores the ones leave room for
// the others, and neither ends alone.
import fs from 'node:fs';
import { BaseSequencer } from 'vitest/node';

/** What a test imports that waits most of its time. */
const WAITS = /from '[^']*\/testing\/(?:lab|lab-run|sshd-fixture|through-sshd|local-transport)\.ts'/;
/** Of the queue, in which the files that wait are spread: they are the long ones, of which none should be the last. */
const SPREAD = 0.8;

/** `waiting` and `computing` as one list, each in its own order, spread evenly over the first part of it. */
export function spread(waiting, computing) {
  const step = (computing.length * SPREAD) / Math.max(1, waiting.length);
  let taken = 0;
  const mixed = waiting.flatMap((file, index) => {
    const from = taken;
    taken = Math.round((index + 1) * step);
    return [file, ...computing.slice(from, taken)];
  });
  return [...mixed, ...computing.slice(taken)];
}

export class SpreadSequencer extends BaseSequencer {
  async sort(files) {
    const sorted = await super.sort(files);
    const waiting = new Set(sorted.filter((file) => WAITS.test(fs.readFileSync(file.moduleId, 'utf8'))));
    const computing = sorted.filter((file) => !waiting.has(file));
    // Neighbours that need no process of their own share one.
    const sharing = computing.filter(({ project }) => !project.config.isolate);
    const alone = computing.filter(({ project }) => project.config.isolate);
    return spread([...waiting], [...sharing, ...alone]);
  }
}
