// Where an address goes from one namespace, and why: the rule and the route that match, the next hop behind it, and
// for every other route to it the reason why it is not taken.
import type { Route } from '../probe/facts.ts';
import { wholeRoutes } from '../probe/whole-routes.ts';
import { interfacesIn } from '../topology/lookups.ts';
import { PASTED, type NodeReading } from '../topology/input.ts';
import type { Topology } from '../topology/model.ts';
import type { RouteExplainRequest, RouteExplanation, ShownHop } from './explanation.ts';
import type { Vrf } from './devices.ts';
import type { Fib, RuleStep } from './fib.ts';
import { flowOf, type Flow } from './flow.ts';
import { bearingOfPart } from './part-of-routes.ts';
import { ASSUMED_SETTINGS, incomingSettings } from './incoming-settings.ts';
import {
  forwarded6,
  receiving,
  sending,
  type IncomingSettings,
  type KernelAnswer,
  type Refusal,
} from './kernel-lookup.ts';
import { losersOf } from './losers.ts';
import { namespaceFacts, type NamespaceFacts } from './namespace-facts.ts';
import { notesOf } from './notes.ts';
import { fibOf, placeOf, type Place } from './place.ts';
import { shownRoute } from './route-text.ts';
import { hopsOf } from './shown-hops.ts';
import { ruleBehind } from './rule-behind.ts';
import { tableName } from './rule-match.ts';
import { stepSentence } from './rule-sentence.ts';

const PROTOCOLS = { tcp: 6, udp: 17, icmp: 1, sctp: 132 } as const;

/** @param readings by node label, for the sysctls that decide about what comes in. */
export function explainRoute(
  topology: Topology,
  request: RouteExplainRequest,
  readings: ReadonlyMap<string, NodeReading> = new Map(),
): RouteExplanation {
  const place = placeOf(topology, request.at);
  if (!place.ok)
    return { ok: false, sentence: unreadInside(topology, readings, request.at) ?? place.failure };
  const { destination, source, iif, oif, mark, proto, sport, dport } = request;
  const flow = flowOf(destination, source === '' ? null : source, {
    iif,
    oif,
    mark,
    ipproto: proto === null ? 0 : PROTOCOLS[proto],
    sport,
    dport,
  });
  if (flow === null)
    return {
      ok: false,
      sentence: `“${destination}”${source === null ? '' : ` and “${source}”`} must be IP addresses of one family, as 192.168.1.2 or fd00::2.`,
    };
  const { node, forwarding, name } = place.value;
  const family = flow.dst.family;
  const facts = namespaceFacts(topology, readings, place.value);
  // Routes that were not read are no routes that are not there.
  const unread = facts?.[`routes${family}`] ?? null;
  if (unread !== null && unread.value === null)
    return {
      ok: false,
      sentence: unread.sentence ?? `The IPv${String(family)} routes of ${name} were not read.`,
    };
  const fib = fibOf(forwarding, family, facts?.links?.value ?? null);
  const steps: RuleStep[] = [];
  const settings = settingsOf(topology, place.value, flow, { facts, vrf: fib.vrfOf(flow) });
  const answer = ask(fib, flow, settings ?? ASSUMED_SETTINGS, steps);
  // One that is meant for it may be among those that are missing.
  const partial = unread === null || wholeRoutes(unread) !== null ? null : bearingOfPart(answer);
  if (partial === 'unknown')
    return {
      ok: false,
      sentence:
        `Where ${name} sends ${destination} is not known: ${answer.kind === 'on-link' || answer.route === null ? 'none' : `only ${answer.route.dst}`} of its known routes leads there. ${unread?.sentence ?? ''}`.trim(),
    };
  const route = answer.kind === 'on-link' ? null : answer.route;
  const rule = answer.kind === 'on-link' ? null : ruleBehind(fib, answer.rule, answer.route);
  const { losers, more } = losersOf(fib, flow, steps, route);
  const neighboursRead = facts === null || (facts.neighbours?.value ?? null) !== null;
  const hops = route === null ? [] : hopsOf(topology, place.value, route, destination, neighboursRead);
  return {
    ok: true,
    place: name,
    netnsId: forwarding.netnsId,
    nodeId: node.id,
    verdict: verdictOf(answer),
    sentence: sentenceOf(answer, destination, name, hops),
    rule: rule === null ? null : { priority: rule.priority, text: rule.text },
    route: route === null ? null : shownRoute(route),
    hops,
    losers,
    moreLosers: more,
    rules: asIfApart(fib, steps, route).map((step) => ({
      priority: step.rule.priority,
      text: step.rule.text,
      won: step.outcome.kind === 'won',
      sentence: stepSentence(step, fib.tables.has('local')),
    })),
    notes: notesOf({ fib, flow, answer, settings, forwarding, facts }),
    evidence: forwarding.evidence.filter((id) =>
      [`routes${family}`, `rules${family}`, 'neighbours'].some((part) => id.endsWith(`/${part}`)),
    ),
  };
}

