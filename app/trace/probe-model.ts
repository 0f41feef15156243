// What a probe is asked and what it tells, for window and CLI alike. A probe sends packets and may put a rule in for some seconds:
// it runs only by the number of a plan that somebody has seen.
import { z } from 'zod';
import { traceRequestSchema, tracePathVerdicts } from './model.ts';

/** What would be run on one node. */
const plannedSchema = z.object({
  node: z.string(),
  /** `root`: it takes root there. */
  rights: z.enum(['root', 'login']),
  /** As one types it there. */
  command: z.string(),
  /** What it sends or changes, and until when; null: it only reads. */
  changes: z.string().nullable(),
});
export type PlannedCommand = z.infer<typeof plannedSchema>;

export const activePlanSchema = z.object({
  /** Stands for exactly these commands: what is asked for with it is run, anything else is shown first. */
  id: z.string(),
  sentence: z.string(),
  commands: z.array(plannedSchema),
  /** What cannot be done and why, a sentence each. */
  lacks: z.array(z.string()),
});
export type ActivePlan = z.infer<typeof activePlanSchema>;

/** Null: only the plan is wanted. Else the id of the plan that was shown and agreed to. */
const consent = z.string().min(1).max(128).nullable();

export const probeRequestSchema = traceRequestSchema.extend({
  /** Also sizes with DF: which of a few pass. */
  sizes: z.boolean(),
  /** Also the rules that the nodes' kernels take it through (nftables' trace). */
  rules: z.boolean(),
  consent,
});
export type ProbeRequest = z.infer<typeof probeRequestSchema>;

export const SHOT_ENDS = [
  'answered',
  /** Somebody there said no: RST, port unreachable. */
  'refused',
  /** Somebody on the way said that it does not go on. */
  'unreachable',
  'too-big',
  'silent',
  /** The sender's own kernel did not let it out (EPERM). */
  'not-sent',
  /** No tool there can do it. */
  'impossible',
] as const;
export type ShotEnd = (typeof SHOT_ENDS)[number];

const shotSchema = z.object({
  node: z.string(),
  kind: z.enum(['echo', 'connect', 'datagram']),
  /** Bytes of the IP packet. */
  size: z.number(),
  sent: z.number(),
  answered: z.number(),
  end: z.enum(SHOT_ENDS),
  /** Of the quickest answer. */
  rttMs: z.number().nullable(),
  /** Who told of trouble on the way, and the MTU that it named. */
  told: z.object({ by: z.string().nullable(), what: z.string(), mtu: z.number().nullable() }).nullable(),
  /** What sent it: `ping`, `perl` … ; null where nothing could. */
  tool: z.string().nullable(),
  sentence: z.string(),
  /** The first lines of what the tool said. */
  output: z.string(),
});
export type ShotTold = z.infer<typeof shotSchema>;

/** A counter that rose between the readings before and after. */
const risenSchema = z.object({
  node: z.string(),
  /** A rule of a packet filter, or a line of the drop ledger. */
  kind: z.enum(['rule', 'drop']),
  /** `filter FORWARD rule 3`, `Blackhole route`. */
  name: z.string(),
  /** The rule as its tool prints it; what the ledger's line rests on. */
  text: z.string(),
  rose: z.number(),
  /** The predicted way, forth or back, meets it. */
  onWay: z.boolean(),
  /** It ends a packet. */
  drops: z.boolean(),
});
export type RisenCounter = z.infer<typeof risenSchema>;

const metRuleSchema = z.object({
  family: z.string(),
  table: z.string(),
  chain: z.string(),
  /** From 1; 0: the chain's policy; null where it is not known. */
  number: z.number().nullable(),
  /** The rule as its tool prints it. */
  text: z.string(),
  /** `accept`, `jump cali-FORWARD`, … */
  verdict: z.string(),
});
export type MetRule = z.infer<typeof metRuleSchema>;

