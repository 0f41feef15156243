// What is asked about routes and what comes back, for window and CLI alike.
import { z } from 'zod';

/** A node's label, or the id of a network namespace. */
const place = z.string().min(1).max(512);
const device = z.string().min(1).max(64);
const port = z.number().int().min(0).max(65535);

export const routeExplainRequestSchema = z.object({
  at: place,
  destination: z.string().min(1).max(64),
  source: z.string().max(64).nullable(),
  /** The device it comes in by; null: the machine sends it itself. */
  iif: device.nullable(),
  /** A device that the sender is bound to, or a VRF; null: none. */
  oif: device.nullable(),
  mark: z.number().int().min(0).max(0xffffffff),
  proto: z.enum(['tcp', 'udp', 'icmp', 'sctp']).nullable(),
  sport: port,
  dport: port,
});

/** Which route is meant: what tells it from every other in its namespace. */
export const routeKeySchema = z.object({
  dst: z.string().max(64),
  table: z.string().max(64),
  type: z.string().max(32),
  metric: z.number(),
  tos: z.number(),
  dev: z.string().max(64).nullable(),
  via: z.string().max(64).nullable(),
});
export type RouteKey = z.infer<typeof routeKeySchema>;

const shownRouteSchema = z.object({
  key: routeKeySchema,
  /** As `ip route` prints it. */
  text: z.string(),
  /** `bird`, `80`, … and whose that is, as a sentence. */
  proto: z.string(),
  owner: z.string(),
});
export type ShownRoute = z.infer<typeof shownRouteSchema>;

const hopSchema = z.object({
  via: z.string().nullable(),
  dev: z.string(),
  weight: z.number(),
  interfaceId: z.string().nullable(),
  /** Of the device: why nothing passes; null when it seems fine. */
  trouble: z.string().nullable(),
  mac: z.string().nullable(),
  /** The neighbour's state; null where the table has no entry. */
  state: z.string().nullable(),
  /** The node or Pod whose address it is. */
  name: z.string().nullable(),
  sentence: z.string(),
});
export type ShownHop = z.infer<typeof hopSchema>;

const ruleSchema = z.object({
  priority: z.number(),
  text: z.string(),
  won: z.boolean(),
  /** What became of it. */
  sentence: z.string(),
});

const loserSchema = z.object({
  route: shownRouteSchema,
  reason: z.enum([
    'shorter-prefix',
    'higher-metric',
    'preference',
    'order',
    'tos',
    'unusable',
    'later-rule',
    'rule-mismatch',
    'no-rule',
    'thrown',
    'suppressed',
  ]),
  sentence: z.string(),
});
export type Loser = z.infer<typeof loserSchema>;

const refusedSchema = z.object({ ok: z.literal(false), sentence: z.string() });

const verdictSchema = z.enum(['forwarded', 'local', 'rejected', 'refused', 'no-route']);

export const routeExplanationSchema = z.discriminatedUnion('ok', [
  refusedSchema,
  z.object({
    ok: z.literal(true),
    /** Where it was looked up. */
    place: z.string(),
    netnsId: z.string(),
    nodeId: z.string(),
    verdict: verdictSchema,
    sentence: z.string(),
    rule: z.object({ priority: z.number(), text: z.string() }).nullable(),
    route: shownRouteSchema.nullable(),
    hops: z.array(hopSchema),
    losers: z.array(loserSchema),
    /** More than are listed. */
    moreLosers: z.number(),
    rules: z.array(ruleSchema),
    /** What the answer rests on that was not read, and what may be otherwise. */
    notes: z.array(z.string()),
    evidence: z.array(z.string()),
  }),
]);
export type RouteExplainRequest = z.infer<typeof routeExplainRequestSchema>;
export const routeEverywhereRequestSchema = routeExplainRequestSchema.omit({ at: true });
export type RouteEverywhereRequest = z.infer<typeof routeEverywhereRequestSchema>;

/** Of more nodes than that nobody reads a list. */
export const MOST_PLACES = 500;

export const routeEverywhereSchema = z.discriminatedUnion('ok', [
  refusedSchema,
  z.object({
    ok: z.literal(true),
    rows: z.array(
      z.object({
        /** The node's label: what `route.explain` takes. */
        at: z.string(),
        nodeId: z.string(),
        /** Null: not known, and the sentence says why. */
        verdict: verdictSchema.nullable(),
        sentence: z.string(),
        /** The winner, as `ip route` prints it. */
        route: z.string().nullable(),
      }),
    ),
    /** Nodes beyond MOST_PLACES. */
    more: z.number(),
  }),
]);
export type RouteEverywhere = z.infer<typeof routeEverywhereSchema>;
export type RouteExplanation = z.infer<typeof routeExplanationSchema>;

export const routeProvenanceRequestSchema = z.object({ at: place, route: routeKeySchema });

const claimSchema = z.object({
  by: z.string(),
  sentence: z.string(),
  evidence: z.array(z.string()),
});

export const routeProvenanceSchema = z.discriminatedUnion('ok', [
  refusedSchema,
  z.object({
    ok: z.literal(true),
    route: shownRouteSchema,
    /** Who says what of it; they may disagree, and nobody is called the owner. */
    claims: z.array(claimSchema),
    /** The BGP session it came by. */
    session: z.object({ id: z.string(), name: z.string(), since: z.string() }).nullable(),
    /** `apart`: one has it without the other, or goes another way. `unknown`: BIRD's table was not read. */
    bird: z.object({ verdict: z.enum(['agree', 'apart', 'not-its-own', 'unknown']), sentence: z.string() }),
    /** Calico's block, pool and affinity, or why they are not known. */
    ipam: z.array(z.string()),
    /** What would be used for its addresses without it. */
    takeover: z.object({ route: shownRouteSchema.nullable(), sentence: z.string() }),
    evidence: z.array(z.string()),
  }),
]);
export type RouteProvenanceRequest = z.infer<typeof routeProvenanceRequestSchema>;
export type RouteProvenance = z.infer<typeof routeProvenanceSchema>;
