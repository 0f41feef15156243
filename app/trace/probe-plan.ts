// What a probe would run, and where, before anybody has agreed to it: worked out from the trace of the same question.
import { datagrams, shotCommand, type Shot } from '../probe/active-shots.ts';
import { RULE_ENDS_S, LISTEN_S, traceRules, type TracedFlow } from '../probe/flow-trace.ts';
import { fail, ok, type Result } from '../result.ts';
import { sha1Hex } from '../topology/sha1.ts';
import type { Topology } from '../topology/model.ts';
import type { TraceAnswer, TraceHop } from './model.ts';
import type { ActivePlan, PlannedCommand, ProbeRequest } from './probe-model.ts';

export type Traced = Extract<TraceAnswer, { ok: true }>;

/** What a login may do on a node (DESIGN §5); null: it is not connected. */
export type TierOf = (node: string) => 0 | 1 | 2 | 3 | null;

export interface PlannedProbe {
  readonly plan: ActivePlan;
  /** Where they are sent from. */
  readonly sender: string;
  readonly destination: string;
  readonly shots: readonly Shot[];
  /** Those of `shots` from this on are sizes. */
  readonly sizesFrom: number;
  /** Nodes whose counters are read before and after. */
  readonly counted: readonly string[];
  /** Nodes whose rules are traced, and for which packets. */
  readonly flows: readonly { readonly node: string; readonly flow: TracedFlow }[];
}

/** Packets of a probe. */
const COUNT = 3;
/** Of one size. */
const COUNT_OF_SIZE = 2;
const MOST_SIZES = 10;
const MOST_NODES = 12;
/** Bytes, small enough for every device. */
const SMALL = 84;
/** Of an echo request whose rules are traced: not what ping(8) sends where nobody says a size, so that it is told from another's. */
const TOLD_BY = 97;
/** Path MTUs that are met where no device tells them: tunnels, PPPoE, the least of IPv6 and of IPv4. */
const USUAL_SIZES = [1500, 1492, 1480, 1450, 1440, 1420, 1400, 1280, 576];

/** The failure is a sentence. */
export function planProbe(
  request: ProbeRequest,
  traced: Traced,
  topology: Topology,
  tierOf: TierOf,
): Result<PlannedProbe, string> {
  const [path] = traced.paths;
  const [first] = path?.hops ?? [];
  if (path === undefined || first === undefined)
    return fail('The trace goes nowhere: there is nothing to send.');
  const destination = addressIn(traced.to);
  if (destination === null) return fail(`${traced.to} has no address to send to.`);
  const tier = tierOf(first.node);
  if (tier === null) return fail(`${first.node} is not connected: a probe is sent from there.`);
  if (tier < 3 && first.isPod)
    return fail(
      `Sending from inside ${first.place} takes root on ${first.node}, and this login is not root (the wrapper of fixed verbs has none for probes): log in as root there, or send from the node itself.`,
    );
  const inside = senderOf(first, topology);
  if (!inside.ok) return inside;
  const port = request.proto === 'icmp' ? null : (request.port ?? askedPort(traced));
  if (request.proto !== 'icmp' && port === null)
    return fail(`A ${request.proto} probe needs a port: say --port.`);
  const shots = shotsOf(request, inside.value, destination, port);
  const sizes = request.sizes ? sizeShots(path.hops, path.mtu, topology, inside.value, destination) : [];
  const way = [...path.hops, ...(traced.reverse?.hops ?? [])];
  const nodes = [...new Set(way.filter(({ isPod }) => !isPod).map(({ node }) => node))].slice(0, MOST_NODES);
  const lacks: string[] = [];
  const counted = nodes.filter((node) => {
    const may = tierOf(node);
    if (may === null) lacks.push(`${node} is not connected: what it counts is not read.`);
    else if (may < 2)
      lacks.push(`${node}: this login is not root, so that rules and what they count are not read there.`);
    return may !== null;
  });
  const flows = request.rules ? flowsOn(path.hops, traced, request, port, tierOf, lacks) : [];
  const commands = [
    ...counted.map((node) => countedCommand(node, tierOf)),
    ...flows.map(({ node, flow }) => traceCommand(node, flow)),
    ...[...shots, ...sizes].map((shot) => ({
      node: first.node,
      rights: shot.inside === null ? ('login' as const) : ('root' as const),
      command: shotCommand(shot),
      changes: sendsWords(shot),
    })),
  ];
  const sentence = `${String(shots.length + sizes.length)} ${shots.length + sizes.length === 1 ? 'command sends' : 'commands send'} packets from ${first.place} on their way to ${destination}${flows.length === 0 ? '' : `, and a rule that marks them is put in on ${flows.map(({ node }) => node).join(' and ')} for at most ${String(RULE_ENDS_S)} s`}; all else only reads. Nothing is left behind.`;
  return ok({
    plan: { id: planId(commands, [...shots, ...sizes]), sentence, commands, lacks: [...new Set(lacks)] },
    sender: first.node,
    destination,
    shots: [...shots, ...sizes],
    sizesFrom: shots.length,
    counted,
    flows,
  });
}

