// What if a link, a BGP session or a node failed: whose packets lose their way, whose take another, and whose do not notice. The facts are
// changed as that failure would change them, and the same pairs of Pods are traced before and after; one stands for all of its kind.
import { flowOf } from '../../route/flow.ts';
import { routeText } from '../../route/route-text.ts';
import { fibOf } from '../../route/place.ts';
import type { Topology } from '../../topology/model.ts';
import { podWithAddress } from '../../topology/lookups.ts';
import { nodeWithAddress } from '../../trace/ends.ts';
import { tracePath } from '../../trace/trace.ts';
import type { TraceKnown } from '../../trace/known.ts';
import type { TraceRequest } from '../../trace/model.ts';
import { clusterOf, podName, type Cluster } from '../cluster.ts';
import type { KnownFacts } from '../detected.ts';
import type { Pair } from '../paths/pair.ts';
import { afterwards, type Afterwards } from './failures.ts';
import { awayAt, lineOf, partingOf, stopOf, wayOf, type Way } from './fate.ts';
import type { ChangedRoute, PairGroup, WhatIfAnswer, WhatIfRequest } from './model.ts';
import { podKinds, type PodKind } from './pod-kinds.ts';
import { MOST_EXAMPLES, Samples, type Sample } from './samples.ts';
import { servicesAfter } from './services-after.ts';
import { untouchedBy } from './untouched.ts';

/** Each is traced before and, where it may be another then, after: some milliseconds in all. */
const MOST_TRACED = 2_000;
const MOST_GROUPS = 200;
const MOST_ROUTES = 50;
const MOST_PODS = 100;

type Category = 'lost' | 'rerouted' | 'gained' | 'unsure';
type Told = Omit<PairGroup, 'from' | 'to' | 'pairs' | 'examples' | 'asked'>;

/** @param mayGoOn false: there is no more time to follow another pair */
export function whatIf(
  known: KnownFacts,
  { fails }: WhatIfRequest,
  mayGoOn: () => boolean = () => true,
): WhatIfAnswer {
  const cluster = clusterOf(known);
  const found = afterwards(cluster, fails);
  if (!found.ok) return { ok: false, sentence: found.failure };
  const then = found.value;
  const kinds = podKinds(cluster, [...new Set(then.routes.map(({ dst }) => dst))], then.devices);
  const samples = new Samples(cluster, kinds, then);
  const isUntouched = untouchedBy(then);
  const sums = new Sums();
  const cutOff = new Map<string, Set<string>>();
  let traced = 0;
  let left = samples.pairs;
  let late = false;
  for (const sample of samples) {
    late = !mayGoOn();
    if (late || traced === MOST_TRACED) break;
    traced += 1;
    left -= sample.weight;
    const fate = fateOf({ known: cluster.known, then, isUntouched }, sample);
    sums.add(sample, fate);
    if (typeof fate !== 'string' && fate.category === 'lost') {
      const from = sample.from.node.label;
      const key = `${from} ${kindKey(sample.to)}`;
      cutOff.set(key, (cutOff.get(key) ?? new Set<string>()).add(kindKey(sample.from)));
    }
  }
  const kindOf = new Map(kinds.flatMap((kind) => kind.pods.map(({ id }) => [id, kind] as const)));
  const ended = kinds.filter(({ node }) => node.entity.id === then.ended?.id);
  const pods = (then.ended === null ? [] : (cluster.node(then.ended.label)?.pods ?? [])).map(podName).sort();
  const shown = then.routes.filter(isShown);
  const services =
    cluster.inventory === null
      ? []
      : servicesAfter({
          topology: cluster.topology,
          inventory: cluster.inventory,
          ended: then.ended,
          homes: [...new Set(kinds.filter((kind) => !ended.includes(kind)).map(({ node }) => node.label))],
          lost: (from, to) => {
            const own = kinds.filter(({ node }) => node.label === from);
            const target = kindOf.get(to.id);
            return target !== undefined && cutOff.get(`${from} ${kindKey(target)}`)?.size === own.length;
          },
        });
  const groups = sums.groups();
  return {
    ok: true,
    failed: then.failed,
    sentence: summaryOf(then, sums, services.length),
    effects: [...then.effects],
    sessions: [...then.sessions],
    routes: shown.slice(0, MOST_ROUTES).map((route) => withNext(cluster, then.known, route)),
    routesLeft: Math.max(0, shown.length - MOST_ROUTES),
    ...groups.told,
    stays: sums.stays,
    without: sums.without,
    services,
    pods: pods.slice(0, MOST_PODS),
    podsLeft: Math.max(0, pods.length - MOST_PODS),
    traced,
    left,
    missing: [
      ...then.missing,
      'Of Pods of one node whose addresses have the same routes one was followed for all: what policies or their own settings do to single ones was not asked.',
      ...(left > 0 ? [notTried(left, late)] : []),
      ...(groups.left > 0 ? [`${groups.left} more groups of Pod pairs are not told one by one.`] : []),
      ...(cluster.inventory === null ? ['Kubernetes was not read: what Services lose is not known.'] : []),
    ],
  };
}

