// Where an address goes from one namespace, and why: the rule and the route that match, the next hop behind it, and
// for every other route to it the reason why it is not taken.
import type { Route } from '../probe/facts.ts';
import { interfacesIn, ownerOfAddressAt } from '../topology/lookups.ts';
import type { NodeReading } from '../topology/input.ts';
import type { Topology } from '../topology/model.ts';
import type { RouteExplainRequest, RouteExplanation, ShownHop } from './explanation.ts';
import type { Fib, RuleStep } from './fib.ts';
import { flowOf, type Flow } from './flow.ts';
import {
  receiving,
  sending,
  type IncomingSettings,
  type KernelAnswer,
  type Refusal,
} from './kernel-lookup.ts';
import { incomingSettings } from './incoming-settings.ts';
import { losersOf } from './losers.ts';
import { fibOf, placeOf, type Place } from './place.ts';
import { shownRoute } from './route-text.ts';
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
  if (!place.ok) return { ok: false, sentence: place.failure };
  const { destination, source, iif, mark, proto, sport, dport } = request;
  const flow = flowOf(destination, source === '' ? null : source, {
    iif,
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
  const fib = fibOf(forwarding, family);
  const steps: RuleStep[] = [];
  const settings = settingsOf(topology, place.value, iif, readings);
  const answer = ask(fib, flow, settings ?? ASSUMED, steps);
  const route = answer.kind === 'on-link' ? null : answer.route;
  const rule = answer.kind === 'on-link' ? null : ruleOf(fib, answer);
  const { losers, more } = losersOf(fib, flow, steps, route);
  const hops = route === null ? [] : hopsOf(topology, place.value, route, destination);
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
      sentence: stepSentence(step),
    })),
    notes: notesOf(fib, flow, answer, settings !== null),
    evidence: forwarding.evidence.filter((id) =>
      [`routes${family}`, `rules${family}`, 'neighbours'].some((part) => id.endsWith(`/${part}`)),
    ),
  };
}

/** What most nodes of a cluster have: where it is not so, a note says what would be otherwise. */
const ASSUMED: IncomingSettings = {
  forwarding: true,
  rpFilter: 0,
  acceptLocal: false,
  routeLocalnet: false,
  srcValidMark: false,
  hasAddress: true,
};

/** Null where they were not read; those of other namespaces are not. */
function settingsOf(
  topology: Topology,
  { node, forwarding }: Place,
  iif: string | null,
  readings: ReadonlyMap<string, NodeReading>,
): IncomingSettings | null {
  const sysctls = readings.get(node.label)?.snapshot.settings?.value?.sysctls;
  if (iif === null || sysctls === undefined || forwarding.netnsId !== node.rootNetns) return null;
  const device = interfacesIn(topology.interfaces, forwarding.netnsId).find(
    ({ name, until }) => name === iif && until === null,
  );
  const hasAddress = device?.addresses.some(({ family }) => family === 4) ?? false;
  return incomingSettings(sysctls, iif, hasAddress);
}

function ask(fib: Fib, flow: Flow, settings: IncomingSettings, steps?: RuleStep[]): KernelAnswer {
  if (flow.iif !== null) return receiving(fib, flow, settings, steps);
  const answer = sending(fib, flow, steps);
  // The way is what is asked for; that nobody here may send from this source is a note.
  if (answer.kind !== 'refused' || answer.why !== 'source-not-local') return answer;
  const found = fib.lookup(flow, steps);
  if (found.kind === 'route') return found;
  return sending(fib, { ...flow, src: null });
}

/** Where local and main are one trie, the rule that would lead to the route's own table. */
function ruleOf(
  fib: Fib,
  answer: Exclude<KernelAnswer, { kind: 'on-link' }>,
): { priority: number; text: string } | null {
  const { rule, route } = answer;
  if (fib.merged === null || route === null) return rule;
  return fib.rules.find(({ table }) => table === tableName(route.table))?.rule ?? rule;
}

