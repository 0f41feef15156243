// Where YAML of the Kubernetes API that begins on a line ends: with the first line that could be none of it.
import type { PastedLine } from './pasted-text.ts';

/** kubectl and calicoctl sort keys: an object begins with its apiVersion. */
export const YAML_BEGINS = /^(?:- )?apiVersion: \S+\s*$/;
/** A key or an item at the left edge, what is indented, a mark between documents, a blank. */
const GOES_ON = /^(?:[A-Za-z][\w.-]{0,80}:(?:\s|$)|- |\s+\S|---\s*$|\s*$)/;

/** How many lines it takes, at least one. */
export function yamlEnd(lines: readonly PastedLine[], at: number): number {
  let count = 1;
  // A text of a block (`|`) is as long as it likes, but always indented.
  while (at + count < lines.length && GOES_ON.test((lines[at + count]?.text ?? '').slice(0, 200))) count += 1;
  while (count > 1 && /^(?:\s*|---\s*)$/.test(lines[at + count - 1]?.text ?? '')) count -= 1;
  return count;
}