function notTried(left: number, late: boolean): string {
  return `Not all was tried: ${late ? 'there was no time for' : 'there are'} ${left} more Pod pairs, farther from what fails; of them nothing is said.`;
}

function kindKey({ node, pods: [pod] }: PodKind): string {
  return `${node.label}/${pod.id}`;
}

type Fate = 'stays' | 'without' | { readonly category: Category; readonly told: Told };

interface Ground {
  readonly known: TraceKnown;
  readonly then: Afterwards;
  readonly isUntouched: ReturnType<typeof untouchedBy>;
}

function fateOf({ known, then, isUntouched }: Ground, { from, to, pair }: Sample): Fate {
  const before = way(known, pair);
  const line = before.path === null ? '' : lineOf(before.path);
  const { ended } = then;
  const gone = [from, to].some(({ node }) => node.entity.id === ended?.id);
  if (gone && ended !== null) {
    if (before.state === 'fails') return 'without';
    const sentence = `It ends with ${ended.label}.`;
    return { category: 'lost', told: { sentence, before: line, after: '', stopsAt: null, back: false } };
  }
  if (isUntouched(pair, before)) return unchanged(before);
  const after = way(then.known, pair);
  if (before.line === after.line && before.state === after.state) return unchanged(before);
  const told = (sentence: string, back: boolean): Told => ({
    sentence,
    before: line,
    after: after.path === null ? '' : lineOf(after.path),
    stopsAt: stopOf(after),
    back,
  });
  if (after.state === 'fails')
    return before.state === 'fails'
      ? 'without'
      : { category: 'lost', told: told(after.sentence, after.back) };
  const astray = before.state === 'works' ? strayed(known.topology, then, after) : null;
  if (astray !== null)
    return {
      category: 'lost',
      told: { ...told(`${after.back ? 'The answer: ' : ''}${astray}`, after.back), stopsAt: awayAt(after) },
    };
  if (after.state === 'unknown')
    return before.state === 'unknown'
      ? unchanged(before)
      : { category: 'unsure', told: told(after.sentence, after.back) };
  if (before.state !== 'works')
    return { category: before.state === 'fails' ? 'gained' : 'unsure', told: told(after.sentence, false) };
  const { sentence, back } = partingOf(before, after);
  return { category: 'rerouted', told: told(sentence, back) };
}

function unchanged({ state }: Way): Fate {
  return state === 'fails' ? 'without' : 'stays';
}

function way(known: TraceKnown, pair: Pair): Way {
  return wayOf(pair, tracePath(known, pair, { kernelsSource: true }));
}

/**
 * A packet that had a way and is handed to who is gone, or to a router that nobody knows, has lost it: no more is known of that router than
 * that it was not needed so far. Null: it is not so.
 */
function strayed(before: Topology, { ended, known }: Afterwards, { state, path }: Way): string | null {
  const hop = path?.hops.at(-1);
  const nextHop = hop?.nextHop ?? null;
  if (state !== 'unknown' || hop === undefined || hop.isPod || nextHop === null) return null;
  if (ended !== null && before.nodes[ended.id]?.addresses.includes(nextHop) === true)
    return `${hop.place} sends it to ${nextHop}, and ${ended.label}, which had that address, is gone.`;
  if (nodeWithAddress(known.topology, nextHop) !== null || podWithAddress(known.topology, nextHop) !== null)
    return null;
  return `${hop.place} hands it to ${nextHop} (its route is ${hop.route?.text ?? 'not known'}), a router that was not read: unless that one knows the way, it is lost.`;
}

