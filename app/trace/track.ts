// Where connection tracking looks at a packet for the first time: before the first hook of its way.
import { connectionOf, trackingOf } from './conntrack.ts';
import { CONNTRACK } from '../firewall/compiled-firewall.ts';
import { newConnection } from '../firewall/filter-packet.ts';
import { passHook } from '../firewall/pass-hook.ts';
import { conntrackCommand } from '../probe/conntrack-script.ts';
import type { FirewallReading } from '../probe/firewall-facts.ts';
import type { TracedNamespace } from './namespace.ts';
import type { Passage } from './passage.ts';
import { commandIn, evidenceOf, passes, stops, type Ground, type Next, type Walk } from './walk.ts';

export function track(ground: Ground, walk: Walk, next: Next): readonly Passage[] {
  const { at, options } = ground;
  const zone = zoneOf(ground, walk);
  const tracked =
    zone === null ? options.tracked.filter(({ entry }) => entry === undefined) : options.tracked;
  const tracking = trackingOf(at, walk.packet, tracked, zone);
  const packet = { ...walk.packet, connection: connectionOf(tracking, walk.packet) };
  const { filters } = at;
  const full = filters?.conntrack ?? null;
  if (
    filters !== null &&
    full !== null &&
    tracking.kind === 'new' &&
    full.count >= full.max &&
    full.max > 0 &&
    tracks(filters) &&
    comesToConntrack(ground, filters, walk)
  )
    return stops(walk, 'dropped', 'conntrack-full', {
      stage: stageOf(walk),
      sentence: `${at.name} tracks ${full.count} connections and may track ${full.max}: no new one is let in.`,
      presumed: [
        'It is presumed that no connection can be evicted for it: those that were answered are not.',
      ],
      evidence: evidenceOf(at, 'firewall'),
      command: commandIn(at, 'sysctl', 'net.netfilter.nf_conntrack_count', 'net.netfilter.nf_conntrack_max'),
    });
  const on: Walk = { ...walk, packet, tracking };
  if (zone === null && tracked.length < options.tracked.length)
    return next(
      passes(on, {
        stage: stageOf(walk),
        sentence: `Rules of ${at.name} part in which zone conntrack looks for it.`,
        presumed: [`It is presumed that it is none of the connections that conntrack of ${at.name} lists.`],
        evidence: evidenceOf(at, 'firewall'),
      }),
    );
  return next(withEntry(at, on));
}

function stageOf({ packet: { iif } }: Walk): 'output' | 'prerouting' {
  return iif === null ? 'output' : 'prerouting';
}

/** Where a listed entry decides, it is said. */
function withEntry(at: TracedNamespace, walk: Walk): Walk {
  const { tracking } = walk;
  const entry = tracking.kind === 'known' ? tracking.connection.entry : undefined;
  if (tracking.kind !== 'known' || entry === undefined) return walk;
  const whose = tracking.direction === 'reply' ? 'is an answer of' : 'belongs to';
  const answered = entry.isReplied ? 'that was answered before' : 'that nobody has answered yet';
  const { family, protocol, original } = entry;
  const asked = {
    pid: at.isPod ? at.pid : null,
    family,
    protocol,
    source: original.src,
    destination: original.dst,
  };
  return passes(walk, {
    stage: stageOf(walk),
    sentence: `Conntrack of ${at.name} has it: it ${whose} a connection ${answered}, and what NAT made of that stays, whatever the rules say now.`,
    quote: entry.text,
    presumed: entry.isOffloaded
      ? [
          `${at.name} has offloaded it: what a flow table sends on past FORWARD and POSTROUTING is not followed.`,
        ]
      : [],
    command: conntrackCommand(asked),
  });
}

/** In which zone conntrack looks for a packet: 0 but where a rule before it (raw) says another; null: that is left to chance, or a direction has its own. */
function zoneOf({ at: { filters }, context }: Ground, walk: Walk): number | null {
  if (filters === null || !setsZones(filters)) return 0;
  if (setsZonesOfDirections(filters)) return null;
  const asked = { ...walk.packet, connection: newConnection(walk.packet) };
  const zones = new Set(
    passHook(beforeConntrack(filters), stageOf(walk), asked, context).flatMap(({ verdict, packet }) =>
      verdict.kind === 'accept' ? [packet.connection.zone ?? 0] : [],
    ),
  );
  const [only = 0] = zones;
  return zones.size > 1 ? null : only;
}

/** Chains before it (raw) may drop a packet, or say that it is not to be tracked. */
function comesToConntrack({ context }: Ground, filters: FirewallReading, walk: Walk): boolean {
  const asked = { ...walk.packet, connection: newConnection(walk.packet) };
  return passHook(beforeConntrack(filters), stageOf(walk), asked, context).some(
    (outcome) => outcome.verdict.kind === 'accept' && outcome.packet.connection.state !== 'untracked',
  );
}

const earlier = new WeakMap<FirewallReading, FirewallReading>();

function beforeConntrack(filters: FirewallReading): FirewallReading {
  let found = earlier.get(filters);
  if (found === undefined) {
    const tables = filters.tables.map((table) => ({
      ...table,
      chains: table.chains.map((chain) =>
        chain.hook === null || (chain.hook.type !== 'nat' && chain.hook.priority <= CONNTRACK)
          ? chain
          : { ...chain, hook: null },
      ),
    }));
    earlier.set(filters, (found = { ...filters, tables, virtualServers: [] }));
  }
  return found;
}

const ASKS_XT = /--ctstate|--state|-m conn|-j (?:CONNMARK|CT|MASQUERADE|SNAT|DNAT|REDIRECT|NETMAP)\b/;
const ASKS_NFT = /"(?:ct|masquerade|snat|dnat|redirect)":/;
/** Connections are tracked only where a rule asks for it (nf_ct_netns_get). */
const tracks = onceAReading((filters) => someRule(filters, ASKS_XT, ASKS_NFT));

const untracks = onceAReading((filters) => someRule(filters, /NOTRACK|--notrack/, /"notrack"/));

/** Whatever passes is tracked: a rule asks for it, and none leaves anything out. */
export function tracksAll(filters: FirewallReading): boolean {
  return filters.conntrack !== null && tracks(filters) && !untracks(filters) && !setsZones(filters);
}

const ZONE_XT = /-j CT .*--zone/;
const ZONE_NFT = /"mangle":\{"key":\{"ct":\{"key":"zone"/;
const setsZones = onceAReading((filters) => someRule(filters, ZONE_XT, ZONE_NFT));
const setsZonesOfDirections = onceAReading((filters) =>
  someRule(
    filters,
    /-j CT .*--zone-(?:orig|reply)/,
    /"mangle":\{"key":\{"ct":\{"key":"zone","(?:dir|family)"/,
  ),
);

/** Looked for once a reading. */
function onceAReading(look: (filters: FirewallReading) => boolean): (filters: FirewallReading) => boolean {
  const known = new WeakMap<FirewallReading, boolean>();
  return (filters) => {
    let found = known.get(filters);
    if (found === undefined) known.set(filters, (found = look(filters)));
    return found;
  };
}

function someRule({ tables }: FirewallReading, xt: RegExp, nft: RegExp): boolean {
  return tables.some(({ chains }) =>
    chains.some(({ rules }) =>
      rules.some((rule) =>
        rule.backend === 'xt' ? xt.test(rule.text) : nft.test(JSON.stringify(rule.expr)),
      ),
    ),
  );
}
