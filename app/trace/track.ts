// Where connection tracking looks at a packet for the first time: before the first hook of its way.
import { connectionOf, trackingOf } from './conntrack.ts';
import { CONNTRACK } from '../firewall/compiled-firewall.ts';
import { newConnection } from '../firewall/filter-packet.ts';
import { passHook } from '../firewall/pass-hook.ts';
import type { FirewallReading } from '../probe/firewall-facts.ts';
import type { Passage } from './passage.ts';
import { commandIn, evidenceOf, stops, type Ground, type Next, type Walk } from './walk.ts';

export function track(ground: Ground, walk: Walk, next: Next): readonly Passage[] {
  const { at, options } = ground;
  const tracking = trackingOf(at, walk.packet, options.tracked);
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
      stage: walk.packet.iif === null ? 'output' : 'prerouting',
      sentence: `${at.name} tracks ${full.count} connections and may track ${full.max}: no new one is let in.`,
      presumed: [
        'It is presumed that no connection can be evicted for it: those that were answered are not.',
      ],
      evidence: evidenceOf(at, 'firewall'),
      command: commandIn(at, 'sysctl', 'net.netfilter.nf_conntrack_count', 'net.netfilter.nf_conntrack_max'),
    });
  return next({ ...walk, packet, tracking });
}

/** Chains before it (raw) may drop a packet, or say that it is not to be tracked. */
function comesToConntrack({ context }: Ground, filters: FirewallReading, { packet }: Walk): boolean {
  const hook = packet.iif === null ? 'output' : 'prerouting';
  const asked = { ...packet, connection: newConnection(packet) };
  return passHook(beforeConntrack(filters), hook, asked, context).some(
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

const known = new WeakMap<FirewallReading, boolean>();

/** Connections are tracked only where a rule asks for it (nf_ct_netns_get): looked for once a reading. */
function tracks(filters: FirewallReading): boolean {
  let found = known.get(filters);
  if (found === undefined) known.set(filters, (found = asksForConnections(filters)));
  return found;
}

const ASKS_XT = /--ctstate|--state|-m conn|-j (?:CONNMARK|CT|MASQUERADE|SNAT|DNAT|REDIRECT|NETMAP)\b/;
const ASKS_NFT = /"(?:ct|masquerade|snat|dnat|redirect)":/;

function asksForConnections({ tables }: FirewallReading): boolean {
  return tables.some(({ chains }) =>
    chains.some(({ rules }) =>
      rules.some((rule) =>
        rule.backend === 'xt' ? ASKS_XT.test(rule.text) : ASKS_NFT.test(JSON.stringify(rule.expr)),
      ),
    ),
  );
}
