// GoBGP's own client: `gobgp neighbor -j` (api.Peer as protobuf's JSON) and `gobgp global rib -j`
// (cmd/gobgp/global.go). What is zero or empty is left out of both. Recorded from GoBGP 3.10.
import { z } from 'zod';
import type { BirdVerdict } from './bird-reading.ts';
import type { BgpProtocol, BgpRoute, EvidenceHead } from './facts.ts';
import { parseToolJson } from './tool-json.ts';

const seconds = z.object({ seconds: z.number() }).optional();
const capability = z.object({ type_url: z.string() });

const peerSchema = z.object({
  conf: z.object({
    local_asn: z.number().optional(),
    neighbor_address: z.string(),
    peer_asn: z.number().optional(),
    description: z.string().optional(),
  }),
  ebgp_multihop: z.object({ enabled: z.boolean().optional() }).optional(),
  route_reflector: z.object({ route_reflector_client: z.boolean().optional() }).optional(),
  state: z
    .object({
      session_state: z.number().optional(),
      admin_state: z.number().optional(),
      router_id: z.string().optional(),
      remote_cap: z.array(capability).optional(),
      local_cap: z.array(capability).optional(),
    })
    .optional(),
  timers: z
    .object({
      state: z
        .object({
          keepalive_interval: z.number().optional(),
          negotiated_hold_time: z.number().optional(),
          uptime: seconds,
          downtime: seconds,
        })
        .optional(),
    })
    .optional(),
  transport: z
    .object({ local_address: z.string().optional(), passive_mode: z.boolean().optional() })
    .optional(),
  afi_safis: z
    .array(
      z.object({
        state: z
          .object({
            family: z.object({ afi: z.number().optional(), safi: z.number().optional() }).optional(),
            received: z.number().optional(),
            accepted: z.number().optional(),
            advertised: z.number().optional(),
          })
          .optional(),
      }),
    )
    .optional(),
});

/** api.PeerState.SessionState, in BIRD's words. */
const STATES = [null, 'Idle', 'Connect', 'Active', 'OpenSent', 'OpenConfirm', 'Established'] as const;
const ADMIN_DOWN = 1;

/** Null when it is not what gobgp prints. */
export function parseGobgpNeighbours(text: string): BgpProtocol[] | null {
  const json = parseToolJson(text);
  const peers = json.ok ? z.array(peerSchema).safeParse(json.value) : null;
  return peers?.success === true ? peers.data.map(protocolOf) : null;
}

function protocolOf({ conf, state, timers, transport, ...rest }: z.infer<typeof peerSchema>): BgpProtocol {
  const bgpState = STATES[state?.session_state ?? 0] ?? null;
  const up = bgpState === 'Established';
  const clock = timers?.state;
  const since = (up ? clock?.uptime : clock?.downtime)?.seconds ?? null;
  const channels = (rest.afi_safis ?? []).map(({ state: family }) => ({
    name: familyName(family?.family?.afi),
    state: up ? 'UP' : 'DOWN',
    imported: family?.accepted ?? 0,
    filtered: Math.max(0, (family?.received ?? 0) - (family?.accepted ?? 0)),
    // Only counted when it is asked for.
    exported: family?.advertised ?? null,
    preferred: null,
    limits: [],
  }));
  const exported = channels.flatMap((channel) => channel.exported ?? []);
  const session = [
    conf.local_asn === conf.peer_asn ? 'internal' : 'external',
    ...(rest.ebgp_multihop?.enabled === true ? ['multihop'] : []),
    ...(rest.route_reflector?.route_reflector_client === true ? ['route-reflector'] : []),
  ];
  return {
    socket: GOBGP,
    name: conf.neighbor_address,
    state: up ? 'up' : state?.admin_state === ADMIN_DOWN ? 'down' : 'start',
    since: since === null ? '' : new Date(since * 1000).toISOString().slice(0, 19).replace('T', ' '),
    sinceAt: since === null ? null : { s: since, ns: 0 },
    info: bgpState ?? '',
    bgpState: transport?.passive_mode === true && bgpState === 'Active' ? 'Passive' : bgpState,
    description: conf.description ?? null,
    localAddress: transport?.local_address === '0.0.0.0' ? null : (transport?.local_address ?? null),
    neighbourAddress: conf.neighbor_address,
    localAs: conf.local_asn ?? null,
    neighbourAs: conf.peer_asn ?? null,
    neighbourId: state?.router_id ?? null,
    session,
    capabilities: {
      own: (state?.local_cap ?? []).map(capabilityName),
      neighbour: (state?.remote_cap ?? []).map(capabilityName),
    },
    lastError: null,
    imported: channels.reduce((sum, { imported }) => sum + imported, 0),
    exported: exported.length === 0 ? null : exported.reduce((sum, count) => sum + count, 0),
    channels,
    neighbourRestarting: false,
    restartTimer: null,
    holdTimer: null,
    holdTime: clock?.negotiated_hold_time ?? null,
    keepaliveTimer: null,
    keepaliveTime: clock?.keepalive_interval ?? null,
  };
}

