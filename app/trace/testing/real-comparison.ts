// For tests: what was predicted of a packet against what became of it: verdict, every device that saw it, the reason, the rule.
import type { FirewallReading } from '../../probe/firewall-facts.ts';
import { parseAddress } from '../../route/address.ts';
import { follow } from '../follow.ts';
import { pathOf } from '../followed-path.ts';
import type { TracePath, TraceRule } from '../model.ts';
import type { StopReason } from '../passage.ts';
import { rolesOf, type Role } from './real-frames.ts';
import { packetOf } from './packet-of.ts';
import type { PacketTruth, Sighting, StateTruth } from './real-topology.ts';
import { tellings } from './tellings.ts';

export interface Compared {
  readonly packet: PacketTruth['packet'];
  /** `delivered`, or the reason to stop that was predicted. */
  readonly predicted: string;
  readonly delivered: boolean;
  /** Empty: all agrees. */
  readonly problems: readonly string[];
  readonly paths: readonly string[];
  readonly truth: string;
}

export function comparePacket(truth: StateTruth, packet: PacketTruth): Compared {
  const paths = pathsOf(truth, packet);
  const real = realOf(truth, packet);
  const judged = paths.map((path) => ({ path, problems: problemsOf(truth, packet, path, real) }));
  const best = judged.toSorted((a, b) => a.problems.length - b.problems.length)[0];
  if (best === undefined) throw new Error('a packet went nowhere');
  return {
    packet: packet.packet,
    predicted: best.path.stopsAt?.reason ?? best.path.verdict,
    delivered: real.verdict === 'delivered',
    problems: best.problems,
    paths: paths.map(
      (path) =>
        `${path.verdict} ${path.stopsAt?.reason ?? ''} [${placesOf(truth, path).join(' ')}] ${path.sentence}`,
    ),
    truth: `${real.verdict} errno ${packet.errno} [${real.places.join(' ')}] ${real.roles.map((role) => JSON.stringify(role)).join(' ')} ${rosesOf(packet)}`,
  };
}

function pathsOf({ known, spaces }: StateTruth, { packet }: PacketTruth): TracePath[] {
  const { family, proto, dst, sport, dport, ttl } = packet;
  const at = spaces.get(packet.space);
  const unchosen = parseAddress(family === 4 ? '0.0.0.0' : '::');
  if (at === undefined || unchosen === null) throw new Error(`no ${packet.space}`);
  const name = proto === 6 ? 'tcp' : proto === 17 ? 'udp' : 'icmp';
  const written = family === 4 ? dst : `[${dst}]`;
  const text =
    name === 'icmp'
      ? `icmp ${family === 4 ? '0.0.0.0' : '::'} → ${dst}`
      : `${name} ${family === 4 ? '0.0.0.0' : '[::]'}:${sport} → ${written}:${dport}`;
  const header = family === 4 ? 20 : 40;
  const length = proto === 6 ? header + 40 : header + 8 + packet.payload;
  return follow(known, { at, device: null, packet: packetOf(text, { ttl, length }) }).map((path) => {
    const told = pathOf(path, path.end, null);
    // All that there is was read.
    return path.end.kind === 'outside' ? { ...told, verdict: 'unknown' } : told;
  });
}

interface Real {
  readonly verdict: 'delivered' | 'refused';
  /** Where it ended. */
  readonly last: string;
  readonly places: readonly string[];
  /** The loopback device was the last that saw it. */
  readonly looped: boolean;
  readonly roles: readonly Role[];
}

function realOf(truth: StateTruth, packet: PacketTruth): Real {
  const found = rolesOf(packet);
  const own = found.filter(({ role }) => role.kind === 'packet').map(({ sighting }) => sighting);
  const last = own.at(-1);
  const ended = last?.space ?? packet.packet.space;
  const rose = packet.rose.get(ended);
  const { proto } = packet.packet;
  const taken =
    last?.direction !== 'in'
      ? false
      : proto === 6
        ? rose?.has('Tcp InSegs') === true && !rose.has('Tcp OutRsts') && !resetHadNoWay(rose)
        : proto === 17
          ? packet.got
          : rose?.has(proto === 1 ? 'Icmp InEchos' : 'Icmp6InEchos') === true;
  return {
    verdict: taken ? 'delivered' : 'refused',
    last: ended,
    places: placed(truth, own),
    looped:
      last !== undefined &&
      [...(truth.spaces.get(last.space)?.devices.values() ?? [])].some(
        ({ ifindex, kind }) => ifindex === last.ifindex && kind === 'loopback',
      ),
    roles: found.flatMap(({ role }) => (role.kind === 'packet' ? [] : [role])),
  };
}

