// What is asked of a trace and what it answers, for window and CLI alike.
import { z } from 'zod';
import { tableKeySchema } from '../firewall/firewall-model.ts';

/** A Pod (`namespace/name` or a name), a node, a Service (`svc/namespace/name`), or an address. */
const end = z.string().min(1).max(512);

export const traceRequestSchema = z.object({
  from: end,
  to: end,
  proto: z.enum(['tcp', 'udp', 'icmp']),
  /** Null: ICMP has none; of a Service its first, of anything else it is said that the port decides nothing. */
  port: z.number().int().min(1).max(65535).nullable(),
  /** Bytes of the IP packet; null: a small one. */
  size: z.number().int().min(28).max(65535).nullable(),
  /** Of connections that conntrack has, the one from this port; null or left out: any. A new one is sent from it, too. */
  sport: z.number().int().min(1).max(65535).nullable().optional(),
  /** Left out: the first of the destination's in which the sender has an address, too. */
  family: z.union([z.literal(4), z.literal(6)]).optional(),
});
export type TraceRequest = z.infer<typeof traceRequestSchema>;

const tupleSchema = z.object({
  src: z.string().max(64),
  dst: z.string().max(64),
  sport: z.number(),
  dport: z.number(),
});

/** What conntrack of a namespace lists of the addresses in question (app/probe/conntrack-entries.ts). */
const conntrackReadingSchema = z.object({
  netnsId: z.string().max(512),
  entries: z
    .array(
      z.object({
        family: z.union([z.literal(4), z.literal(6)]),
        protocol: z.number(),
        state: z.string().nullable(),
        timeout: z.number().nullable(),
        original: tupleSchema,
        reply: tupleSchema,
        isReplied: z.boolean(),
        isOffloaded: z.boolean(),
        mark: z.number(),
        zone: z.number(),
        replyZone: z.number(),
        text: z.string().max(1024),
      }),
    )
    .max(2_000),
  /** Why not all is known; null: it is. */
  sentence: z.string().nullable(),
});
export type ConntrackReading = z.infer<typeof conntrackReadingSchema>;

export const traceQuestionSchema = traceRequestSchema.extend({
  /** As it was read for this question; left out: it was not. */
  conntrack: z.array(conntrackReadingSchema).max(64).optional(),
});
export type TraceQuestion = z.infer<typeof traceQuestionSchema>;

export const TRACE_STAGES = [
  'send',
  'receive',
  'bridge',
  'prerouting',
  'route',
  'input',
  'output',
  'forward',
  'postrouting',
  'neighbour',
  'transmit',
  'encapsulate',
  'decapsulate',
  'wire',
  'deliver',
] as const;

/** A rule of a packet filter that the packet met. */
const ruleSchema = z.object({
  table: z.string(),
  /** With `table`: which of those of that name it is. */
  backend: tableKeySchema.shape.backend,
  family: tableKeySchema.shape.family,
  chain: z.string(),
  /** From 1; 0: the chain's policy. */
  number: z.number(),
  text: z.string(),
  did: z.string(),
  /** Whose chain it is: Calico, kube-proxy, …, and whom it is about; null where nobody knows. */
  owner: z.string().nullable(),
  /** Packets that it counted; null where it counts none. */
  packets: z.number().nullable(),
});
export type TraceRule = z.infer<typeof ruleSchema>;

const routeSchema = z.object({
  dst: z.string(),
  table: z.string(),
  proto: z.string(),
  owner: z.string(),
  /** As `ip route` prints it. */
  text: z.string(),
  /** The policy rule that led to it. */
  rule: z.string().nullable(),
});
export type TraceRoute = z.infer<typeof routeSchema>;

/** One decision. */
const stepSchema = z.object({
  stage: z.enum(TRACE_STAGES),
  device: z.string().nullable(),
  outcome: z.enum(['passes', 'stops', 'unknown']),
  /** One sentence, as the classic explanation by hand would say it. */
  sentence: z.string(),
  route: routeSchema.nullable(),
  /** In order, those that decided or changed something. */
  rules: z.array(ruleSchema),
  /** `destination 10.96.0.10:53 → 192.168.1.2:53`; null where nothing was rewritten. */
  rewrote: z.string().nullable(),
  /** The line of a tool's output on which it rests, where it was read for this trace alone; null: see its evidence. */
  quote: z.string().nullable(),
  /** What was presumed because it was not read, or cannot be known. */
  presumed: z.array(z.string()),
  evidence: z.array(z.string()),
  /** What one types there to see the same; null where there is nothing to type. */
  command: z.string().nullable(),
});
export type TraceStep = z.infer<typeof stepSchema>;

/** A packet as whoever captures at an interface tells it from others: of one in a tunnel the innermost. */
const seenAsSchema = z.object({
  protocol: z.number(),
  src: z.string(),
  dst: z.string(),
  /** 0: none, or it was not said. */
  sport: z.number(),
  dport: z.number(),
  icmpType: z.number().nullable(),
  /** It is in a tunnel there: a filter for its own addresses does not see it. */
  carried: z.boolean(),
});
export type SeenAs = z.infer<typeof seenAsSchema>;

