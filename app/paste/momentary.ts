// Facts that are no lists of entries: BIRD, settings, filters, counters. How two pieces of one node add up, and when both cannot be
// of one moment: where they speak of the same session, setting, table or counter, and say different things.
import type { CountersReading, NamespaceCounters } from '../probe/counter-facts.ts';
import type { BgpDaemon, BgpProtocol, BgpRoute, BirdReading } from '../probe/facts.ts';
import type { FirewallReading, FirewallTable } from '../probe/firewall-facts.ts';
import type { SettingsReading } from '../probe/settings-facts.ts';

export interface MomentaryFacts {
  readonly bird: BirdReading;
  readonly settings: SettingsReading;
  readonly firewall: FirewallReading;
  readonly counters: CountersReading;
}

interface Momentary<T> {
  readonly differ: (before: T, now: T) => boolean;
  /** Where both tell of the same, the later is believed. */
  readonly together: (before: T, now: T) => T;
}

export const MOMENTARY: { readonly [N in keyof MomentaryFacts]: Momentary<MomentaryFacts[N]> } = {
  bird: { differ: birdsDiffer, together: birdsTogether },
  settings: {
    differ: (before, now) =>
      differIn(before.sysctls, now.sysctls, (path) => !path.endsWith('/nf_conntrack_count')),
    together: (before, now) => ({
      sysctls: new Map([...before.sysctls, ...now.sysctls]),
      offloads: new Map([...before.offloads, ...now.offloads]),
      felix: new Map([...before.felix, ...now.felix]),
      wireguard: now.wireguard ?? before.wireguard,
      sockets: now.sockets ?? before.sockets,
      socketsCut: now.sockets === null ? before.socketsCut : now.socketsCut,
      unanswered: now.sockets === null ? before.unanswered : now.unanswered,
      keyedPeers: now.keyedPeers ?? before.keyedPeers,
      unread: before.unread + now.unread,
    }),
  },
  firewall: { differ: filtersDiffer, together: filtersTogether },
  counters: {
    differ: (before, now) =>
      now.namespaces.length !== 1 ||
      differIn(before.namespaces[0]?.counters ?? new Map(), now.namespaces[0]?.counters ?? new Map()),
    together: (before, now) => ({ ...now, namespaces: countersTogether(before.namespaces, now.namespaces) }),
  },
};

function differIn<V>(
  before: ReadonlyMap<string, V>,
  now: ReadonlyMap<string, V>,
  counts: (key: string) => boolean = () => true,
): boolean {
  return [...now].some(([key, value]) => before.has(key) && before.get(key) !== value && counts(key));
}

/** By the fields that a session's state is in; calicoctl tells no more of one. */
function stateOf({ state, bgpState, info }: BgpProtocol): string {
  return `${state} ${bgpState ?? /^[A-Z]\w+/.exec(info)?.[0] ?? ''}`;
}

const routeKey = ({ socket, table, dst, protocol, from }: BgpRoute): string =>
  [socket, table, dst, protocol, from].join(' ');

function birdsDiffer(before: BirdReading, now: BirdReading): boolean {
  const known = new Map(before.protocols.map((one) => [one.name, one]));
  const sessions = now.protocols.some((one) => {
    const older = known.get(one.name);
    if (older === undefined) return false;
    return (
      stateOf(older) !== stateOf(one) ||
      (older.socket === one.socket && older.since.trim() !== one.since.trim())
    );
  });
  if (sessions || before.routes === null || now.routes === null) return sessions;
  const hops = ({ type, nexthops, primary }: BgpRoute): string => JSON.stringify([type, nexthops, primary]);
  const older = new Map(before.routes.routes.map((one) => [routeKey(one), hops(one)]));
  return differIn(older, new Map(now.routes.routes.map((one) => [routeKey(one), hops(one)])));
}

function birdsTogether(before: BirdReading, now: BirdReading): BirdReading {
  const newer = new Map(now.protocols.map((one) => [one.name, one]));
  const kept = before.protocols.flatMap((older) => {
    const one = newer.get(older.name);
    if (one === undefined) return [older];
    newer.delete(older.name);
    // calicoctl asks the same BIRD and tells less.
    return [one.socket === 'calicoctl' && stateOf(one) === stateOf(older) ? older : one];
  });
  const routes =
    before.routes === null || now.routes === null
      ? (now.routes ?? before.routes)
      : {
          ...now.routes,
          routes: [
            ...new Map(
              [...before.routes.routes, ...now.routes.routes].map((one) => [routeKey(one), one]),
            ).values(),
          ],
        };
  const state = now.state === 'unknown' ? before.state : now.state;
  return {
    state,
    version: now.version ?? before.version,
    protocols: [...kept, ...newer.values()],
    daemons: daemonsTogether(before.daemons, now.daemons),
    routes,
    sockets: [...new Map([...before.sockets, ...now.sockets].map((one) => [one.socket, one])).values()],
    sentence: state === 'unknown' ? now.sentence : null,
  };
}

