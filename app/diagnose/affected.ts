// Whom a finding touches: whose packets stop because of it, or, where none was seen to stop, whose way leads through what is wrong.
import { podName, type Cluster } from './cluster.ts';
import type { AffectedWay } from './detected.ts';
import type { Root } from './explain.ts';
import type { Finding } from './finding.ts';
import type { Pair } from './paths/pair.ts';
import { triedPods } from './paths/tried-pods.ts';
import { subjectsOfWay, wayFor } from './paths/path-draft.ts';
import { surveyOf, type Survey } from './paths/stops.ts';
import { podCalled, type Subject } from './subject.ts';

type Affected = NonNullable<Finding['affected']>;

const MOST_GROUPS = 20;
const MOST_NAMES = 20;
const MOST_EXAMPLES = 3;

/** Of one cluster: ways are followed once for all findings. Undefined: nobody is known to be touched. */
export function affectedIn(cluster: Cluster): (root: Root) => Affected | undefined {
  const survey = surveyOf(cluster);
  const counts = new Map(cluster.nodes.map((node) => [node.label, triedPods(cluster, node).length]));
  let passing: readonly { readonly way: AffectedWay; readonly subjects: ReadonlySet<Subject> }[] | null =
    null;
  const passers = (): NonNullable<typeof passing> =>
    (passing ??= survey.ended.map(({ pair, paths }) => ({
      way: wayFor(pair, false),
      subjects: new Set(paths.flatMap((path) => subjectsOfWay(pair, path))),
    })));
  return (root) => {
    const all = [root, ...root.consequences].map(({ draft }) => draft);
    const stopped = all.flatMap(({ ways }) => ways ?? []);
    const broken = root.draft.breaks;
    // Where it says itself which ways those are, not all that lead through what is broken are: of a tunnel those between two of its ends.
    const named = root.draft.paths ?? [];
    const ways =
      stopped.length > 0
        ? stopped
        : passers().flatMap(({ way, subjects }) =>
            (named.length > 0 ? named.includes(way.name) : broken.some((one) => subjects.has(one)))
              ? [way]
              : [],
          );
    const pod = root.draft.where.pod ?? podOf(broken);
    if (ways.length === 0 && pod === null) return undefined;
    return told(cluster, { ways, how: stopped.length > 0 ? 'stops' : 'passes', pod, counts, survey });
  };
}

function podOf(broken: readonly Subject[]): string | null {
  const prefix = podCalled('');
  const pods = broken.filter((one) => one.startsWith(prefix));
  return pods.length === 1 ? (pods[0]?.slice(prefix.length) ?? null) : null;
}

interface Asked {
  readonly ways: readonly AffectedWay[];
  readonly how: Affected['how'];
  /** The one that it is about; null: it is not about one. */
  readonly pod: string | null;
  /** Pods by node label. */
  readonly counts: ReadonlyMap<string, number>;
  readonly survey: Survey;
}

function told(cluster: Cluster, asked: Asked): Affected {
  const { ways, how, pod } = asked;
  const groups = new Map<string, { from: string; to: string; ways: AffectedWay[] }>();
  for (const way of ways) {
    const { fromNode, toNode } = way;
    if (way.fromPod === null || way.toPod === null || toNode === null) continue;
    const key = `${fromNode} ${toNode}`;
    const group = groups.get(key) ?? { from: fromNode, to: toNode, ways: [] };
    groups.set(key, group);
    if (!group.ways.some(({ name }) => name === way.name)) group.ways.push(way);
  }
  const pairs = [...groups.values()].map((group) => ({
    from: group.from,
    to: group.to,
    pairs: pairsBehind(group.ways, asked),
    examples: group.ways
      .slice(0, MOST_EXAMPLES)
      .map(({ fromPod, toPod }) => `${fromPod ?? ''} → ${toPod ?? ''}`),
  }));
  const named = pod === null ? [] : [pod];
  const ends = ways.flatMap(({ fromPod, toPod }) => [fromPod, toPod]).filter((one) => one !== null);
  const services = [
    ...ways.flatMap(({ service }) => service ?? []),
    ...(pod === null ? [] : servicesOf(cluster, pod)),
  ];
  const nodes = ways.some(
    ({ fromPod, toPod, service }) => service === null && (fromPod === null || toPod === null),
  );
  const all = {
    pods: [...new Set([...named, ...(pod === null ? ends : [])])],
    services: [...new Set(services)].sort(),
  };
  return {
    how,
    sentence: sentenceOf(how, pod, pairs, all.services, nodes),
    pairs: pairs.slice(0, MOST_GROUPS),
    pods: all.pods.slice(0, MOST_NAMES),
    services: all.services.slice(0, MOST_NAMES),
    left: Math.max(0, pairs.length - MOST_GROUPS),
  };
}

/** One Pod of a node stands for all, unless it is about one, or another of them was seen to arrive. */
function pairsBehind(ways: readonly AffectedWay[], { pod, counts, survey, how }: Asked): number {
  const [way] = ways;
  if (way === undefined) return 0;
  const own = way.fromNode === way.toNode;
  const [from, to] = [counts.get(way.fromNode) ?? 1, counts.get(way.toNode ?? '') ?? 1];
  if (pod !== null) return Math.max(ways.length, (way.fromPod === pod ? to : from) - (own ? 1 : 0));
  const names = new Set(ways.map(({ name }) => name));
  const arrives = ({ name, fromNode, toNode, fromPod, toPod }: Pair): boolean =>
    fromNode === way.fromNode &&
    toNode === way.toNode &&
    fromPod !== null &&
    toPod !== null &&
    !names.has(name);
  const others =
    how === 'stops' &&
    survey.ended.some(
      ({ pair, paths }) => arrives(pair) && paths.every(({ verdict }) => verdict === 'delivered'),
    );
  return others ? ways.length : Math.max(ways.length, from * (own ? to - 1 : to));
}

/** Those that have it behind them, ready. */
function servicesOf({ pods, inventory }: Cluster, pod: string): string[] {
  const own = new Set(pods.filter((one) => podName(one) === pod).flatMap(({ ips }) => ips));
  return Object.values(inventory?.endpointSlices ?? {}).flatMap(({ namespace, service, endpoints }) =>
    service !== null &&
    endpoints.some(({ ready, addresses }) => ready && addresses.some((one) => own.has(one)))
      ? [`${namespace}/${service}`]
      : [],
  );
}

function sentenceOf(
  how: Affected['how'],
  pod: string | null,
  pairs: Affected['pairs'],
  services: readonly string[],
  nodes: boolean,
): string {
  const count = pairs.reduce((sum, one) => sum + one.pairs, 0);
  const [first] = pairs;
  const where =
    first === undefined
      ? ''
      : pairs.length === 1
        ? ` (${first.from} → ${first.to})`
        : ` of ${pairs.length} pairs of nodes`;
  const parts = [
    ...(pod === null ? [] : [pod]),
    ...(count === 0 ? [] : [`${count} Pod ${count === 1 ? 'pair' : 'pairs'}${where}`]),
    ...(nodes ? ['packets between nodes and Pods'] : []),
    ...(services.length === 0
      ? []
      : [
          services.length <= 3
            ? `${services.length === 1 ? 'Service' : 'Services'} ${services.join(', ')}`
            : `${services.length} Services`,
        ]),
  ];
  const what = parts.join('; ');
  return how === 'stops' || pairs.length === 0
    ? `${what}.`
    : `The way of ${what} leads through it; that they lose packets is not seen.`;
}
