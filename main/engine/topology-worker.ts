// The worker that reads what nodes answer: hostile bytes in, patches of the topology out.
import { parentPort } from 'node:worker_threads';
import type { FirewallReading } from '../../app/probe/firewall-facts.ts';
import type { PastedText } from '../../app/paste/pasted-text.ts';
import { understandPaste } from '../../app/paste/understand.ts';
import {
  lacksBird,
  parseBirdExec,
  withExecutedBird,
  withRefusedExec,
  type ExecutedBird,
} from '../../app/probe/bird-exec.ts';
import { parseDiscovery } from '../../app/probe/discovery.ts';
import {
  applyList,
  applyRefusal,
  applyWatchEvent,
  emptyInventory,
  type Inventory,
  withEvidence,
} from '../../app/probe/inventory.ts';
import { parseKubeList, parseWatchLine, splitTogether } from '../../app/probe/kubernetes.ts';
import { dropContext } from '../../app/ledger/drop-context.ts';
import { nextLedger, type Ledger } from '../../app/ledger/ledger.ts';
import type { ReadingCost, SummedCost } from '../../app/probe/reading-cost.ts';
import { mergeSnapshots, type NodeSnapshot, type Section } from '../../app/probe/snapshot.ts';
import { assertNever, type Result } from '../../app/result.ts';
import { buildTopology, emptyTopology } from '../../app/topology/build.ts';
import { diffTopology } from '../../app/topology/diff.ts';
import type { LinkDeletion, NodeReading } from '../../app/topology/input.ts';
import type { EvidenceHead, Topology } from '../../app/topology/model.ts';
import { understandProbe } from '../../app/trace/probe-understood.ts';
import { scopeCells } from '../../app/trace/scope-cells.ts';
import { understandScope } from '../../app/trace/scope-understood.ts';
import { answerOf } from './answers.ts';
import type { ExecutedOutput, ReadingRequest, TopologyReply, TopologyRequest } from './topology-protocol.ts';

let topology: Topology = emptyTopology('');
let inventory: Inventory | null = null;
const readings = new Map<string, NodeReading>();
/** A worker that took over counts from its first sample on. */
const ledgers = new Map<string, Ledger>();
/** By node label; of one boot each. */
const executedBirds = new Map<
  string,
  { readonly told: Result<ExecutedBird, string>; readonly bootId: string }
>();
/** Of the last reading of each set of parts; there are few. */
const costs = new Map<string, Map<string, SummedCost>>();
const mostCosts = 20;
/** Two readings of the filters' counters give rates: this is each node's last but one. */
const earlierFirewalls = new Map<string, Section<FirewallReading>>();
let deletions: LinkDeletion[] = [];
/** By id: each list and each watch replaces its own. */
const kubeEvidence = new Map<string, EvidenceHead>();

const nothing: TopologyReply = {
  patch: null,
  outputs: [],
  uid: null,
  complete: false,
  sentence: null,
  list: null,
  pages: null,
  events: [],
  pasted: null,
  answer: null,
};

function answer(request: TopologyRequest): TopologyReply {
  switch (request.kind) {
    case 'seed':
      ({ topology, inventory } = request);
      for (const reading of request.readings) take(reading);
      // What they told of endings is in the topology already.
      deletions = [];
      file(request.kubeEvidence);
      if (request.pasted.length > 0) recallPaste(request.pasted);
      return nothing;
    case 'reading': {
      const { sentence, ...taken } = take(request);
      return sentence === null ? { ...rebuild(), ...taken } : { ...nothing, sentence };
    }
    case 'kube-page': {
      const list = parseKubeList(request.page, request.what);
      return list.ok ? { ...nothing, list: list.value } : { ...nothing, sentence: list.failure };
    }
    case 'kube-together':
      return { ...nothing, pages: splitTogether(request.text, request.asked) };
    case 'kube-watch': {
      const events = request.lines.map((line) => parseWatchLine(line, request.what));
      file([request.evidence]);
      inventory = events.reduce(
        (known, event) => applyWatchEvent(known, request.what, event),
        withEvidence(inventory ?? emptyInventory, request.what, request.evidence.id),
      );
      return { ...rebuild(), events };
    }
    case 'bird-exec':
      return birdExecuted(request);
    case 'paste':
      return paste(request.texts);
    case 'ask':
      // Name and request belong together by the host's types.
      return {
        ...nothing,
        answer: answerOf(request.name, request.request as never, {
          topology,
          readings,
          inventory,
          earlierFirewalls,
          ledgers,
          costs,
        }),
      };
    case 'probe':
      return { ...nothing, answer: understandProbe({ topology, readings, inventory }, request.said) };
    case 'scope-cells':
      return { ...nothing, answer: scopeCells({ topology, readings, inventory }, request.request) };
    case 'scope':
      return { ...nothing, answer: understandScope({ topology, readings, inventory }, request.said) };
    case 'kube-list':
      file([request.evidence]);
      inventory = applyList(
        withEvidence(inventory ?? emptyInventory, request.what, request.evidence.id),
        request.lists,
      );
      return rebuild();
    case 'kube-refusal':
      // No rebuild: what was known of the kind stays.
      inventory = applyRefusal(inventory ?? emptyInventory, request.what, request.refusal);
      return nothing;
    default:
      return assertNever(request);
  }
}