/** One passage through a network namespace. */
const hopSchema = z.object({
  nodeId: z.string(),
  node: z.string(),
  netnsId: z.string(),
  /** `k8s-worker-1`, `web-1 on k8s-worker-1`. */
  place: z.string(),
  isPod: z.boolean(),
  /** Interface names; null: a socket here sends it, takes it. */
  ingress: z.string().nullable(),
  egress: z.string().nullable(),
  ingressId: z.string().nullable(),
  egressId: z.string().nullable(),
  action: z.enum(['send', 'forward', 'bridge', 'deliver', 'drop', 'reject', 'unknown']),
  nextHop: z.string().nullable(),
  route: routeSchema.nullable(),
  /** The sentence of the step that decided. */
  because: z.string(),
  steps: z.array(stepSchema),
  /** As it leaves, `tcp 192.168.1.2:40000 → 192.168.2.3:8080`, what carries it in front: `VXLAN 4096 10.0.0.1 → 10.0.0.2 · …`. */
  packet: z.string(),
  /** At `ingress` and at `egress`; null: it does not pass there. */
  came: seenAsSchema.nullable(),
  left: seenAsSchema.nullable(),
  evidence: z.array(z.string()),
});
export type TraceHop = z.infer<typeof hopSchema>;

export const tracePathVerdicts = ['delivered', 'dropped', 'rejected', 'unknown'] as const;

const pathSchema = z.object({
  /** Of new connections, 0 to 1. */
  share: z.number(),
  /** The endpoint of a Service that it leads to; null where there is no choice. */
  endpoint: z.string().nullable(),
  verdict: z.enum(tracePathVerdicts),
  sentence: z.string(),
  hops: z.array(hopSchema),
  stopsAt: z
    .object({
      node: z.string(),
      netnsId: z.string(),
      interface: z.string().nullable(),
      interfaceId: z.string().nullable(),
      /** A StopReason (passage.ts). */
      reason: z.string(),
    })
    .nullable(),
  /** Bytes: the largest packet that passes all of the way; null where some device's is not known. */
  mtu: z.number().nullable(),
});
export type TracePath = z.infer<typeof pathSchema>;

/** A route that was looked up on the way: what to ask the kernel, and what our model says. */
export const traceLookupSchema = z.object({
  node: z.string(),
  netnsId: z.string(),
  place: z.string(),
  /** The process by which one enters the namespace; null: none is known, or it is the node's own. */
  pid: z.number().nullable(),
  isPod: z.boolean(),
  /** As one types it on the node. */
  command: z.string(),
  asked: z.object({
    family: z.union([z.literal(4), z.literal(6)]),
    destination: z.string(),
    /** Null: not chosen yet. */
    source: z.string().nullable(),
    iif: z.string().nullable(),
    oif: z.string().nullable(),
    mark: z.number(),
    tos: z.number(),
    ipproto: z.number(),
    sport: z.number(),
    dport: z.number(),
  }),
  expected: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('route'),
      /** unicast, local, … */
      type: z.string(),
      /** Any of them: which, a hash decides. */
      paths: z.array(z.object({ dev: z.string(), via: z.string().nullable() })),
    }),
    z.object({ kind: z.literal('refused'), why: z.string(), errnos: z.array(z.string()) }),
  ]),
});
export type TraceLookup = z.infer<typeof traceLookupSchema>;

/** A namespace that it passes, and between which addresses conntrack there is to be asked for connections. */
const trackedSchema = z.object({
  node: z.string(),
  netnsId: z.string(),
  pid: z.number().nullable(),
  inode: z.number(),
  isPod: z.boolean(),
  family: z.union([z.literal(4), z.literal(6)]),
  protocol: z.number(),
  source: z.string().nullable(),
  destination: z.string(),
});
export type TraceTracked = z.infer<typeof trackedSchema>;

/** A connection that conntrack has, or several of the same fate. */
const flowSchema = z.object({
  /** As the first of them leaves its sender. */
  packet: z.string(),
  count: z.number(),
  /** A new connection fares otherwise. */
  differs: z.boolean(),
  sentence: z.string(),
  /** Where an entry decided, its step quotes it. */
  path: pathSchema,
  reverse: pathSchema.nullable(),
});
export type TraceFlow = z.infer<typeof flowSchema>;

/** What a node's kernel says of a route otherwise than its rules and tables as they were read, both in words. */
export const kernelContradictionSchema = z.object({
  node: z.string().max(256),
  netnsId: z.string().max(512),
  place: z.string().max(512),
  isPod: z.boolean(),
  /** As one types it on the node. */
  command: z.string().max(1024),
  destination: z.string().max(64),
  family: z.union([z.literal(4), z.literal(6)]),
  /** By which device the kernel goes; null: it refuses. */
  device: z.string().max(64).nullable(),
  theirs: z.string().max(512),
  ours: z.string().max(1024),
});
export type KernelContradiction = z.infer<typeof kernelContradictionSchema>;

/** Whether the nodes' kernels, asked the same, say the same. */
const kernelSchema = z.object({
  asked: z.number(),
  agrees: z.boolean().nullable(),
  /** A sentence each. */
  disagreements: z.array(z.string()),
});

export const traceAnswerSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(false), sentence: z.string() }),
  z.object({
    ok: z.literal(true),
    from: z.string(),
    to: z.string(),
    /** One or several (endpoints of a Service, paths of one route): those that fail first, then by share. */
    paths: z.array(pathSchema).min(1),
    /** The way back of the first of them; null where it does not arrive. */
    reverse: pathSchema.nullable(),
    kernel: kernelSchema,
    lookups: z.array(traceLookupSchema),
    /** Of connections that conntrack already has; none where it was not asked, or has none. */
    flows: z.array(flowSchema),
    tracked: z.array(trackedSchema),
    /** What was not read and so not known, a sentence each. */
    missing: z.array(z.string()),
  }),
]);
export type TraceAnswer = z.infer<typeof traceAnswerSchema>;
