// What one piece tells of its node, read with the very parsers that read a live node: as a snapshot in which everything that the
// piece does not speak of is null.
import { fail, ok, type Result } from '../result.ts';
import { parseDiscovery, snapshotOf } from '../probe/discovery.ts';
import type { EvidenceHead, EvidenceId, Link, NodeTime } from '../probe/facts.ts';
import type { ReadSection } from '../probe/section-reading.ts';
import type { NodeMeta, NodeSnapshot } from '../probe/snapshot.ts';
import { parseCalicoctlStatus } from './calicoctl-status.ts';
import { nonceOf, readCollected } from './collected.ts';
import { familyOf, isWhole } from './command-line.ts';
import { USUAL_COMMAND, type PieceKind } from './known-commands.ts';
import { directFacts, type DirectFacts } from './direct-facts.ts';
import { sectionsOf, type Sections } from './piece-sections.ts';
import { METRIC_UNSAID } from './route-columns.ts';
import type { Piece } from './scan.ts';
import { wholeLists } from './whole-lists.ts';

export interface PieceReading {
  readonly snapshot: NodeSnapshot;
  /** Nothing was left out of what the command prints. */
  readonly whole: boolean;
  /** Tables of which all is there, as far as can be told (whole-lists.ts). */
  readonly wholeLists: ReadonlySet<string>;
  /** Of the devices that it shows every address is there, of IPv4 and of IPv6. */
  readonly everyFamily: boolean;
  /** Read from the machine itself, with its boot id. */
  readonly collected: boolean;
}

export interface PieceContext {
  readonly label: string;
  readonly evidenceId: EvidenceId;
  readonly meta: NodeMeta;
}

export function nodeTime(ms: number): NodeTime {
  return { s: Math.floor(ms / 1000), ns: Math.floor(ms % 1000) * 1_000_000 };
}

export function textOf(piece: Piece): string {
  return piece.lines.map(({ text }) => text).join('\n');
}

const NO_RULES = 'ipset and ipvsadm tell no rules: those are known only where they were pasted, too.';

function withDirect(snapshot: NodeSnapshot, head: EvidenceHead, told: DirectFacts): NodeSnapshot {
  const sections = Object.entries(told as Readonly<Record<string, unknown>>).map(([name, value]) => [
    name,
    { state: 'ok', evidence: [head.id], at: head.at, value, sentence: name === 'firewall' ? NO_RULES : null },
  ]);
  return { ...snapshot, evidence: [head], ...(Object.fromEntries(sections) as Partial<NodeSnapshot>) };
}

/** Null for pieces that say nothing which a node's facts have a place for. */
export function pieceReading(piece: Piece, context: PieceContext): Result<PieceReading, string> | null {
  const whole = !piece.broken && (piece.command === null ? looksWhole(piece) : isWhole(piece.command));
  if (piece.kind === 'collected') return collectedReading(piece, context);
  const text = textOf(piece);
  const sections = sectionsOf(piece, text);
  if (sections !== null) {
    const snapshot = withSections(sections, piece, context);
    const everyFamily = showsEveryFamily(piece, text);
    const shown = partOfBird(asShown(snapshot, piece, text), piece);
    return ok({
      snapshot: shown,
      whole,
      wholeLists: wholeLists(piece, shown),
      everyFamily,
      collected: false,
    });
  }
  const head = headOf(piece, context, text);
  const told = directFacts(piece.kind, text, piece.at);
  if (told !== null) {
    const snapshot = withDirect(withSections([], piece, context), head, told);
    return ok({ snapshot, whole: false, wholeLists: NONE, everyFamily: false, collected: false });
  }
  if (piece.kind !== 'calicoctl-status') return null;
  const snapshot = withPeers(withSections([], piece, context), head, text);
  return ok({ snapshot, whole, wholeLists: NONE, everyFamily: false, collected: false });
}

const NONE: ReadonlySet<string> = new Set();

/** Asked for one family `ip addr` leaves the line of the link out (iproute2 ip/ipaddress.c), unless details are asked for, too. */
function showsEveryFamily({ kind, command }: Piece, text: string): boolean {
  const asked = command ?? '';
  if (familyOf(asked) !== null || /\||\blink\b/.test(asked)) return false;
  if (kind === 'ifconfig') return true;
  return kind === 'ip-addr' ? /^\s+link\/\S/m.test(text) : kind === 'json' && /"link_type"/.test(text);
}

const PART_OF_BIRD: Partial<Record<PieceKind, string>> = {
  'bird-routes': 'its routes were',
  'bird-status': 'its status was',
};

/** That it answers does not say which sessions it has: none is not what was pasted. */
function partOfBird(snapshot: NodeSnapshot, { kind }: Piece): NodeSnapshot {
  const part = PART_OF_BIRD[kind];
  const { bird } = snapshot;
  if (part === undefined || bird === null || bird.value === null) return snapshot;
  const sentence = `Of BIRD on ${snapshot.nodeLabel} only ${part} pasted: its sessions are unknown.`;
  return { ...snapshot, bird: { ...bird, value: { ...bird.value, state: 'unknown', sentence } } };
}

