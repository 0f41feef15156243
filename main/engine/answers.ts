// Which pure function answers which question. One line each: what there is to understand stands in app/.
import type { QuestionName, QuestionRequest, QuestionResponse } from '../../app/contract/questions.ts';
import { diagnose } from '../../app/diagnose/diagnose.ts';
import { kernelQuestions } from '../../app/diagnose/kernel-questions.ts';
import { besideOf } from '../../app/diagnose/hint.ts';
import { whatIf } from '../../app/diagnose/what-if/what-if.ts';
import { dropsView } from '../../app/ledger/drops-view.ts';
import type { Ledger } from '../../app/ledger/ledger.ts';
import { insideView } from '../../app/ledger/inside-view.ts';
import { settingsView } from '../../app/ledger/settings-view.ts';
import { firewallNames, type FirewallNames } from '../../app/firewall/firewall-names.ts';
import { firewallChain, firewallView } from '../../app/firewall/firewall-view.ts';
import { knownFirewall, type KnownFirewall } from '../../app/firewall/known-firewall.ts';
import { nodeServices } from '../../app/firewall/node-services.ts';
import type { FirewallReading } from '../../app/probe/firewall-facts.ts';
import type { Inventory } from '../../app/probe/inventory.ts';
import { inventoryView } from '../../app/probe/inventory-view.ts';
import { explainRoute } from '../../app/route/explain.ts';
import { routesEverywhere } from '../../app/route/everywhere.ts';
import { routeProvenance } from '../../app/route/provenance.ts';
import { tracePath } from '../../app/trace/trace.ts';
import { bgpMatrix } from '../../app/topology/bgp-matrix.ts';
import { servicesNamed } from '../../app/trace/services-named.ts';
import type { Section } from '../../app/probe/snapshot.ts';
import type { SummedCost } from '../../app/probe/reading-cost.ts';
import type { NodeReading } from '../../app/topology/input.ts';
import type { Topology } from '../../app/topology/model.ts';

/** All that is known now. */
export interface Known {
  readonly topology: Topology;
  /** By node label. */
  readonly readings: ReadonlyMap<string, NodeReading>;
  readonly inventory: Inventory | null;
  /** What each node dropped, by label; none before its counters were read. */
  readonly ledgers: ReadonlyMap<string, Ledger>;
  /** What each node's readings cost it, by label and by their parts. */
  readonly costs: ReadonlyMap<string, ReadonlyMap<string, SummedCost>>;
  /** The reading of the filters before the latest, by node label. */
  readonly earlierFirewalls: ReadonlyMap<string, Section<FirewallReading>>;
}

/** ms in which a "what if" follows pairs: whoever asks still waits, and the worker is far from being taken for hung. */
const WHAT_IF_MS = 4_000;

type Answers = {
  readonly [N in QuestionName]: (request: QuestionRequest<N>, known: Known) => QuestionResponse<N>;
};

const answers: Answers = {
  'bgp.matrix': (_, { topology, readings, inventory }) => bgpMatrix(topology, readings, inventory),
  'trace.services': (_, { inventory }) => servicesNamed(inventory),
  'diagnose.run': (request, known) => diagnose({ ...known, ...besideOf(request) }),
  'diagnose.lookups': (_, known) => kernelQuestions(known),
  'whatIf.run': (request, known) => {
    const end = performance.now() + WHAT_IF_MS;
    return whatIf(known, request, () => performance.now() < end);
  },
  'inventory.view': (_, { topology, inventory }) => inventoryView(inventory, topology.evidence),
  'drops.view': (request, known) => dropsView(known, request),
  'node.settings': (request, known) => settingsView(known, request),
  'pod.inside': (request, known) => insideView(known, request),
  'node.cost': ({ label }, { costs }) => [...(costs.get(label)?.values() ?? [])],
  'firewall.view': ({ node, search }, known) =>
    firewallView(filtersOf(known, node), namesOf(known, node), search),
  'firewall.chain': ({ node, ...asked }, known) =>
    firewallChain(filtersOf(known, node), namesOf(known, node), asked),
  'firewall.service': ({ node, service }, known) =>
    (node === null ? [...known.readings.keys()].sort() : [node]).map((label) =>
      nodeServices(filtersOf(known, label), namesOf(known, label), known.inventory, service),
    ),
  'route.explain': (request, { topology, readings }) => explainRoute(topology, request, readings),
  'route.everywhere': (request, { topology, readings }) => routesEverywhere(topology, request, readings),
  'route.provenance': (request, known) => routeProvenance(known, request),
  'trace.path': (request, known) => tracePath(known, request),
};

function filtersOf({ readings, earlierFirewalls }: Known, node: string): KnownFirewall {
  return knownFirewall(node, readings.get(node) ?? null, earlierFirewalls.get(node) ?? null);
}

function namesOf({ topology, inventory }: Known, node: string): FirewallNames {
  return firewallNames(topology, inventory, node);
}

export function answerOf<N extends QuestionName>(
  name: N,
  request: QuestionRequest<N>,
  known: Known,
): QuestionResponse<N> {
  return answers[name](request, known);
}
