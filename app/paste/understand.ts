// Pasted text in, what a live session would have read out: readings of nodes in order of time, the inventory, the evidence, and what
// became of every line.
import { plainText } from '../plain-text.ts';
import type { EvidenceHead, EvidenceId } from '../probe/facts.ts';
import type { Inventory } from '../probe/inventory.ts';
import { parseNodeMeta } from '../probe/node-meta.ts';
import { readSections } from '../probe/section-reading.ts';
import { FACT_NAMES, type NodeSnapshot } from '../probe/snapshot.ts';
import { PASTED, type NodeReading } from '../topology/input.ts';
import { nonceOf, readCollected } from './collected.ts';
import { derivedAddresses } from './derived-addresses.ts';
import { headingOf, namedByFile, nameOfSource } from './headings.ts';
import { kubernetesPieces } from './kubernetes-pieces.ts';
import { missingOutputs } from './missing.ts';
import { numbersFromInside, withNamedDevices } from './named-devices.ts';
import { nodeSteps, type NodeSteps } from './node-steps.ts';
import { notesOf } from './notes.ts';
import type { PastedText } from './pasted-text.ts';
import { USUAL_COMMAND } from './known-commands.ts';
import { headOf, textOf } from './piece-snapshot.ts';
import { homesOf, type Home } from './places.ts';
import { withPodsOnHost } from './pods-on-host.ts';
import { podInside, type PodInside } from './pod-insides.ts';
import { MOST_REPORTED, type PasteReport } from './report.ts';
import { namesOther, UNKNOWN } from './why-unread.ts';
import { scan, type Piece, type Scanned, type UnreadLine } from './scan.ts';

export interface UnderstoodPaste {
  /** The first holds the first reading of every node; then, oldest first, each that contradicts what was known. */
  readonly moments: readonly (readonly LabelledReading[])[];
  readonly inventory: Inventory | null;
  /** Evidence of Kubernetes, which is in no reading. */
  readonly kubeEvidence: readonly EvidenceHead[];
  /** Every piece as it was pasted. */
  readonly texts: readonly { readonly evidenceId: EvidenceId; readonly text: string }[];
  readonly report: PasteReport;
}

export interface LabelledReading {
  readonly label: string;
  readonly reading: NodeReading;
}

/** A paste of more places than this is not one cluster’s. */
const MOST_NODES = 2000;

