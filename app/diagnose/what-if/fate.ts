// What becomes of the packets of one pair of Pods, before and after: whether they and their answers arrive, and which way they go.
import type { TraceAnswer, TraceHop, TracePath } from '../../trace/model.ts';
import { reasonOf } from '../paths/stop-reason.ts';
import type { Pair } from '../paths/pair.ts';
import type { PairGroup } from './model.ts';

export interface Way {
  readonly state: 'works' | 'fails' | 'unknown';
  /** It is the answer that fails, or of which nothing is known. */
  readonly back: boolean;
  /** What decided: the first that fails, else the first of all. Null: nothing could be traced. */
  readonly path: TracePath | null;
  readonly sentence: string;
  /** All that it passes there and back, as one text. */
  readonly line: string;
  readonly netns: ReadonlySet<string>;
  readonly all: readonly TracePath[];
}

export function wayOf(pair: Pair, answer: TraceAnswer): Way {
  if (!answer.ok)
    return {
      state: 'unknown',
      back: false,
      path: null,
      sentence: answer.sentence,
      line: '',
      netns: new Set(),
      all: [],
    };
  const { reverse } = answer;
  const forth = answer.paths.filter(({ share }) => share > 0);
  const all = [...forth, ...(reverse === null ? [] : [reverse])];
  const told = (state: Way['state'], path: TracePath | null, back: boolean): Way => ({
    state,
    back,
    path,
    sentence: `${partly(state, path, forth)}${path?.sentence ?? ''}`,
    line: all.map(({ hops }) => hops.map(hopKey).join(' > ')).join(' | '),
    netns: new Set(all.flatMap(({ hops }) => hops.map(({ netnsId }) => netnsId))),
    all,
  });
  const failing = forth.find((path) => reasonOf(pair, path, false) !== null);
  if (failing !== undefined) return told('fails', failing, false);
  if (reverse !== null && reasonOf(pair, reverse, true) !== null) return told('fails', reverse, true);
  const dark = forth.find(({ verdict }) => verdict !== 'delivered');
  if (dark !== undefined) return told('unknown', dark, false);
  if (reverse?.verdict !== 'delivered') return told('unknown', reverse ?? forth[0] ?? null, true);
  return told('works', forth[0] ?? null, false);
}

/** All that may be looked up on it: ends of the packet and of what carries it, as each hop has them, and next hops. */
export function addressesOf({ all }: Way): ReadonlySet<string> {
  const hops = all.flatMap((path) => path.hops);
  return new Set(
    hops.flatMap(({ came, left, nextHop, packet }) => [
      ...[came, left].flatMap((seen) => (seen === null ? [] : [seen.src, seen.dst])),
      ...(nextHop === null ? [] : [nextHop]),
      // `VXLAN 4096 10.0.0.1 → 10.0.0.2 · tcp …`
      ...packet
        .split(' · ')
        .slice(0, -1)
        .flatMap((carrier) => carrier.split(' ')),
    ]),
  );
}

function partly(state: Way['state'], path: TracePath | null, forth: readonly TracePath[]): string {
  const share = path?.share ?? 1;
  if (state !== 'fails' || share >= 1 || forth.length < 2) return '';
  return `${Math.round(share * 100)} % of new connections: `;
}

function hopKey({ netnsId, ingress, egress, nextHop, action }: TraceHop): string {
  return [netnsId, ingress ?? '', egress ?? '', nextHop ?? '', action].join(' ');
}

/** `web-1 → k8s-worker-1 ens192 → k8s-worker-2 cali1 → db-0`. */
export function lineOf({ hops }: Pick<TracePath, 'hops'>): string {
  return hops.map(hopName).join(' → ');
}

function hopName({ place, node, isPod, egress }: TraceHop): string {
  if (isPod) return place.endsWith(` on ${node}`) ? place.slice(0, -` on ${node}`.length) : place;
  return egress === null ? place : `${place} ${egress}`;
}

/** Where two ways part first, in a sentence. */
export function partingOf(before: Way, after: Way): { readonly sentence: string; readonly back: boolean } {
  for (const [at, path] of after.all.entries()) {
    const old = before.all[at];
    const back = at === after.all.length - 1 && after.all.length > 1;
    for (const [index, hop] of path.hops.entries()) {
      const was = old?.hops[index];
      if (was !== undefined && hopKey(was) === hopKey(hop)) continue;
      return { sentence: `${back ? 'The answer: ' : ''}${partingSentence(was, hop)}`, back };
    }
  }
  return { sentence: 'It goes on by fewer ways.', back: false };
}

function partingSentence(was: TraceHop | undefined, hop: TraceHop): string {
  const to = (one: TraceHop): string =>
    one.egress === null
      ? 'takes it itself'
      : `sends it out by ${one.egress}${one.nextHop === null ? '' : ` to ${one.nextHop}`}`;
  const instead =
    was?.netnsId !== hop.netnsId || was.egress === null
      ? ''
      : `, no more by ${was.egress}${was.nextHop === null ? '' : ` to ${was.nextHop}`}`;
  const route = hop.route === null ? '' : `: its route is ${hop.route.text}`;
  return `${hop.place} ${to(hop)}${instead}${route}.`;
}

export function stopOf({ path, state }: Way): PairGroup['stopsAt'] {
  const stop = path?.stopsAt ?? null;
  if (state !== 'fails' || stop === null) return null;
  const { node, netnsId, interface: device, interfaceId, reason } = stop;
  return { node, netnsId, interface: device, interfaceId, reason };
}

/** Where it left what is known. */
export function awayAt({ path }: Way): PairGroup['stopsAt'] {
  const hop = path?.hops.at(-1);
  if (hop === undefined) return null;
  const { node, netnsId, egress, egressId } = hop;
  return { node, netnsId, interface: egress, interfaceId: egressId, reason: 'away' };
}