/** In the place of a control socket's path. */
const GOBGP = 'gobgp';

/** RFC 4760's address family numbers. */
function familyName(afi: number | undefined): string | null {
  return afi === 1 ? 'ipv4' : afi === 2 ? 'ipv6' : null;
}

/** `type.googleapis.com/apipb.RouteRefreshCapability` → RouteRefresh. */
function capabilityName({ type_url }: z.infer<typeof capability>): string {
  return type_url.replace(/^.*\./, '').replace(/Capability$/, '');
}

const pathSchema = z.object({
  best: z.boolean().optional(),
  age: z.number().optional(),
  'neighbor-ip': z.string().optional(),
  attrs: z.array(z.looseObject({ type: z.number() })).optional(),
});

/** Null when it is not what gobgp prints. */
export function parseGobgpRib(text: string): BgpRoute[] | null {
  const json = parseToolJson(text);
  const rib = json.ok ? z.record(z.string(), z.array(pathSchema)).safeParse(json.value) : null;
  if (rib?.success !== true) return null;
  return Object.entries(rib.data).flatMap(([dst, paths]) => paths.map((path) => routeOf(dst, path)));
}

// RFC 4271 §5, RFC 1997, RFC 4456: the numbers of path attributes.
const [AS_PATH, NEXT_HOP, LOCAL_PREF, COMMUNITIES, ORIGINATOR, CLUSTERS] = [2, 3, 5, 8, 9, 10];

function routeOf(dst: string, path: z.infer<typeof pathSchema>): BgpRoute {
  const attribute = (type: number | undefined): Readonly<Record<string, unknown>> =>
    path.attrs?.find((one) => one.type === type) ?? {};
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  const nextHop = text(attribute(NEXT_HOP)['nexthop']);
  const own = path['neighbor-ip'] === undefined;
  const localPref = attribute(LOCAL_PREF)['value'];
  const since = path.age ?? null;
  return {
    socket: GOBGP,
    table: null,
    dst,
    type: 'unicast',
    protocol: path['neighbor-ip'] ?? 'local',
    source: own ? 'static' : 'BGP',
    since: since === null ? '' : String(since),
    sinceAt: since === null ? null : { s: since, ns: 0 },
    from: path['neighbor-ip'] ?? null,
    nexthops: nextHop === null || own ? [] : [{ via: nextHop, dev: null }],
    primary: path.best === true,
    preference: null,
    asPath: list(attribute(AS_PATH)['as_paths']).flatMap((segment) =>
      list(field(segment, 'asns')).map(String),
    ),
    localPref: typeof localPref === 'number' ? localPref : null,
    bgpNextHop: nextHop,
    communities: list(attribute(COMMUNITIES)['communities']).map((value) =>
      typeof value === 'number' ? `(${Math.floor(value / 65_536)},${value % 65_536})` : String(value),
    ),
    originatorId: text(attribute(ORIGINATOR)['value']),
    clusterList: list(attribute(CLUSTERS)['value']).map(String),
  };
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

/** A node on which GoBGP runs, beside or instead of BIRD. */
export function withGobgp(
  bird: BirdVerdict,
  neighbours: { readonly state: EvidenceHead['state']; readonly stdout: string },
  rib: string,
): BirdVerdict {
  const protocols = neighbours.state === 'ok' ? parseGobgpNeighbours(neighbours.stdout) : null;
  const { reading } = bird;
  if (protocols === null) {
    const sentence =
      neighbours.state === 'missing-tool'
        ? 'GoBGP runs, but the node has no gobgp to ask it with.'
        : 'GoBGP runs, but its client gave no answer that could be read.';
    if (reading.state !== 'absent') return { ...bird, reading: { ...reading, sentence } };
    const state = neighbours.state === 'ok' ? 'failed' : neighbours.state;
    return { ...bird, state, reading: { ...reading, state: 'unknown', sentence } };
  }
  const routes = rib === '' ? null : parseGobgpRib(rib);
  return {
    ...bird,
    state: 'ok',
    reading: {
      ...reading,
      state: reading.state === 'absent' ? 'running' : reading.state,
      version: reading.version ?? 'GoBGP',
      protocols: [...reading.protocols, ...protocols],
      daemons: [
        ...reading.daemons,
        {
          socket: GOBGP,
          program: 'gobgp',
          version: null,
          routerId: null,
          as: protocols[0]?.localAs ?? null,
          lastReboot: null,
          lastReconfiguration: null,
          zone: 0,
        },
      ],
      sockets: [...reading.sockets, { socket: GOBGP, state: 'running' }],
      // A table that was cut off is no JSON any more.
      routes:
        routes === null && reading.routes === null
          ? rib === ''
            ? null
            : { routes: [], cut: true, unread: [] }
          : {
              routes: [...(reading.routes?.routes ?? []), ...(routes ?? [])],
              cut: reading.routes?.cut ?? false,
              unread: reading.routes?.unread ?? [],
            },
    },
  };
}