export function understandPaste(pasted: readonly PastedText[]): UnderstoodPaste {
  // A file's name becomes the name of a node, and a part of what leads to its text.
  const scanned = scanAll(pasted.map((text) => ({ ...text, source: plainText(text.source) })));
  // By time, and where that is the same in the order of the paste.
  const pieces = scanned.flatMap((one) => one.pieces).sort((a, b) => a.at - b.at);
  const ids = new Map(pieces.map((piece) => [piece, `paste:${piece.source}:${piece.line}`]));
  const idOf = (piece: Piece): EvidenceId => ids.get(piece) ?? '';
  const kubernetes = kubernetesPieces(pieces, idOf);
  const homes = homesOf(pieces, kubernetes);

  const byNode = new Map<string, Piece[]>();
  const insides: PodInside[] = [];
  for (const piece of pieces) {
    const home = homes.get(piece);
    if (home?.kind === 'node' && (byNode.has(home.name) || byNode.size < MOST_NODES))
      byNode.set(home.name, [...(byNode.get(home.name) ?? []), piece]);
    const inside =
      home?.kind === 'pod' && home.node !== null
        ? podInside(piece, { ...home, node: home.node }, idOf(piece))
        : null;
    if (inside !== null) insides.push(inside);
  }
  for (const { node } of insides) if (!byNode.has(node)) byNode.set(node, []);

  const read = new Map<string, NodeSteps>();
  for (const [label, own] of byNode) {
    const here = insides.filter(({ node }) => node === label).map(({ reading }) => reading);
    const steps = nodeSteps(label, own, idOf, here);
    if (steps.steps.length > 0 || steps.unread.length > 0) read.set(label, steps);
  }
  const latest = new Map(
    [...read].flatMap(([label, { steps }]) =>
      withLast(
        label,
        steps.map(({ snapshot }) => snapshot),
      ),
    ),
  );
  const inventory = withPodsOnHost(kubernetes.inventory, latest);
  const pods = Object.values(inventory?.pods ?? {});
  const derived = derivedAddresses(latest, pods);
  const addressOf = new Map(derived.map(({ node, address }) => [node, address]));

  const readings = [...read].map(([label, node]) => {
    const own = insides.filter((inside) => inside.node === label);
    const numbers = new Map([...numbersFromInside(own), ...numbersOf(node)]);
    return node.steps.map(({ snapshot }): LabelledReading => {
      const named = withNamedDevices(snapshot, numbers, addressOf.get(label) ?? null);
      return { label, reading: { snapshot: withUnpasted(named), hostKeyFingerprint: PASTED } };
    });
  });
  const later = readings.flatMap((own) => own.slice(1));
  later.sort((a, b) => a.reading.snapshot.seenAt - b.reading.snapshot.seenAt);
  const used = new Set<Piece>([
    ...kubernetes.used,
    ...insides.map(({ piece }) => piece),
    ...[...read.values()].flatMap((one) => [...one.used]),
  ]);
  const unread = [
    ...scanned.flatMap((one) => one.unread),
    ...kubernetes.unread,
    ...[...read.values()].flatMap((one) => one.unread),
  ];
  return {
    moments: [readings.flatMap((own) => own.slice(0, 1)), ...later.map((one) => [one])],
    inventory,
    kubeEvidence: [...kubernetes.used].map((piece) =>
      headOf(piece, { label: piece.source, evidenceId: idOf(piece), meta: NOBODY }, textOf(piece)),
    ),
    texts: pieces.map((piece) => ({ evidenceId: idOf(piece), text: textOf(piece) })),
    report: {
      pieces: pieces.slice(0, MOST_REPORTED.pieces).map((piece) => ({
        evidenceId: idOf(piece),
        source: piece.source,
        line: piece.line,
        lastLine: piece.lastLine,
        command: piece.command ?? USUAL_COMMAND[piece.kind],
        home: reportedHome(homes.get(piece)),
        at: piece.at,
        dated: piece.dated,
        use: used.has(piece) ? 'read' : 'kept',
      })),
      ...reportedUnread(unread, scanned),
      missing: missingOutputs({
        nodes: latest,
        pods,
        nodeNames: Object.keys(inventory?.nodes ?? {}),
        hasInventory: inventory?.kinds.pods.state === 'listed',
        inside: new Set(insides.map(({ namespace, pod }) => `${namespace ?? 'default'}/${pod}`)),
        slices: Object.values(inventory?.endpointSlices ?? {}),
      }).slice(0, MOST_REPORTED.missing),
      notes: notesOf({
        nodes: latest,
        pods,
        insides,
        assumedDefault: kubernetes.assumedDefault,
        guessedServices: kubernetes.guessedServices,
        pieces,
        moments: new Map(
          [...read]
            .filter(([, node]) => node.steps.length > 1)
            .map(([label, node]) => [label, node.steps.length]),
        ),
        derived: derived.map(({ sentence }) => sentence),
      }).slice(0, MOST_REPORTED.notes),
    },
  };
}

const NOBODY: NodeSnapshot['meta'] = {
  bootId: '',
  hostname: '',
  kernel: '',
  uid: -1,
  rootInode: null,
  tools: [],
};

const SPOKEN: Readonly<Record<string, string>> = {
  links: 'devices',
  addresses: 'addresses',
  routes4: 'IPv4 routes',
  routes6: 'IPv6 routes',
  rules4: 'routing rules',
  rules6: 'IPv6 routing rules',
  neighbours: 'neighbours',
  pods: 'insides of Pods',
  bird: 'BGP sessions',
  firewall: 'firewall',
};

/** What was not asked is not known to be none: where the picture would show nothing, this says why. */
function withUnpasted(snapshot: NodeSnapshot): NodeSnapshot {
  const lost = FACT_NAMES.filter((name) => snapshot[name] === null).flatMap((name) => SPOKEN[name] ?? []);
  if (lost.length === 0 || snapshot.cutOff !== null) return snapshot;
  return { ...snapshot, cutOff: `Not pasted of ${snapshot.nodeLabel}, and so unknown: ${lost.join(', ')}.` };
}

function withLast(label: string, snapshots: readonly NodeSnapshot[]): [string, NodeSnapshot][] {
  const last = snapshots.at(-1);
  return last === undefined ? [] : [[label, last]];
}

interface ScannedSource extends Scanned {
  readonly source: string;
}

/** Twice: the second time names of nodes and Pods are known, and lines that are one of them are headings. */
function scanAll(pasted: readonly PastedText[]): ScannedSource[] {
  const nobody = new Set<string>();
  const first = withInner(pasted, nobody);
  const names = namesIn(first.scanned, first.texts);
  // Only where a line that says nothing else could be one.
  const headed = first.scanned.some(({ unread }) =>
    unread.some(({ text }) => headingOf(text, names) !== null),
  );
  return (headed ? withInner(first.texts, names) : first).scanned;
}

