// What is asked of "what if this failed" and what it answers, for window and CLI alike.
import { z } from 'zod';
import { traceRequestSchema } from '../../trace/model.ts';

const name = z.string().min(1).max(512);

/** What fails, in the model alone. */
const failureSchema = z.discriminatedUnion('kind', [
  /** An interface of a node's own namespace goes down as by `ip link set DEV down`. */
  z.object({ kind: z.literal('link'), node: name, device: name }),
  /** The BGP session between a node and a peer: another node's label, an address, or the daemon's name for the session. */
  z.object({ kind: z.literal('session'), node: name, peer: name }),
  z.object({ kind: z.literal('node'), node: name }),
]);
export type Failure = z.infer<typeof failureSchema>;

export const whatIfRequestSchema = z.object({ fails: failureSchema });
export type WhatIfRequest = z.infer<typeof whatIfRequestSchema>;

/** Pod pairs of two nodes that have one fate: one of them was traced, before and after. */
const pairGroupSchema = z.object({
  /** Labels of nodes; the same twice for Pods of one node. */
  from: z.string(),
  to: z.string(),
  /** So many Pod pairs, each in this direction. */
  pairs: z.number(),
  /** `default/web-1 → default/db-0`, at most three. */
  examples: z.array(z.string()),
  /** What becomes of it: where it stops and why, by which other route it goes. */
  sentence: z.string(),
  /** Hops of the way there in a line, `web-1 → k8s-worker-1 ens192 → k8s-worker-2 ens192 → db-0`; `after` to where it gets. */
  before: z.string(),
  after: z.string(),
  /** Where it stops; null where it does not, or ends with its node. */
  stopsAt: z
    .object({
      node: z.string(),
      netnsId: z.string(),
      interface: z.string().nullable(),
      interfaceId: z.string().nullable(),
      /** A StopReason (app/trace/passage.ts); `away`: it is handed to a router that nobody knows. */
      reason: z.string(),
    })
    .nullable(),
  /** It is the answer that is lost, or that goes another way. */
  back: z.boolean(),
  /** The one that was traced. */
  asked: traceRequestSchema,
});
export type PairGroup = z.infer<typeof pairGroupSchema>;

/** A route of a node that is another one afterwards. */
const changedRouteSchema = z.object({
  node: z.string(),
  dst: z.string(),
  /** As `ip route` prints it. */
  was: z.string(),
  /** What that node would follow instead; null: nothing. */
  becomes: z.string().nullable(),
  because: z.string(),
});
export type ChangedRoute = z.infer<typeof changedRouteSchema>;

const brokenSessionSchema = z.object({
  /** Labels of nodes, or the address of somebody else. */
  sides: z.tuple([z.string(), z.string()]),
  /** Seconds; null: not known. */
  holdTime: z.number().nullable(),
  /** How long its routes stay, and what graceful restart would do. */
  sentence: z.string(),
});
export type BrokenSession = z.infer<typeof brokenSessionSchema>;

const serviceFateSchema = z.object({
  /** `namespace/name`. */
  service: z.string(),
  /** Ready endpoints before, and those that are still there. */
  endpoints: z.number(),
  left: z.number(),
  /** Labels of nodes whose Pods reach none of its endpoints any more. */
  lostFrom: z.array(z.string()),
  sentence: z.string(),
});
export type ServiceFate = z.infer<typeof serviceFateSchema>;

export const whatIfAnswerSchema = z.discriminatedUnion('ok', [
  /** Why it cannot be said. */
  z.object({ ok: z.literal(false), sentence: z.string() }),
  z.object({
    ok: z.literal(true),
    failed: z.object({
      kind: z.enum(['link', 'session', 'node']),
      /** `ens192 of k8s-worker-1`. */
      title: z.string(),
      node: z.string(),
      nodeId: z.string(),
      interface: z.string().nullable(),
      interfaceId: z.string().nullable(),
      /** The other side of a session. */
      peer: z.string().nullable(),
    }),
    /** The whole answer in one sentence. */
    sentence: z.string(),
    /** What follows from it in order, a sentence each. */
    effects: z.array(z.string()),
    sessions: z.array(brokenSessionSchema),
    /** Routes that change in the nodes' kernels; `routesLeft` more found no place. */
    routes: z.array(changedRouteSchema),
    routesLeft: z.number(),
    lost: z.array(pairGroupSchema),
    rerouted: z.array(pairGroupSchema),
    /** Those that had no path before and have one then. */
    gained: z.array(pairGroupSchema),
    /** Of these it cannot be known. */
    unsure: z.array(pairGroupSchema),
    /** Pod pairs that go on as before, and those that had no path before either. */
    stays: z.number(),
    without: z.number(),
    /** Services that lose something. */
    services: z.array(serviceFateSchema),
    /** Pods that end with the node, `namespace/name`; `podsLeft` more found no place. */
    pods: z.array(z.string()),
    podsLeft: z.number(),
    /** Ways that were traced, and the Pod pairs that none of them stands for. */
    traced: z.number(),
    left: z.number(),
    /** What was presumed or is not known, a sentence each. */
    missing: z.array(z.string()),
  }),
]);
export type WhatIfAnswer = z.infer<typeof whatIfAnswerSchema>;
