// A prefix alone on its line is a route only where its next hops follow (iproute2 ip/iproute.c prints each on a line of its own):
// elsewhere it may be anything, such as a member of a set, or what a list of networks is made of.
import type { PastedLine } from './pasted-text.ts';

const BARE = /^(?:default|[0-9a-f.:]{2,45}\/\d{1,3})\s*$/;

export function withoutBarePrefixes(lines: readonly PastedLine[]): {
  readonly kept: readonly PastedLine[];
  readonly bare: readonly PastedLine[];
} {
  const isBare = ({ text }: PastedLine, at: number): boolean =>
    BARE.test(text) && !/^\s+nexthop\b/.test(lines[at + 1]?.text ?? '');
  return {
    kept: lines.filter((line, at) => !isBare(line, at)),
    bare: lines.filter((line, at) => isBare(line, at)),
  };
}