/** IPv6 counts no reset that has no route; a socket that cannot answer for want of one counts that it dropped the connection. */
function resetHadNoWay(rose: ReadonlyMap<string, number>): boolean {
  return rose.has('Ip6OutNoRoutes') && !rose.has('TcpExt ListenDrops');
}

/** `a eth0 out`; a bridge's ports are not told beside the bridge, nor what was for somebody else, nor the loopback. */
function placed({ spaces }: StateTruth, sightings: readonly Sighting[]): string[] {
  const told = sightings.flatMap((sighting) => {
    const devices = [...(spaces.get(sighting.space)?.devices.values() ?? [])];
    const device = devices.find(({ ifindex }) => ifindex === sighting.ifindex);
    if (device?.kind === 'loopback') return [];
    const bridge = devices.find(({ ifindex }) => ifindex === device?.masterIfindex)?.name ?? null;
    if (sighting.isForOther && bridge === null) return [];
    return [{ ...sighting, name: device?.name ?? '?', bridge }];
  });
  return told
    .filter(({ space, bridge, direction }, at) => {
      const beside = told[direction === 'in' ? at + 1 : at - 1];
      return !(
        bridge !== null &&
        beside?.space === space &&
        beside.name === bridge &&
        beside.direction === direction
      );
    })
    .map(({ space, name, direction }) => `${space} ${name} ${direction}`);
}

/** A frame that a device refuses is not seen there. */
const UNSEEN_IN: ReadonlySet<string> = new Set<StopReason>([
  'device-down',
  'no-carrier',
  'peer-mtu',
  'wrong-neighbour',
]);

/** The tunnel's device that might have opened it has not seen it. */
const UNOPENED: ReadonlySet<string> = new Set<StopReason>(['vni-unknown', 'own-mac', 'tunnel-missing']);

function placesOf({ spaces }: StateTruth, { hops, stopsAt }: TracePath): string[] {
  const nameOf = (netnsId: string): string =>
    [...spaces].find(([, space]) => space.netnsId === netnsId)?.[0] ?? netnsId;
  return hops.flatMap(({ netnsId, ingress, egress, steps }, at) => {
    const [step, second] = steps;
    const isLast = at === hops.length - 1 && UNSEEN_IN.has(stopsAt?.reason ?? '');
    const refused = isLast && second === undefined && step?.stage === 'receive';
    // Of a bridge's frame that never comes out of the bridge, the port is the last that saw it.
    const stop = stopsAt?.interface ?? null;
    const isPort = at === hops.length - 1 && egress === null && isPortOf(spaces, netnsId, stop, ingress);
    const port = isPort ? stop : ingress;
    return [
      ...(port === null || port === 'lo' || refused ? [] : [`${nameOf(netnsId)} ${port} in`]),
      ...(egress === null || egress === 'lo' ? [] : [`${nameOf(netnsId)} ${egress} out`]),
    ];
  });
}

function isPortOf(
  spaces: StateTruth['spaces'],
  netnsId: string,
  port: string | null,
  bridge: string | null,
): boolean {
  const devices = [...spaces.values()].find((space) => space.netnsId === netnsId)?.devices;
  const master = devices?.get(port ?? '')?.masterIfindex ?? null;
  return master !== null && devices?.get(bridge ?? '')?.ifindex === master;
}

function problemsOf(truth: StateTruth, packet: PacketTruth, path: TracePath, real: Real): string[] {
  const predicted = placesOf(truth, path);
  const reason = path.stopsAt?.reason ?? null;
  const problems: string[] = [];
  if (path.verdict === 'unknown') problems.push('unknown');
  if ((path.verdict === 'delivered') !== (real.verdict === 'delivered'))
    problems.push(`predicted ${path.verdict}, was ${real.verdict}`);
  const seen = reason === 'loop' ? real.places.slice(0, predicted.length) : real.places;
  if (seen.join() !== predicted.join()) problems.push('seen elsewhere');
  const stop = path.stopsAt?.interface ?? null;
  const last = real.places.at(-1)?.split(' ') ?? [];
  if (
    reason !== null &&
    !UNSEEN_IN.has(reason) &&
    !UNOPENED.has(reason) &&
    stop !== null &&
    stop !== (real.looped ? 'lo' : last[1])
  )
    problems.push(`stops at ${stop}`);
  if (reason !== null) problems.push(...reasonProblems(truth, packet, path, real, reason as StopReason));
  return problems;
}

