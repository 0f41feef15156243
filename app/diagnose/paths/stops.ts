// Where packets stop on their ways, by app/trace: every pair is tried once a diagnosis, and what stops at one place for one reason is one.
import { tracePath } from '../../trace/trace.ts';
import type { TraceHop, TraceLookup, TracePath, TraceStep } from '../../trace/model.ts';
import { wholeFilters } from '../../probe/whole-filters.ts';
import type { Topology } from '../../topology/model.ts';
import type { Cluster } from '../cluster.ts';
import type { Pair } from './pair.ts';
import { askedPair, pairsOf } from './pairs.ts';
import { packetDestination, packetSource } from './packet-ends.ts';
import { mayBeMasqueraded } from './preferred-source.ts';
import { stopsBehind } from './behind.ts';
import { reasonOf } from './stop-reason.ts';
import type { PathReason, Stop, StoppedPath } from './stopped-path.ts';
import { translationOf } from './translation.ts';

export type { Stop };

export interface Survey {
  readonly tried: number;
  readonly left: number;
  readonly stops: readonly Stop[];
  /** Pairs whose way was followed to its end, whatever that is. */
  readonly ended: readonly { readonly pair: Pair; readonly paths: readonly TracePath[] }[];
  /** Why some could not be followed, a sentence each. */
  readonly unknown: readonly string[];
  /** Routes that were looked up on the ways, one of each kind: what the kernels may be asked. */
  readonly lookups: readonly TraceLookup[];
}

interface Kept {
  /** What it was made of; a revision of the topology may be read with other facts. */
  readonly facts: readonly unknown[];
  readonly survey: Survey;
}

/** A topology's revision is one object. */
const surveys = new WeakMap<Topology, Kept>();

/** What is asked is followed beside what is tried with every diagnosis. */
const asked = new WeakMap<Cluster, Survey>();

export function surveyOf(cluster: Cluster): Survey {
  const pair = askedPair(cluster);
  if (pair === null) return usualSurvey(cluster);
  let survey = asked.get(cluster);
  if (survey === undefined) {
    const usual = usualSurvey(cluster);
    const more = followed(cluster, [pair]);
    const firsts = usual.stops.flatMap(({ paths, behind }) => (behind === undefined ? paths : []));
    survey = {
      ...usual,
      stops: withBehind(cluster, grouped(cluster, [...more.stopped, ...firsts])),
      ended: [...more.ended, ...usual.ended],
    };
    asked.set(cluster, survey);
  }
  return survey;
}

function usualSurvey(cluster: Cluster): Survey {
  const { topology, inventory, readings, hints } = cluster.known;
  const facts = [inventory, hints, ...[...readings.values()].map(({ snapshot }) => snapshot)];
  const before = surveys.get(topology);
  if (
    before !== undefined &&
    before.facts.length === facts.length &&
    before.facts.every((one, at) => one === facts[at])
  )
    return before.survey;
  const survey = tried(cluster);
  surveys.set(topology, { facts, survey });
  return survey;
}

function tried(cluster: Cluster): Survey {
  const { pairs, left } = pairsOf(cluster);
  const { stopped, ...found } = followed(cluster, pairs);
  const told = stopped.filter((one) => isOddlyStopped(one, stopped, found.ended));
  return {
    tried: found.ended.length,
    left,
    stops: withBehind(cluster, grouped(cluster, told)),
    ...found,
  };
}

/** With what would stop the same packets behind those, were they mended. */
function withBehind(cluster: Cluster, stops: readonly Stop[]): Stop[] {
  const follow = {
    stopped: (lifted: Cluster, pairs: readonly Pair[]) => followed(lifted, pairs).stopped,
    grouped,
    keyOf: keyOfStop,
  };
  return [...stops, ...stopsBehind(cluster, stops, follow)];
}

function keyOfStop({ reason, hop, step, device }: Stop): string {
  return `${hop.netnsId} ${reason} ${decider(reason, hop, step, device)}`;
}

/** Of what no node need let pass: another does. */
function isOddlyStopped(
  { pair, path, forth = null, back }: StoppedPath,
  stopped: readonly StoppedPath[],
  ended: Survey['ended'],
): boolean {
  const kind = voluntaryKind(pair, back ? forth : path);
  if (kind === null) return true;
  return ended.some((other) =>
    other.paths.some(
      (way) =>
        way.verdict === 'delivered' &&
        voluntaryKind(other.pair, way) === kind &&
        !stopped.some((one) => one.path === way || one.forth === way),
    ),
  );
}

/** Null: all have to arrive. That a Pod comes to itself through its Service takes more than a bridge need do (hairpin). */
function voluntaryKind({ alike, service }: Pair, forth: TracePath | null): string | null {
  if (alike !== undefined) return alike;
  const [first, last] = [forth?.hops[0], forth?.hops.at(-1)];
  if (service === undefined || first === undefined || last === undefined) return null;
  return packetDestination(last.packet) === packetSource(first.packet) ? `back to itself ${service}` : null;
}