/** The rules as they read, although one trie has answered for two tables. */
function asIfApart(fib: Fib, steps: readonly RuleStep[], route: Route | null): readonly RuleStep[] {
  const table = route === null ? null : tableName(route.table);
  const won = steps.find(({ outcome }) => outcome.kind === 'won');
  const own = fib.rules.find((one) => one.table === table)?.rule;
  if (fib.merged === null || won === undefined || own === undefined || own === won.rule) return steps;
  return [
    ...steps.map((step): RuleStep => (step === won ? { ...step, outcome: { kind: 'no-route' } } : step)),
    { rule: own, outcome: { kind: 'won' } },
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
  if (answer.kind === 'refused') return `${destination}: ${REFUSALS[answer.why]}`;
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

function hopsOf(
  topology: Topology,
  { forwarding, node }: Place,
  route: Route,
  destination: string,
): ShownHop[] {
  if (route.type === 'local' || (route.dev === null && route.nexthops.length === 0)) return [];
  const paths =
    route.nexthops.length > 0 ? route.nexthops : [{ via: route.via, dev: route.dev ?? '', weight: 1 }];
  const interfaces = interfacesIn(topology.interfaces, forwarding.netnsId);
  return paths.map(({ via, dev, weight }) => {
    const address = via ?? destination;
    const one = interfaces.find((each) => each.name === dev && each.until === null);
    const neighbour = forwarding.neighbours.find((each) => each.dst === address && each.dev === dev);
    const owner = ownerOfAddressAt(
      topology,
      address,
      node.since.s > forwarding.at.s ? node.since : forwarding.at,
    );
    const trouble =
      one === undefined
        ? `${dev} is not there`
        : one.adminUp === false
          ? `${dev} is down`
          : one.carrier === false
            ? `${dev} has no carrier`
            : null;
    const state = neighbour?.state ?? null;
    return {
      via,
      dev,
      weight,
      interfaceId: one?.id ?? null,
      trouble,
      mac: neighbour?.mac ?? null,
      state,
      name: owner?.name ?? null,
      sentence: neighbourSentence(address, state, neighbour?.mac ?? null),
    };
  });
}

function neighbourSentence(address: string, state: string | null, mac: string | null): string {
  if (state === null) return `${address} has no neighbour entry: nothing was sent to it lately.`;
  if (state === 'FAILED' || state === 'INCOMPLETE')
    return `${address} does not answer for its address (${state}).`;
  return `${address} is at ${mac ?? 'an address that is not known'} (${state}).`;
}

function notesOf(fib: Fib, flow: Flow, answer: KernelAnswer, settled: boolean): string[] {
  const notes: string[] = [];
  for (const { rule } of fib.rules)
    if (rule.unread.length > 0)
      notes.push(
        `Rule ${rule.priority} is not understood whole (${rule.unread.join(' ')}): it is taken not to match.`,
      );
  if (fib.rules.some(({ rule }) => rule.l3mdev))
    notes.push('A rule asks for the table of a VRF: devices of VRFs are not known.');
  if (fib.rules.some(({ rule }) => rule.suppressIfgroup !== null))
    notes.push(
      'A rule suppresses a group of devices: groups are not known, every device is taken to be of the default one.',
    );
  if (answer.kind === 'route' && answer.route.nexthops.length > 1)
    notes.push(
      'Which of its paths a packet takes, a hash of its addresses decides that only the kernel knows.',
    );
  const sent = flow.iif === null ? sending(fib, flow) : null;
  if (sent?.kind === 'refused' && sent.why === 'source-not-local')
    notes.push(
      'The source is no address of this machine, which cannot send so: say by which device the packet comes in (iif).',
    );
  if (flow.iif !== null && fib.family === 4 && !settled) {
    notes.push(
      'Whether its device forwards and how strictly it checks sources was not read: forwarding on and rp_filter 0 are assumed.',
    );
    const strict = ask(fib, flow, { ...ASSUMED, rpFilter: 1 });
    if (answer.kind === 'route' && strict.kind === 'refused')
      notes.push(
        'With rp_filter 1 it would be refused: the way back to its source leaves by another device.',
      );
  }
  if (fib.merged !== null && answer.kind === 'route' && differsUnmerged(fib, flow, answer.route))
    notes.push(
      'As soon as a rule is added, table local is looked at first and alone, and this address goes another way.',
    );
  return notes;
}

/** The longest prefix of both tables has won over a shorter one of table local. */
function differsUnmerged(fib: Fib, flow: Flow, winner: Route): boolean {
  if (winner.table === 'local') return false;
  const first = fib.tables.get('local')?.candidates(flow) ?? [];
  for (const { route, unusable } of first)
    if (route.table === 'local' && unusable === null) return route.type !== 'throw';
  return false;
}
