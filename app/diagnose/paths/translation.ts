// A rule that nobody of the cluster's network made rewrites the addresses of Pods' packets, or exempts them from being rewritten (NOTRACK), and
// that is why they, or the answers to them, do not get to where they should.
import { interfacesIn } from '../../topology/lookups.ts';
import type { TraceHop, TracePath, TraceRule } from '../../trace/model.ts';
import type { Cluster } from '../cluster.ts';
import { preferredSource } from './preferred-source.ts';
import { hasLeft, type PathReason, type StoppedPath } from './stopped-path.ts';

export interface Translation {
  readonly hop: TraceHop;
  readonly rule: TraceRule;
  /** `untracked`: conntrack, and so NAT, is kept from it. */
  readonly what: 'source' | 'destination' | 'untracked';
  /** `192.168.1.2:40000 → 172.31.77.7:40000`; null where nothing was rewritten. */
  readonly rewrote: string | null;
}

const TRANSLATES = /-j (?:SNAT|DNAT|REDIRECT|MASQUERADE|NETMAP)\b|\b(?:snat|dnat|redirect|masquerade)\b/;
const UNTRACKS = /-j (?:CT .*--notrack|NOTRACK)\b|\bnotrack\b/;

/** What the packet meets on its way, in order. */
function foreignOn({ hops }: TracePath): Translation[] {
  return hops.flatMap((hop) =>
    hop.steps.flatMap(({ rules, rewrote, outcome }): Translation[] => {
      const by = (pattern: RegExp): TraceRule | undefined =>
        rules.findLast(({ text, owner }) => owner === null && pattern.test(text));
      const [untracks, translates] = [by(UNTRACKS), by(TRANSLATES)];
      const changes = translates === undefined ? [] : (rewrote ?? '').split(', ');
      // Redirected to an interface without an address, it ends at the rule itself (nf_nat_redirect.c).
      if (outcome === 'stops' && translates !== undefined && translates === rules.at(-1))
        return [{ hop, rule: translates, what: 'destination', rewrote: null }];
      return [
        ...(untracks === undefined
          ? []
          : [{ hop, rule: untracks, what: 'untracked' as const, rewrote: null }]),
        ...changes.flatMap((change): Translation[] => {
          const [, what, addresses = null] = /^(source|destination) (.*)$/.exec(change) ?? [];
          return translates === undefined || (what !== 'source' && what !== 'destination')
            ? []
            : [{ hop, rule: translates, what, rewrote: addresses }];
        }),
      ];
    }),
  );
}

/** What misleads it before its end. Null: nothing of the kind. */
export function translationOf(
  cluster: Cluster,
  { pair, path, forth = null, back }: Pick<StoppedPath, 'pair' | 'path' | 'forth' | 'back'>,
): Translation | null {
  const way = back ? forth : path;
  const met = [...(way === null ? [] : foreignOn(way)), ...(back ? foreignOn(path) : [])];
  const untracked = met.find((one) => one.what === 'untracked' && isLostBy(one, pair, path, back));
  if (untracked !== undefined) return untracked;
  const changed = (way === null ? [] : foreignOn(way)).filter(({ what }) => what !== 'untracked');
  return (
    changed.find((one) =>
      one.what === 'destination' ? !isEndpoint(cluster, pair, one) : isForeignSource(cluster, one),
    ) ?? null
  );
}

/** Whoever it is that makes Services so. */
function isEndpoint({ inventory }: Cluster, { service }: StoppedPath['pair'], one: Translation): boolean {
  return Object.values(inventory?.endpointSlices ?? {}).some(
    (slice) =>
      `${slice.namespace}/${slice.service ?? ''}` === service &&
      slice.endpoints.some(({ addresses }) => addresses.includes(newAddress(one))) &&
      isPortOf(slice.ports, one),
  );
}

/** None told is any. */
function isPortOf(ports: readonly { readonly port: number | null }[], { rewrote }: Translation): boolean {
  const own = Number(/:(\d+)$/.exec(rewrote ?? '')?.[1] ?? 0);
  return own === 0 || ports.length === 0 || ports.some(({ port }) => port === null || port === own);
}

/** A Service's packet that nobody has rewritten, an answer that nobody waits for, and one of which conntrack of the place knows no question. */
function isLostBy(
  { hop }: Translation,
  { service }: StoppedPath['pair'],
  { stopsAt }: TracePath,
  back: boolean,
): boolean {
  if (!back) return service !== undefined && stopsAt === null;
  const filtered = stopsAt?.reason === 'filter-drop' || stopsAt?.reason === 'filter-reject';
  return stopsAt?.reason === 'unasked' || (filtered && stopsAt.netnsId === hop.netnsId);
}

/** Where the answer does not come back to who has rewritten it. */
function isForeignSource({ topology }: Cluster, one: Translation): boolean {
  const { hop } = one;
  const to = newAddress(one);
  return !interfacesIn(topology.interfaces, hop.netnsId).some(
    ({ until, addresses }) => until === null && addresses.some(({ address }) => address === to),
  );
}

function newAddress({ rewrote }: Translation): string {
  const end = (rewrote ?? '').split(' → ').at(-1) ?? '';
  const [, bracketed] = /^\[(.*)\]/.exec(end) ?? [];
  return bracketed ?? end.replace(/^([0-9.]+):\d+$/, '$1');
}

/** An answer that has left for somebody else: who sent the question had its source rewritten. Null: it may come back. */
export function strayedAnswer(
  cluster: Cluster,
  pair: StoppedPath['pair'],
  path: TracePath,
  forth: TracePath | null,
): PathReason | null {
  if (path.verdict !== 'unknown' || forth === null) return null;
  const found = translationOf(cluster, { pair, path, forth, back: true });
  if (found?.what !== 'source' && preferredSource(cluster, { pair, path, forth, back: true }) === null)
    return null;
  if (path.hops.at(-1)?.action === 'deliver') return 'elsewhere';
  return hasLeft(path) ? 'away' : null;
}

/** A rule of nobody's has given it another destination than the Pod's that it was for. */
export function isRedirected(cluster: Cluster, way: Pick<StoppedPath, 'pair' | 'path'>): boolean {
  return translationOf(cluster, { ...way, back: false })?.what === 'destination';
}

/** A Service's packet that has left untranslated, since a rule keeps conntrack from it. */
export function isUntrackedService({ path }: Pick<StoppedPath, 'path'>): boolean {
  return hasLeft(path) && foreignOn(path).some(({ what }) => what === 'untracked');
}
