// Whom a person means by `--to`, as a trace to it says: its addresses, before and behind what translates them, and the Pods that they lead to.
import { fail, ok, type Result } from '../../app/result.ts';
import type { Engine } from '../engine/engine.ts';

export interface WatchTarget {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly podIds: readonly string[];
}

/** The failure is a sentence. */
export async function watchTarget(
  engine: Pick<Engine, 'ask' | 'topology'>,
  from: string,
  to: string,
): Promise<Result<WatchTarget, string>> {
  const asked = { from, to, proto: 'tcp', port: null, size: null } as const;
  let answer = await engine.ask('trace.path', asked);
  // A Service of UDP alone.
  if (answer.ok && !answer.value.ok) answer = await engine.ask('trace.path', { ...asked, proto: 'udp' });
  if (!answer.ok) return fail(answer.failure.sentence);
  if (!answer.value.ok) return fail(answer.value.sentence);
  const { paths, to: name } = answer.value;
  const hops = paths.flatMap((path) => path.hops);
  const { netns } = engine.topology;
  const ends = paths.flatMap((path) => path.hops.slice(-1));
  return ok({
    name,
    addresses: [
      ...new Set(hops.flatMap(({ came, left }) => [came, left].flatMap((seen) => seen?.dst ?? []))),
    ],
    podIds: [...new Set(ends.flatMap(({ isPod, netnsId }) => (isPod ? (netns[netnsId]?.podId ?? []) : [])))],
  });
}