function reasonProblems(
  truth: StateTruth,
  packet: PacketTruth,
  path: TracePath,
  real: Real,
  reason: StopReason,
): string[] {
  const problems: string[] = [];
  const at = [...truth.spaces].find(([, space]) => space.netnsId === path.stopsAt?.netnsId)?.[0] ?? '';
  const rose = packet.rose.get(at) ?? new Map<string, number>();
  const { told, counted } = tellings(packet.packet.family, packet.packet.proto, reason);
  const isCounted = counted.some((name) => rose.has(name));
  const answers = [
    ...real.roles.map((role) => (role.kind === 'error' ? `${role.type}/${role.code}` : role.kind)),
    ...(packet.errno === 0 ? [] : [`errno ${packet.errno}`]),
  ];
  const isTold = answers.some((answer) => told.includes(answer));
  if (path.verdict === 'rejected' && !isTold && !isCounted && answerLeaves(truth, packet, at))
    problems.push(`${reason}: nobody was told (${answers.join()})`);
  if (path.verdict === 'dropped' && answers.some((answer) => !told.includes(answer)))
    problems.push(`${reason}: told ${answers.join()}`);
  if (path.verdict === 'dropped' && counted.length > 0 && !isCounted)
    problems.push(`${reason}: no counter rose`);
  if (reason === 'filter-drop' || reason === 'filter-reject') problems.push(...ruleProblems(truth, path));
  return problems;
}

/** Whether what a namespace says of a packet gets to its sender, by the same model. */
function answerLeaves({ known, spaces }: StateTruth, { packet }: PacketTruth, space: string): boolean {
  const [at, sender] = [spaces.get(space), spaces.get(packet.space)];
  if (at === undefined || sender === undefined) throw new Error(`no ${space}`);
  const { family } = packet;
  const own = [...sender.devices.values()]
    .flatMap(({ addresses }) => addresses)
    .find((one) => one.family === family && one.scope === 'global');
  if (own === undefined) return false;
  const answer = packetOf(`icmp ${family === 4 ? '0.0.0.0' : '::'} → ${own.address}`, {
    icmp: family === 4 ? { type: 3, code: 1 } : { type: 1, code: 3 },
  });
  return follow(known, { at, device: null, packet: answer }).some(
    ({ hops: [first, second], end }) =>
      // Whom nobody is known to be behind a wire may not answer there, and then it never leaves.
      (first?.egress ?? null) !== null && (second !== undefined || end.kind === 'stopped'),
  );
}

/** The rule that took it has counted. */
function ruleProblems(truth: StateTruth, path: TracePath): string[] {
  const label = path.stopsAt?.node ?? '';
  const before = truth.known.readings.get(label)?.snapshot.firewall?.value ?? null;
  const after = truth.after.get(label)?.firewall?.value ?? null;
  const step = path.hops.at(-1)?.steps.find(({ outcome }) => outcome === 'stops');
  const rule = step?.rules.at(-1);
  if (rule === undefined || before === null || after === null) return ['no rule is told'];
  const [was, is] = [packetsOf(before, rule), packetsOf(after, rule)];
  if (was === null && is === null) return [];
  return (is ?? 0) > (was ?? 0) ? [] : [`${rule.table} ${rule.chain} ${rule.number} did not count`];
}

function packetsOf(reading: FirewallReading, { table, chain, number }: TraceRule): number | null {
  for (const one of reading.tables) {
    const found = one.name === table ? one.chains.find(({ name }) => name === chain) : undefined;
    if (found !== undefined) return number === 0 ? found.packets : (found.rules[number - 1]?.packets ?? null);
  }
  return null;
}

function rosesOf({ rose }: PacketTruth): string {
  const interesting = /Discards|Errors|NoRoutes|NoPorts|FragFails|ReversePath|OutRsts|InSegs|Echos$/;
  return [...rose]
    .flatMap(([space, counters]) =>
      [...counters].filter(([name]) => interesting.test(name)).map(([name, n]) => `${space}: ${name} +${n}`),
    )
    .join(', ');
}