/** Why a Pod that was to be looked into could not be. */
function unreadInside(
  { netns, nodes }: Topology,
  readings: ReadonlyMap<string, NodeReading>,
  at: string,
): string | null {
  const space = netns[at];
  if (space === undefined || space.root || space.until !== null) return null;
  const node = nodes[space.nodeId];
  const reading = readings.get(node?.label ?? '');
  if (reading?.hostKeyFingerprint === PASTED)
    return 'Routes inside a Pod are not read from what was pasted: ask for its node, and say by which device its packets come in.';
  if (space.process === null)
    return `The routes inside this Pod cannot be read: this login sees no process in its network namespace on ${node?.label ?? 'its node'}.`;
  const unread = reading?.snapshot.insides?.value?.unread ?? [];
  return unread.find(({ pid }) => pid === space.process?.pid)?.sentence ?? null;
}

/** Null where they were not read. */
function settingsOf(
  topology: Topology,
  { forwarding }: Place,
  { iif, dst }: Flow,
  { facts, vrf }: { readonly facts: NamespaceFacts | null; readonly vrf: Vrf | null },
): IncomingSettings | null {
  const sysctls = facts?.sysctls ?? null;
  if (iif === null || sysctls === null) return null;
  // A VRF takes in what comes in by its devices.
  const dev = vrf?.name ?? iif;
  const device = interfacesIn(topology.interfaces, forwarding.netnsId).find(
    ({ name, until }) => name === dev && until === null,
  );
  const hasAddress = device?.addresses.some(({ family }) => family === 4) ?? false;
  return incomingSettings(sysctls, { family: dst.family, dev, hasAddress });
}

function ask(fib: Fib, flow: Flow, settings: IncomingSettings, steps?: RuleStep[]): KernelAnswer {
  if (flow.iif !== null) {
    const received = receiving(fib, flow, settings, steps);
    return fib.family === 6 ? forwarded6(received, settings) : received;
  }
  const answer = sending(fib, flow, steps);
  // The way is what is asked for; that nobody here may send from this source is a note.
  if (answer.kind !== 'refused' || answer.why !== 'source-not-local') return answer;
  const found = fib.lookup(flow, steps);
  if (found.kind === 'route') return found;
  return sending(fib, { ...flow, src: null });
}

/** The rules as they read, although one trie has answered for two tables. */
function asIfApart(fib: Fib, steps: readonly RuleStep[], route: Route | null): readonly RuleStep[] {
  const table = route === null ? null : tableName(route.table);
  const won = steps.find(({ outcome }) => outcome.kind === 'won');
  const own = fib.rules.find((one) => one.table === table)?.rule;
  if (fib.merged === null || won === undefined || own === undefined || own === won.rule) return steps;
  return [
    ...steps.map((step): RuleStep => (step === won ? { ...step, outcome: { kind: 'no-route' } } : step)),
    { rule: own, table, outcome: { kind: 'won' } },
  ];
}

function verdictOf(answer: KernelAnswer): 'forwarded' | 'local' | 'rejected' | 'refused' | 'no-route' {
  if (answer.kind === 'on-link') return 'forwarded';
  if (answer.kind === 'route') return answer.route.type === 'local' ? 'local' : 'forwarded';
  const { why } = answer;
  if (why === 'no-route') return 'no-route';
  return why === 'blackhole' || why === 'unreachable' || why === 'prohibit' ? 'rejected' : 'refused';
}

function sentenceOf(
  answer: KernelAnswer,
  destination: string,
  name: string,
  hops: readonly ShownHop[],
): string {
  if (answer.kind === 'on-link') return `${destination} is taken to be on the link of ${answer.dev}.`;
  if (answer.kind === 'refused') {
    const whole = answer.why === 'forwarding-off' && destination.includes(':');
    return `${destination}: ${whole ? 'this machine does not forward IPv6.' : REFUSALS[answer.why]}`;
  }
  if (answer.route.type === 'local') return `${destination} is an address of ${name} itself.`;
  if (answer.route.type !== 'unicast')
    return `${destination} is sent as a ${answer.route.type} on ${answer.route.dev ?? 'its device'}.`;
  const ways = hops.map(({ via, dev, name: neighbour }) => {
    const by = via === null ? `straight out of ${dev}` : `by ${dev} to ${via}`;
    return neighbour === null ? by : `${by} (${neighbour})`;
  });
  return `${destination} goes ${ways.join(' or ')}.`;
}

const REFUSALS: Readonly<Record<Refusal, string>> = {
  blackhole: 'a blackhole takes it, and nobody is told.',
  unreachable: 'the sender is told that the host is unreachable.',
  prohibit: 'the sender is told that it is prohibited.',
  'no-route': 'there is no route to it.',
  'forwarding-off': 'this device does not forward.',
  'reverse-path': 'its source would be answered by another device (reverse path filter).',
  'martian-source': 'its source cannot be one here (martian).',
  'martian-destination': 'nothing is forwarded to such an address (martian).',
  'source-not-local': 'its source is no address of this machine.',
};