/** What the collector printed of Kubernetes is text like any other, and a machine that tells its name is that place. */
function withInner(
  pasted: readonly PastedText[],
  names: ReadonlySet<string>,
): { texts: readonly PastedText[]; scanned: ScannedSource[] } {
  const texts = [...pasted];
  const known = new Set(texts.map(({ source }) => source));
  const scanned: ScannedSource[] = [];
  for (const text of texts) {
    const { pieces, unread, context } = scan(text, names);
    const own: Piece[] = [];
    for (const piece of pieces) {
      const opened = piece.kind === 'collected' ? readCollected(piece.lines.map((line) => line.text)) : null;
      if (opened?.ok !== true) own.push(piece);
      else if (opened.value.kind === 'TEXT') {
        const source = `${piece.source} › kubectl`;
        const inner = new TextDecoder().decode(opened.value.bytes);
        if (!known.has(source)) texts.push({ source, text: inner, modifiedAt: piece.at, place: null });
        known.add(source);
      } else {
        const hostname = hostnameOf(opened.value.bytes);
        const unsaid = piece.place.kind === 'unsaid' && hostname !== null;
        own.push(unsaid ? { ...piece, place: { kind: 'named', name: hostname } } : piece);
      }
    }
    scanned.push({ source: text.source, pieces: own, unread, context });
  }
  return { texts, scanned };
}

function hostnameOf(bytes: Uint8Array): string | null {
  const nonce = nonceOf(bytes);
  if (nonce === null) return null;
  const meta = readSections(bytes, { nonce, nodeLabel: '', seenAt: 0 }).sections.get('meta');
  const hostname = meta === undefined ? null : (parseNodeMeta(meta.stdout)?.hostname ?? null);
  return hostname === '' ? null : hostname;
}

function namesIn(scanned: readonly ScannedSource[], texts: readonly PastedText[]): ReadonlySet<string> {
  const pieces = scanned.flatMap((one) => one.pieces);
  const { pods, nodes } = kubernetesPieces(pieces, () => '');
  const places = pieces.flatMap(({ place }) =>
    place.kind === 'named' || place.kind === 'pod' ? [place.name] : [],
  );
  const sources = new Set(texts.map(({ source }) => source));
  const files = texts.map(({ source }) => namedByFile(source).place ?? nameOfSource(source, sources));
  return new Set([
    ...pods.flatMap(({ name, node }) => [name, ...(node === null ? [] : [node])]),
    ...nodes.map(({ name }) => name),
    ...places,
    ...files,
  ]);
}

function numbersOf({ steps }: NodeSteps): [string, number][] {
  return steps.flatMap(({ snapshot }) =>
    (snapshot.links?.value ?? [])
      .filter(({ ifindex }) => ifindex > 0)
      .map(({ name, ifindex }): [string, number] => [name, ifindex]),
  );
}

function reportedHome(home: Home | undefined): PasteReport['pieces'][number]['home'] {
  if (home === undefined || home.kind === 'cluster') return { kind: 'cluster', name: 'the cluster' };
  return home.kind === 'pod'
    ? { kind: 'pod', name: `${home.namespace ?? 'default'}/${home.name}` }
    : { kind: home.kind, name: home.name };
}

/** A file in which nothing was recognised is one entry, not a hundred. */
function reportedUnread(
  unread: readonly UnreadLine[],
  scanned: readonly ScannedSource[],
): Pick<PasteReport, 'unread' | 'unreadCount'> {
  const silent = new Set(scanned.filter(({ pieces }) => pieces.length === 0).map(({ source }) => source));
  const told = new Set<string>();
  const lines: UnreadLine[] = [];
  for (const line of unread) {
    if (lines.length >= MOST_REPORTED.unread) break;
    if (!silent.has(line.source)) lines.push(line);
    else if (!told.has(line.source)) {
      told.add(line.source);
      const own = unread.filter(({ source }) => source === line.source);
      const known = own.find(({ why }) => namesOther(why)) ?? own.find(({ why }) => why === UNKNOWN) ?? line;
      lines.push({
        ...known,
        why: own.length === 1 ? known.why : `${known.why}; nothing of its ${own.length} lines was read`,
      });
    }
  }
  return { unread: lines, unreadCount: unread.length };
}