const nodeRulesSchema = z.object({
  node: z.string(),
  /** What became of it there; where it could not be traced, why. */
  sentence: z.string(),
  /** In the order in which the kernel took it through them. */
  met: z.array(metRuleSchema),
  /** The kernel and our trace met the same rules; null: there is nothing to compare. */
  agrees: z.boolean().nullable(),
  /** The first place where they part; null where they agree. */
  difference: z.string().nullable(),
});
export type NodeRules = z.infer<typeof nodeRulesSchema>;

export const probeAnswerSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(false), sentence: z.string() }),
  z.object({
    ok: z.literal(true),
    from: z.string(),
    to: z.string(),
    plan: activePlanSchema,
    /** Null: nothing was run. */
    outcome: z
      .object({
        /** Node time is each node's; ms it took, our clock. */
        ms: z.number(),
        verdict: z.enum(['arrives', 'partly', 'refused', 'lost', 'unknown']),
        /** `Sent 3, none answered: filter FORWARD rule 3 on k8s-worker-2 rose by 3.` */
        sentence: z.string(),
        predicted: z.enum(tracePathVerdicts),
        /** Whether what happened is what the trace said; null: the probe says neither. */
        agrees: z.boolean().nullable(),
        shots: z.array(shotSchema),
        /** Largest that passed and smallest that did not, bytes of the IP packet, beside what the trace says. */
        pathMtu: z
          .object({
            passes: z.number().nullable(),
            fails: z.number().nullable(),
            told: z.number().nullable(),
            predicted: z.number().nullable(),
            sentence: z.string(),
          })
          .nullable(),
        /** Of the probe's packets, those that the destination's network counted; null where that is not told. */
        arrived: z.number().nullable(),
        rose: z.array(risenSchema),
        /** Null: not asked for. */
        rules: z.array(nodeRulesSchema).nullable(),
        /** By which a capture knows these packets, as tcpdump takes it; null where they have no mark. */
        filter: z.string().nullable(),
      })
      .nullable(),
  }),
]);
export type ProbeAnswer = z.infer<typeof probeAnswerSchema>;
export type ProbeOutcome = NonNullable<Extract<ProbeAnswer, { ok: true }>['outcome']>;

export const scopeRequestSchema = traceRequestSchema
  .pick({ from: true, to: true, port: true })
  .extend({ consent });
export type ScopeRequest = z.infer<typeof scopeRequestSchema>;

/** Who sends or is sent to: the Pod that is asked about, another Pod of its node, the node itself, somebody on a third node. */
export const SCOPE_PARTIES = ['asked', 'neighbour', 'node', 'elsewhere'] as const;
export type ScopeParty = (typeof SCOPE_PARTIES)[number];

const scopeCellSchema = z.object({
  direction: z.enum(['forth', 'back']),
  from: z.enum(SCOPE_PARTIES),
  to: z.enum(SCOPE_PARTIES),
  /** `default/web-1`. */
  fromName: z.string(),
  toName: z.string(),
  proto: z.enum(['icmp', 'tcp', 'udp']),
  port: z.number().nullable(),
  /** Nearly as large as the sender's device takes, or small. */
  size: z.enum(['small', 'large']),
  bytes: z.number(),
  predicted: z.enum(tracePathVerdicts),
  /** Of that way alone, without the answer's. */
  predictedWhy: z.string(),
  /** What a probe found; null: none was sent. */
  probed: z.enum(['passes', 'fails', 'unknown']).nullable(),
  probedWhy: z.string().nullable(),
});
export type ScopeCell = z.infer<typeof scopeCellSchema>;

export const scopeAnswerSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(false), sentence: z.string() }),
  z.object({
    ok: z.literal(true),
    from: z.string(),
    to: z.string(),
    /** Which it is: one Pod, one node, one pair, one direction, one port, one size. */
    sentence: z.string(),
    /** What that rests on: `probes` or the `model`. */
    by: z.enum(['model', 'probes']),
    /** Nothing fails. */
    healthy: z.boolean(),
    cells: z.array(scopeCellSchema),
    /** Counters that rose on these nodes while packets were sent, drops alone; none where nothing was sent: `hopscope drops` tells what drops now. */
    drops: z.array(risenSchema),
    plan: activePlanSchema,
    ms: z.number(),
  }),
]);
export type ScopeAnswer = z.infer<typeof scopeAnswerSchema>;