interface Followed extends Pick<Survey, 'ended' | 'unknown' | 'lookups'> {
  readonly stopped: readonly StoppedPath[];
}

function followed(cluster: Cluster, pairs: readonly Pair[]): Followed {
  const unknown = new Set<string>();
  const stopped: StoppedPath[] = [];
  const ended: { pair: Pair; paths: readonly TracePath[] }[] = [];
  const lookups = new Map<string, TraceLookup>();
  for (const pair of pairs) {
    const answer = tracePath(cluster.known, pair, { kernelsSource: pair.asked !== true });
    if (!answer.ok) {
      unknown.add(answer.sentence);
      continue;
    }
    ended.push({ pair, paths: answer.paths });
    for (const one of answer.lookups)
      lookups.set(`${one.netnsId} ${one.asked.destination} ${one.asked.iif ?? ''}`, one);
    if (mayBeTranslated(cluster, pair, answer.paths)) continue;
    const forth = answer.paths.filter(
      (path) => path.share > 0 && reasonOf(pair, path, false, cluster) !== null,
    );
    stopped.push(...forth.map((path) => ({ pair, back: false, path })));
    const { reverse } = answer;
    const [answered = null] = answer.paths;
    if (
      forth.length === 0 &&
      reverse !== null &&
      reasonOf(pair, reverse, true, cluster, answered) !== null &&
      !mayBeMasqueraded(cluster, answered)
    )
      stopped.push({ pair, back: true, path: reverse, forth: answered });
    for (const { verdict, sentence } of answer.paths) if (verdict === 'unknown') unknown.add(sentence);
  }
  return { stopped, ended, unknown: [...unknown], lookups: [...lookups.values()] };
}

/**
 * What goes to a node or a Service is rewritten on its way (MASQUERADE, a Service's endpoint): where not all filters on it were read, it may be
 * another packet that comes on, and where that one stops proves nothing.
 */
function mayBeTranslated(cluster: Cluster, { toPod }: Pair, paths: readonly TracePath[]): boolean {
  const unread = (node: string): boolean => wholeFilters(cluster.node(node)?.snapshot.firewall) === null;
  return toPod === null && paths.some(({ hops }) => hops.some(({ isPod, node }) => !isPod && unread(node)));
}

function grouped(cluster: Cluster, stopped: readonly StoppedPath[]): Stop[] {
  const groups = new Map<string, Stop>();
  for (const one of stopped) {
    const hop = one.path.hops.at(-1);
    const reason = reasonOf(one.pair, one.path, one.back, cluster, one.forth);
    const step =
      hop?.steps.findLast(({ outcome }) => outcome === 'stops') ??
      hop?.steps.findLast(({ stage }) => stage === 'route') ??
      hop?.steps.at(-1);
    if (hop === undefined || reason === null || step === undefined) continue;
    const device = one.path.stopsAt?.interface ?? null;
    // What was redirected before is of that rule, whoever takes it in the end.
    const misled = translationOf(cluster, one);
    const by =
      misled === null || misled.what === 'source' ? '' : `${misled.rule.chain} ${misled.rule.number}`;
    const key = `${hop.netnsId} ${reason} ${decider(reason, hop, step, device)} ${by}`;
    const group = groups.get(key);
    groups.set(
      key,
      group === undefined
        ? { reason, hop, step, device, paths: [one], asked: one.pair.asked === true }
        : { ...group, paths: [...group.paths, one], asked: group.asked || one.pair.asked === true },
    );
  }
  return [...groups.values()].sort(
    (a, b) =>
      Number(a.paths.every(({ back }) => back)) - Number(b.paths.every(({ back }) => back)) ||
      b.paths.length - a.paths.length,
  );
}

const OF_DEVICE: ReadonlySet<PathReason> = new Set<PathReason>([
  'device-down',
  'device-missing',
  'no-carrier',
  'bridge-port',
  'port-closed',
  'tc-drop',
]);

/** What decided: of packets that one of these stops, it is one thing that is wrong. */
function decider(reason: PathReason, hop: TraceHop, step: TraceStep, device: string | null): string {
  const rule = step.rules.at(-1);
  if (rule !== undefined && reason.startsWith('filter-')) {
    // The network's own of raw ask of the interface where it came in, and so does the match rpfilter; others are the same for all.
    const asksWhere = rule.table === 'raw' && (rule.owner !== null || /rpfilter/.test(rule.text));
    const where = asksWhere ? (hop.ingress ?? '') : '';
    // Tables of two families may have one name, and their chains as well.
    return `${rule.backend} ${rule.family} ${rule.table} ${rule.chain} ${rule.number} ${where}`;
  }
  if (reason === 'reverse-path' || reason === 'forwarding-off') return hop.ingress ?? '';
  // A device that passes nothing on does so in both directions, whatever routes lead there.
  if (OF_DEVICE.has(reason) && device !== null) return device;
  const route = (step.route ?? hop.route)?.text ?? '';
  // Where routes refuse, it is the same for what comes in by any interface.
  return step.stage === 'route' ? route : `${device ?? ''} ${route}`;
}