/** The same commands have the same, from the same namespaces: a process number may be another's by now, whose command reads alike. */
export function planId(commands: readonly PlannedCommand[], shots: readonly Shot[]): string {
  return sha1Hex(JSON.stringify([commands, shots]));
}

/** By the wrapper of tier 2, too, it is root who reads. */
export function countedCommand(node: string, tierOf: TierOf): PlannedCommand {
  return {
    node,
    rights: (tierOf(node) ?? 0) >= 2 ? 'root' : 'login',
    command: 'head /proc/net/snmp /proc/net/netstat /proc/net/dev …; iptables-save -c; nft -j list table …',
    changes: null,
  };
}

/** `default/web-1 (192.168.1.3)`, or an address alone. */
export function addressIn(text: string): string | null {
  return /(?:^|\()([0-9a-fA-F.:]*[.:][0-9a-fA-F.:]*)\)?$/.exec(text)?.[1] ?? null;
}

/** By whom one enters the network that sends: null is the node's own. */
export function senderOf(
  { isPod, netnsId, place, node }: Pick<TraceHop, 'isPod' | 'netnsId' | 'place' | 'node'>,
  { netns }: Topology,
): Result<Shot['inside'], string> {
  if (!isPod) return ok(null);
  const space = netns[netnsId];
  const pid = space?.process?.pid;
  if (space === undefined || pid === undefined)
    return fail(
      `No process of ${place} is known on ${node}: nobody can be entered to send from its network.`,
    );
  return ok({ pid, inode: space.inode });
}

/** Of a Service its first, as the trace took it. */
function askedPort({ lookups }: Traced): number | null {
  const port = lookups[0]?.asked.dport ?? 0;
  return port === 0 ? null : port;
}

function shotsOf(
  { proto, size, rules }: ProbeRequest,
  inside: Shot['inside'],
  destination: string,
  port: number | null,
): Shot[] {
  const shot = {
    inside,
    destination,
    port,
    sourcePort: null,
    size: size ?? (rules && proto === 'icmp' ? TOLD_BY : SMALL),
    whole: size !== null,
    count: COUNT,
  };
  if (proto === 'icmp') return [{ ...shot, kind: 'echo' }];
  if (proto === 'udp') return [{ ...shot, kind: 'datagram' }];
  return Array.from({ length: COUNT }, () => ({ ...shot, kind: 'connect', count: 1 }));
}

/** Few: the MTUs of the devices on the way, what the trace says, and usual ones, none larger than what the first device takes. */
function sizeShots(
  hops: readonly TraceHop[],
  mtu: number | null,
  { interfaces }: Topology,
  inside: Shot['inside'],
  destination: string,
): Shot[] {
  const mtuOf = (id: string | null): number[] => {
    const known = id === null ? null : (interfaces[id]?.mtu ?? null);
    return known === null ? [] : [known];
  };
  const own = mtuOf(hops[0]?.egressId ?? null)[0] ?? 1500;
  const least = destination.includes(':') ? 1280 : SMALL;
  const known = [
    own,
    ...(mtu === null ? [] : [mtu]),
    ...hops.flatMap(({ ingressId, egressId }) => [...mtuOf(ingressId), ...mtuOf(egressId)]),
  ];
  // What is known comes before what is usual.
  const sizes = [...new Set([...known.filter((one) => one <= own).sort((a, b) => a - b), ...USUAL_SIZES])]
    .filter((one) => one <= own && one >= least)
    .slice(0, MOST_SIZES)
    .sort((a, b) => b - a);
  return sizes.map((size) => ({
    kind: 'echo',
    inside,
    destination,
    port: null,
    sourcePort: null,
    size,
    whole: true,
    count: COUNT_OF_SIZE,
  }));
}

