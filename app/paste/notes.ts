// Remarks on a paste: what was taken for what, and what looks odd and is none. Never a finding.
import { fewOf } from '../few-of.ts';
import type { PodFact } from '../probe/kube-facts.ts';
import { MAYBE_PROHIBIT, MAYBE_THROW } from '../probe/net-tools.ts';
import type { NodeSnapshot } from '../probe/snapshot.ts';
import { calicoInterfaceName } from '../topology/calico-name.ts';
import type { PodInside } from './pod-insides.ts';
import { METRIC_UNSAID } from './route-columns.ts';
import type { Piece } from './scan.ts';

/** Names said one by one. */
const NAMED = 5;

export interface NotesAbout {
  readonly nodes: ReadonlyMap<string, NodeSnapshot>;
  readonly pods: readonly PodFact[];
  readonly insides: readonly PodInside[];
  readonly assumedDefault: ReadonlySet<string>;
  readonly guessedServices: ReadonlySet<string>;
  readonly pieces: readonly Piece[];
  /** Labels pasted at several moments that differ. */
  readonly moments: ReadonlyMap<string, number>;
  readonly derived: readonly string[];
}

export function notesOf(about: NotesAbout): string[] {
  return [
    ...identityNote(about),
    ...[...about.moments].map(
      ([label, count]) =>
        `${label} was pasted at ${count} moments that differ: all are kept, in order, and what changed between them is under Changes; counters of two moments give rates.`,
    ),
    ...namespaceNotes(about),
    ...serviceNote(about),
    ...about.derived,
    ...[...about.nodes].flatMap(([label, snapshot]) => starNotes(label, snapshot)),
    ...mtuNotes(about),
    ...captureNotes(about.pieces),
    ...spanNote(about.pieces),
  ];
}

function identityNote({ nodes }: NotesAbout): string[] {
  const derived = [...nodes].filter(([, { meta }]) => meta.kernel === '').map(([label]) => label);
  return derived.length === 0
    ? []
    : [`No boot id was pasted of ${fewOf(derived, NAMED)}: each is known by its name alone.`];
}

/** Calico's name of a Pod's host end holds the namespace: the hash proves it. */
function namespaceNotes({ pods, nodes, assumedDefault }: NotesAbout): string[] {
  const proven: string[] = [];
  const assumed: string[] = [];
  for (const { namespace, name, nodeName, hostNetwork } of pods) {
    if (!assumedDefault.has(name) || namespace !== 'default' || hostNetwork) continue;
    const device = calicoInterfaceName(namespace, name);
    const snapshot = nodes.get(nodeName ?? '');
    const seen =
      snapshot?.links?.value?.some((link) => link.name === device) === true ||
      snapshot?.routes4?.value?.some(({ dev }) => dev === device) === true;
    if (seen) proven.push(`${name} by ${device}`);
    else assumed.push(name);
  }
  return [
    ...(proven.length === 0
      ? []
      : [
          `The namespace default, which was not pasted, is proven for ${fewOf(proven, NAMED)}: Calico’s name is cali and the hash of namespace and Pod.`,
        ]),
    ...(assumed.length === 0
      ? []
      : [
          `The namespace of ${fewOf(assumed, NAMED)} was not pasted: default is assumed (kubectl get pods -A -o wide tells).`,
        ]),
  ];
}

function serviceNote({ guessedServices }: NotesAbout): string[] {
  return guessedServices.size === 0
    ? []
    : [
        `The namespace of the Services ${fewOf([...guessedServices], NAMED)} was not pasted: default is assumed (kubectl get services -A -o wide tells).`,
      ];
}

function starNotes(label: string, { routes4 }: NodeSnapshot): string[] {
  const flagged = (flag: string): string[] =>
    (routes4?.value ?? []).filter(({ flags }) => flags.includes(flag)).map(({ dst }) => dst);
  const star = flagged(MAYBE_THROW);
  const bang = flagged(MAYBE_PROHIBIT);
  const unsaid = flagged(METRIC_UNSAID);
  return [
    ...(unsaid.length === 0
      ? []
      : [
          `On ${label}, the metrics of ${fewOf(unsaid, NAMED)} were cut away: which of two routes to the same prefix wins is not known (ip route tells).`,
        ]),
    ...(star.length === 0
      ? []
      : [
          `On ${label}, route -n shows ${fewOf(star, NAMED)} with * as its device: a blackhole, as Calico makes for its own block, or a throw; it does not tell which. Only addresses without a longer match meet it.`,
        ]),
    ...(bang.length === 0
      ? []
      : [
          `On ${label}, route -n shows ${fewOf(bang, NAMED)} with !: unreachable or prohibit; it does not tell which.`,
        ]),
  ];
}

/** Room that the network plugin leaves for a tunnel's header. */
function mtuNotes({ nodes, insides }: NotesAbout): string[] {
  const pods = new Set<number>();
  const nics = new Map<number, string>();
  for (const { links, routes4 } of nodes.values()) {
    const defaults = new Set(
      (routes4?.value ?? []).filter(({ dst }) => dst === '0.0.0.0/0').map(({ dev }) => dev),
    );
    for (const { name, kind, mtu } of links?.value ?? []) {
      if (mtu === null) continue;
      if (defaults.has(name)) nics.set(mtu, name);
      else if (kind === 'veth') pods.add(mtu);
    }
  }
  for (const { links } of insides)
    for (const { name, mtu } of links) if (name === 'eth0' && mtu !== null) pods.add(mtu);
  const [nic, other] = [...nics].sort(([a], [b]) => a - b);
  const [pod, another] = [...pods];
  if (nic === undefined || other !== undefined || pod === undefined || another !== undefined || pod >= nic[0])
    return [];
  return [
    `The Pods’ MTU is ${pod}, under the ${nic[0]} of ${nic[1]}: room for a tunnel’s header, and no fault.`,
  ];
}

function captureNotes(pieces: readonly Piece[]): string[] {
  const captures = pieces.filter(({ kind }) => kind === 'tcpdump');
  if (captures.length === 0) return [];
  const what = captures.length === 1 ? 'The pasted capture is' : `The ${captures.length} pasted captures are`;
  return [
    `${what} kept as evidence: packets of one are not joined with another’s, and one direction alone does not mean that no reply came.`,
  ];
}

function spanNote(pieces: readonly Piece[]): string[] {
  const dated = pieces.filter(({ dated: by }) => by !== 'file').map(({ at }) => at);
  if (dated.length < 2) return [];
  // Spread into Math.max would be a call with as many arguments.
  const span =
    dated.reduce((most, at) => Math.max(most, at), 0) -
    dated.reduce((least, at) => Math.min(least, at), Infinity);
  const minutes = Math.round(span / 60_000);
  return minutes < 1
    ? []
    : [
        `What was pasted was printed up to ${minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`} apart: one side may have changed since the other was read.`,
      ];
}