/** Each answer tells other things of the same daemon. */
function daemonsTogether(before: readonly BgpDaemon[], now: readonly BgpDaemon[]): BgpDaemon[] {
  const older = new Map(before.map((one) => [one.socket, one]));
  const told = now.map((one): BgpDaemon => {
    const known = older.get(one.socket);
    older.delete(one.socket);
    if (known === undefined) return one;
    return {
      ...one,
      version: one.version ?? known.version,
      routerId: one.routerId ?? known.routerId,
      as: one.as ?? known.as,
      lastReboot: one.lastReboot ?? known.lastReboot,
      lastReconfiguration: one.lastReconfiguration ?? known.lastReconfiguration,
      zone: one.zone ?? known.zone,
    };
  });
  return [...older.values(), ...told];
}

const tableKey = ({ backend, family, name }: FirewallTable): string => `${backend} ${family} ${name}`;

function filtersDiffer(before: FirewallReading, now: FirewallReading): boolean {
  const rules = ({ chains, sets }: FirewallTable): string => JSON.stringify([chains, sets]);
  const known = new Map(before.tables.map((one) => [tableKey(one), rules(one)]));
  return differIn(known, new Map(now.tables.map((one) => [tableKey(one), rules(one)])));
}

/**
 * iptables' tables in nf_tables are told by both tools. What its rules ask of a packet iptables alone knows to say (nft has `xt match`), if it
 * has said all of them. A table of nft's own has other chains.
 */
function eachOnce(tables: readonly FirewallTable[]): readonly FirewallTable[] {
  const rules = ({ chains }: FirewallTable): number => chains.reduce((sum, one) => sum + one.rules.length, 0);
  const isSame = (xt: FirewallTable, nft: FirewallTable): boolean =>
    xt.backend === 'nft-compat' &&
    nft.backend === 'nft' &&
    xt.family === nft.family &&
    xt.name === nft.name &&
    nft.chains.every(({ name }) => xt.chains.some((one) => one.name === name));
  return tables.filter(
    (one) =>
      !tables.some(
        (other) =>
          (isSame(other, one) && rules(other) >= rules(one)) ||
          (isSame(one, other) && rules(other) > rules(one)),
      ),
  );
}

/** Who was refused has told nothing, of which something could be missing beside what another tool said. */
function missingOfBoth(
  before: FirewallReading['rulesMissing'],
  now: FirewallReading['rulesMissing'],
): FirewallReading['rulesMissing'] {
  if (before === 'all') return now;
  return now === 'all' ? before : (before ?? now);
}

function filtersTogether(before: FirewallReading, now: FirewallReading): FirewallReading {
  const missing = missingOfBoth(before.rulesMissing, now.rulesMissing);
  const queues = now.queues ?? before.queues;
  return {
    ...(missing === undefined ? {} : { rulesMissing: missing }),
    ...(queues === undefined ? {} : { queues }),
    tables: eachOnce([
      ...new Map([...before.tables, ...now.tables].map((one) => [tableKey(one), one])).values(),
    ]),
    ipsets: [...new Map([...before.ipsets, ...now.ipsets].map((one) => [one.name, one])).values()],
    virtualServers: now.virtualServers.length > 0 ? now.virtualServers : before.virtualServers,
    conntrack: now.conntrack ?? before.conntrack,
    unread: [...before.unread, ...now.unread],
    unreadCount: before.unreadCount + now.unreadCount,
  };
}

/** `cat /proc/net/snmp` and then `netstat`: two halves of one namespace's. */
function countersTogether(
  before: readonly NamespaceCounters[],
  now: readonly NamespaceCounters[],
): readonly NamespaceCounters[] {
  const [older] = before;
  const [newer] = now;
  if (older === undefined || newer === undefined) return now.length > 0 ? now : before;
  const devices = newer.devices.length > 0 ? newer.devices : older.devices;
  return [
    { ...newer, devices, counters: new Map([...older.counters, ...newer.counters]) },
    ...before.slice(1),
  ];
}