/** Groups of pairs with one fate, and how many there are of each. */
class Sums {
  readonly #groups = new Map<string, { readonly category: Category; group: PairGroup }>();
  readonly #pairs: Record<Category, number> = { lost: 0, rerouted: 0, gained: 0, unsure: 0 };
  stays = 0;
  without = 0;

  add({ from, to, pair, weight, examples }: Sample, fate: Fate): void {
    if (fate === 'stays') this.stays += weight;
    else if (fate === 'without') this.without += weight;
    else {
      const { category, told } = fate;
      this.#pairs[category] += weight;
      const { node, interface: device, reason } = told.stopsAt ?? { node: '', interface: null, reason: '' };
      const fromTo = `${from.node.label} ${to.node.label} ${pair.to.includes(':') ? '6' : '4'}`;
      const key = [category, fromTo, node, device ?? '', reason, String(told.back)].join(' ');
      const known = this.#groups.get(key)?.group;
      const asked: TraceRequest = {
        from: pair.from,
        to: pair.to,
        proto: pair.proto,
        port: pair.port,
        size: pair.size,
      };
      const group: PairGroup = known ?? {
        ...{ from: from.node.label, to: to.node.label, pairs: 0, examples: [], asked },
        ...told,
      };
      this.#groups.set(key, {
        category,
        group: {
          ...group,
          pairs: group.pairs + weight,
          examples: [...group.examples, ...examples].slice(0, MOST_EXAMPLES),
        },
      });
    }
  }

  pairs(category: Category): number {
    return this.#pairs[category];
  }

  groups(): { readonly told: Record<Category, PairGroup[]>; readonly left: number } {
    const of = (category: Category): PairGroup[] =>
      [...this.#groups.values()].flatMap((one) => (one.category === category ? [one.group] : []));
    const all = { lost: of('lost'), rerouted: of('rerouted'), gained: of('gained'), unsure: of('unsure') };
    const cut = (groups: readonly PairGroup[]): PairGroup[] => groups.slice(0, MOST_GROUPS);
    const count = Object.values(all).reduce(
      (sum, groups) => sum + Math.max(0, groups.length - MOST_GROUPS),
      0,
    );
    return {
      told: {
        lost: cut(all.lost),
        rerouted: cut(all.rerouted),
        gained: cut(all.gained),
        unsure: cut(all.unsure),
      },
      left: count,
    };
  }
}

function summaryOf({ failed }: Afterwards, sums: Sums, services: number): string {
  const pairs = (count: number): string => `${count} Pod ${count === 1 ? 'pair' : 'pairs'}`;
  const gained = sums.pairs('gained');
  const unsure = sums.pairs('unsure');
  const parts = [
    `${pairs(sums.pairs('lost'))} would lose their path`,
    `${sums.pairs('rerouted')} would take another`,
    `${sums.stays} would go on as before`,
    ...(unsure > 0 ? [`of ${unsure} it is not known`] : []),
    ...(gained > 0 ? [`${gained} would have a path that they do not have now`] : []),
    ...(sums.without > 0 ? [`${sums.without} have none now either`] : []),
    ...(services > 0 ? [`${services} ${services === 1 ? 'Service loses' : 'Services lose'} something`] : []),
  ];
  return `Without ${failed.title}: ${parts.join(', ')}.`;
}

/** What the kernel keeps for itself nobody looks for. */
function isShown({ was }: ChangedRoute): boolean {
  return !/^(local|broadcast|multicast|anycast) | table local\b|^(fe80::|ff00::)/.test(was);
}

/** What the node would follow then: a shorter prefix, or nothing. */
function withNext({ topology }: Cluster, after: TraceKnown, route: ChangedRoute): ChangedRoute {
  if (route.becomes !== null) return route;
  const node = Object.values(topology.nodes).find(
    ({ label, until }) => label === route.node && until === null,
  );
  const forwarding = after.topology.forwarding[node?.rootNetns ?? ''];
  const flow = flowOf(route.dst.split('/')[0] ?? '', null);
  if (forwarding === undefined || flow === null) return route;
  const links = after.readings.get(route.node)?.snapshot.links?.value ?? null;
  const next = fibOf(forwarding, flow.dst.family, links).lookup(flow);
  return { ...route, becomes: next.kind === 'none' || next.route === null ? null : routeText(next.route) };
}