/** Of a running one the peers tell. */
const NO_DAEMON = {
  running: null,
  absent: 'calicoctl node status says that neither BIRD nor GoBGP runs there.',
  unknown: 'calicoctl node status tells nothing of BIRD there.',
} as const;

function withPeers(snapshot: NodeSnapshot, head: EvidenceHead, text: string): NodeSnapshot {
  const { state, protocols } = parseCalicoctlStatus(text);
  return {
    ...snapshot,
    evidence: [head],
    bird: {
      state: 'ok',
      evidence: [head.id],
      at: head.at,
      value: {
        state,
        version: null,
        protocols,
        daemons: [],
        routes: null,
        sockets: state === 'absent' ? [] : [{ socket: 'calicoctl', state }],
        sentence: NO_DAEMON[state],
      },
      sentence: null,
    },
  };
}

export function headOf(piece: Piece, { label, evidenceId }: PieceContext, text: string): EvidenceHead {
  return {
    id: evidenceId,
    nodeLabel: label,
    command: piece.command ?? USUAL_COMMAND[piece.kind],
    at: nodeTime(piece.at),
    seenAt: piece.at,
    state: 'ok',
    exitStatus: null,
    bytes: text.length,
  };
}

function looksWhole({ kind, lines }: Piece): boolean {
  const first = lines[0]?.text ?? '';
  if (kind === 'route-n') return !/^\d/.test(first);
  if (kind === 'ip-addr') return first.startsWith('1: ');
  return kind === 'json' || kind === 'calicoctl-status';
}

function withSections(sections: Sections, piece: Piece, context: PieceContext): NodeSnapshot {
  const read = new Map<string, ReadSection>();
  for (const { name, text } of sections) {
    const head = headOf(piece, context, text);
    read.set(name, { head, state: 'ok', stdout: text, stderr: '', ranges: [] });
  }
  const { label, meta } = context;
  const at = nodeTime(piece.at);
  return snapshotOf(read, { nodeLabel: label, seenAt: piece.at, at, meta, complete: true });
}

/** What this form of the command does not say is unknown, and what it does say is more than a parser of `ip -d` takes it for. */
function asShown(snapshot: NodeSnapshot, { kind, command }: Piece, text: string): NodeSnapshot {
  const { links, addresses, routes4 } = snapshot;
  if (kind === 'route-columns' && routes4 !== null && !/^.*\bMetric\b/.test(text)) {
    const value = routes4.value?.map((one) => ({ ...one, flags: [...one.flags, METRIC_UNSAID] })) ?? null;
    return { ...snapshot, routes4: { ...routes4, value } };
  }
  if (kind !== 'ip-addr' || links === null || links.value === null) return snapshot;
  const asked = command !== null && /\ba(?:d|dd|ddr|ddress)?\b/.test(command) && isWhole(command);
  const said = asked || /^\s+inet6? /m.test(text);
  return {
    ...snapshot,
    links: { ...links, value: /\bpromiscuity \d/.test(text) ? links.value : links.value.map(withLikelyKind) },
    addresses: said ? addresses : null,
  };
}

/** Without -d no kind is printed, and everything of Ethernet would pass for hardware. */
function withLikelyKind(link: Link): Link {
  if (link.kind !== 'physical') return link;
  if (link.peerIfindex !== null && link.peerName === null) return { ...link, kind: 'veth' };
  if (/^(?:docker\d|br-|cni\d|virbr|br\d|kube-bridge|lxcbr)/.test(link.name))
    return { ...link, kind: 'bridge' };
  if (/^(?:vxlan|flannel\.|cilium_vxlan|antrea)/.test(link.name)) return { ...link, kind: 'vxlan' };
  if (/^(?:dummy|kube-ipvs|nodelocaldns)/.test(link.name)) return { ...link, kind: 'dummy' };
  if (/^bond\d/.test(link.name)) return { ...link, kind: 'bond' };
  return link.peerName === null ? link : { ...link, kind: 'vlan' };
}

function collectedReading(piece: Piece, { label }: PieceContext): Result<PieceReading, string> {
  const collected = readCollected(piece.lines.map(({ text }) => text));
  if (!collected.ok) return collected;
  const { bytes } = collected.value;
  const nonce = nonceOf(bytes);
  if (nonce === null)
    return fail('The collector’s output does not begin as it should: let it run again with sh.');
  const parsed = parseDiscovery(bytes, { nonce, nodeLabel: label, seenAt: piece.at });
  if (!parsed.ok) return fail(parsed.failure.sentence);
  const seenAt = parsed.value.at.s * 1000 + Math.floor(parsed.value.at.ns / 1_000_000);
  const snapshot = { ...parsed.value, seenAt };
  return ok({
    snapshot,
    whole: true,
    wholeLists: wholeLists(piece, snapshot),
    everyFamily: true,
    collected: true,
  });
}