/** On each node the packet as it comes in there: what was rewritten before is followed. */
function flowsOn(
  hops: readonly TraceHop[],
  traced: Traced,
  { proto, size }: ProbeRequest,
  port: number | null,
  tierOf: TierOf,
  lacks: string[],
): PlannedProbe['flows'] {
  const flows = new Map<string, TracedFlow>();
  const first = hops[0];
  for (const [index, { node, isPod }] of hops.entries()) {
    if (isPod || flows.has(node)) continue;
    // A packet that a node sends has no address before its kernel has chosen one, which stands in what leaves.
    const line = hops[Math.max(0, index - 1)]?.packet ?? '';
    const ends = endsOf(line);
    const sent = index === 0 && first !== undefined;
    const destination = sent ? (addressIn(traced.to) ?? ends?.destination) : ends?.destination;
    if (ends === null || destination === undefined) continue;
    const tier = tierOf(node);
    if (tier === null) continue;
    if (tier < 3) {
      lacks.push(`${node}: tracing rules takes root there, and this login is not.`);
      continue;
    }
    const dport = sent ? port : ends.port;
    // Who translates a source may take another port for it.
    const own = endsOf(first?.packet ?? '')?.source === ends.source;
    flows.set(node, {
      ...{ source: ends.source, destination, proto, port: proto === 'icmp' ? null : dport },
      told: proto === 'icmp' ? { bytes: size ?? TOLD_BY } : own ? 'by-source-port' : null,
    });
  }
  return [...flows].map(([node, flow]) => ({ node, flow }));
}

/** `VXLAN 4096 10.0.0.1 → 10.0.0.2 · tcp 192.168.1.2:40000 → 192.168.2.3:8080`: of the innermost. */
function endsOf(
  line: string,
): { readonly source: string; readonly destination: string; readonly port: number | null } | null {
  const inner = line.split(' · ').at(-1) ?? '';
  const [, from, to] = /(\S+) → (\S+)$/.exec(inner) ?? [];
  const source = endOf(from ?? '');
  const destination = endOf(to ?? '');
  return source === null || destination === null
    ? null
    : { source: source.address, destination: destination.address, port: destination.port };
}

function endOf(text: string): { readonly address: string; readonly port: number | null } | null {
  const [, six, sixPort] = /^\[([0-9a-f:.]+)\]:(\d+)$/.exec(text) ?? [];
  if (six !== undefined) return { address: six, port: Number(sixPort) || null };
  const [, four, fourPort] = /^(\d+\.\d+\.\d+\.\d+)(?::(\d+))?$/.exec(text) ?? [];
  if (four !== undefined) return { address: four, port: Number(fourPort ?? 0) || null };
  return /^[0-9a-f:.]{2,45}$/.test(text) ? { address: text, port: null } : null;
}

function traceCommand(node: string, flow: TracedFlow): PlannedCommand {
  const rules = traceRules(flow);
  const text = rules.ok ? rules.value.replaceAll('\n', ' ').replace('TABLE', 'hopscope_trace_…') : '';
  return {
    node,
    rights: 'root',
    command: `nft -f - <<< '${text}'; nft -a monitor trace`,
    changes: `A table of its own is put into nf_tables, whose only rule marks ${flow.source} → ${flow.destination} for tracing, at most 10 packets a second; it is taken out after ${String(LISTEN_S)} s, by the node itself after ${String(RULE_ENDS_S)} s at the latest.`,
  };
}

export function sendsWords({ kind, count, size, destination, port, whole }: Shot): string {
  switch (kind) {
    case 'echo':
      return `Sends ${String(count)} echo requests of ${String(size)} bytes${whole ? ' that must not be fragmented' : ''} to ${destination}.`;
    case 'connect':
      return `Opens ${count === 1 ? 'a connection' : `${String(count)} connections`} to ${destination} port ${String(port ?? 0)} and closes ${count === 1 ? 'it' : 'them'} at once.`;
    case 'datagram':
      return `Sends ${datagrams(count)} of ${String(size)} bytes to ${destination} port ${String(port ?? 0)}.`;
  }
}