function file(heads: readonly EvidenceHead[]): void {
  for (const head of heads) kubeEvidence.set(head.id, head);
}

/** Lays a reading over what was known of its node. */
function take(request: ReadingRequest): Pick<TopologyReply, 'sentence' | 'outputs' | 'uid' | 'complete'> {
  const { label, hostKeyFingerprint, nonce, stdout, seenAt } = request;
  deletions.push(...request.deletions);
  const parsed = parseDiscovery(stdout, { nonce, nodeLabel: label, seenAt });
  if (!parsed.ok) return { sentence: parsed.failure.sentence, outputs: [], uid: null, complete: false };
  const before = readings.get(label);
  const snapshot: NodeSnapshot =
    before === undefined || before.hostKeyFingerprint !== hostKeyFingerprint
      ? parsed.value
      : mergeSnapshots(before.snapshot, parsed.value);
  hold(label, { snapshot: withBird(label, snapshot), hostKeyFingerprint }, parsed.value);
  const { outputs, meta, cutOff } = parsed.value;
  // It answers itself: what was told in its place is over.
  if (parsed.value.bird !== null && !lacksBird(parsed.value)) executedBirds.delete(label);
  return { sentence: null, outputs, uid: meta.uid, complete: cutOff === null };
}

/** The latest of a node, and what compares it with the one before. `newest`: what of it was read just now. */
function hold(label: string, reading: NodeReading, newest: NodeSnapshot): void {
  const { snapshot } = reading;
  const before = readings.get(label);
  const firewall = before?.snapshot.firewall ?? null;
  if (firewall !== snapshot.firewall) {
    if (firewall?.value && snapshot.meta.bootId === before?.snapshot.meta.bootId)
      earlierFirewalls.set(label, firewall);
    else earlierFirewalls.delete(label);
  }
  readings.set(label, reading);
  const ledger = nextLedger(ledgers.get(label) ?? null, newest, dropContext(topology, readings, label));
  if (ledger !== null) ledgers.set(label, ledger);
  noteCost(label, newest.cost?.value ?? null);
}

/** Built moment after moment, so that two that contradict each other are history. */
function paste(texts: readonly PastedText[]): TopologyReply {
  const before = topology;
  const understood = understandPaste(texts);
  ({ inventory } = understood);
  file(understood.kubeEvidence);
  for (const moment of understood.moments) {
    for (const { label, reading } of moment) hold(label, reading, reading.snapshot);
    rebuild();
  }
  const { report, texts: pieces } = understood;
  return {
    ...nothing,
    patch: topology === before ? null : diffTopology(before, topology),
    pasted: { report, texts: pieces },
  };
}

/** The topology knows it already. */
function recallPaste(texts: readonly PastedText[]): void {
  const understood = understandPaste(texts);
  ({ inventory } = understood);
  file(understood.kubeEvidence);
  for (const { label, reading } of understood.moments.flat()) hold(label, reading, reading.snapshot);
}

/** `complete`: it told something that the node did not. */
function birdExecuted({ label, nonce, stdout, seenAt, teller }: ExecutedOutput): TopologyReply {
  const reading = readings.get(label);
  // A node that answers itself by now needs none of it.
  if (reading === undefined || !(lacksBird(reading.snapshot) || executedBirds.has(label))) return nothing;
  const told = parseBirdExec(stdout, { nonce, nodeLabel: label, seenAt, teller });
  executedBirds.set(label, { told, bootId: reading.snapshot.meta.bootId });
  const snapshot = withBird(label, reading.snapshot);
  // Nothing was counted anew.
  hold(label, { ...reading, snapshot }, { ...snapshot, counters: null, cost: null });
  return { ...rebuild(), outputs: told.ok ? told.value.outputs : [], complete: told.ok };
}

/** What this login may not ask BIRD itself; what was told before the latest answer stands until the node is read again. */
function withBird(label: string, snapshot: NodeSnapshot): NodeSnapshot {
  const executed = executedBirds.get(label);
  if (executed?.bootId !== snapshot.meta.bootId) return snapshot;
  const { told } = executed;
  return told.ok ? withExecutedBird(snapshot, told.value) : withRefusedExec(snapshot, told.failure);
}

function noteCost(label: string, cost: ReadingCost | null): void {
  if (cost === null) return;
  const ofNode = costs.get(label) ?? new Map<string, SummedCost>();
  const key = cost.parts.join(' ');
  const before = ofNode.get(key);
  if (before === undefined && ofNode.size >= mostCosts) return;
  ofNode.set(key, { ...cost, cpuMsInAll: (before?.cpuMsInAll ?? 0) + cost.cpuMs });
  costs.set(label, ofNode);
}

function rebuild(): TopologyReply {
  const before = topology;
  topology = buildTopology(before, {
    cluster: before.cluster,
    readings: Object.fromEntries(readings),
    inventory,
    deletions,
    endedLabels: [],
    evidence: [...kubeEvidence.values()],
    warnings: [],
  });
  deletions = [];
  return topology === before ? nothing : { ...nothing, patch: diffTopology(before, topology) };
}

if (parentPort === null) throw new Error('topology-worker is a worker thread');
const port = parentPort;
port.on('message', (request: TopologyRequest) => port.postMessage(answer(request)));
