// A diagnosed condition: what is wrong, where, how that is known, what to do. Window and CLI show the same.
import { z } from 'zod';

/** Each has a page docs/findings/ID.md and a detector app/diagnose/detectors/ID.ts. */
export const FINDING_IDS = [
  'pod-route-missing',
  'peer-route-missing',
  'blackhole-shadows-pod',
  'stale-bgp-routes',
  'bgp-port-blocked',
  'bgp-auth-mismatch',
  'bgp-not-established',
  'bgp-as-mismatch',
  'node-address-mismatch',
  'netmask-mismatch',
  'proxy-arp-off',
  'gateway-arp-unanswerable',
  'ip-forward-off',
  'own-address-not-local',
  'ipv6-disabled',
  'address-unusable',
  'rp-filter-drop',
  'anti-spoof-drop',
  'policy-routing-diverts',
  'nat-diverts',
  'masquerade-missing',
  'preferred-source-lost',
  'mtu-mismatch',
  'vxlan-checksum-offload',
  'ipip-blocked',
  'vxlan-blocked',
  'wireguard-blocked',
  'policy-drop',
  'forward-policy-drop',
  'iptables-backend-split',
  'conntrack-full',
  'pool-overlaps-node-network',
  'pod-ip-equals-tunnel-ip',
  'routes-flushed',
  'route-flapping',
  'wrong-neighbour',
  'link-down',
  'bridge-port-blocked',
  'neighbour-discovery-blocked',
  'pod-default-route-missing',
  'duplicate-pod-ip',
  'unresolved-next-hop',
  'duplicate-mac',
  'node-identity-clash',
  'service-without-endpoints',
  'service-rules-stale',
  'dns-unanswered',
  'neighbour-table-overflow',
  'listen-overflow',
  'socket-not-listening',
  'stale-udp-conntrack',
  'vxlan-fdb-missing',
  'vxlan-mismatch',
  'nic-drops',
  'tc-drops',
  'kernel-disagrees',
  'unexplained-drop',
] as const;
export type FindingId = (typeof FINDING_IDS)[number];

const nodeTime = z.object({ s: z.number(), ns: z.number() });

const affectedSchema = z.object({
  /** `stops`: their packets end because of it. `passes`: their way leads through what is wrong, and none was seen to stop. */
  how: z.enum(['stops', 'passes']),
  sentence: z.string(),
  /** By pair of nodes (labels), with the number of Pod pairs that is so and some of them, `default/a → default/b`. */
  pairs: z.array(
    z.object({ from: z.string(), to: z.string(), pairs: z.number(), examples: z.array(z.string()) }),
  ),
  /** `namespace/name`. */
  pods: z.array(z.string()),
  services: z.array(z.string()),
  /** Pairs of nodes beyond those told. */
  left: z.number(),
});

const fitSchema = z.object({
  hint: z.enum(['tcp-only', 'udp-only', 'service-only', 'large-only', 'from-node', 'since']),
  /** The hint as one says it. */
  said: z.string(),
  /** `contradicts`: what was seen speaks against it, so that it stands lower. `open`: it tells nothing of it. */
  fit: z.enum(['explains', 'contradicts', 'open']),
  sentence: z.string(),
});
export type Fit = z.infer<typeof fitSchema>;

export const findingSchema = z.object({
  id: z.enum(FINDING_IDS),
  severity: z.enum(['error', 'warning']),
  /** certain: the kernel or both ends say so; likely: nothing known speaks against it; possible: something else may be behind it. */
  confidence: z.enum(['certain', 'likely', 'possible']),
  /** What would make it surer, one sentence; null where it is certain. */
  surer: z.string().nullable(),
  where: z.object({
    /** A node's label; null: the whole cluster. */
    node: z.string().nullable(),
    interface: z.string().nullable(),
    /** `namespace/name`. */
    pod: z.string().nullable(),
  }),
  /** A few words: `192.168.1.2 has no route on k8s-worker-1`. */
  title: z.string(),
  /** The reasoning, in one or two sentences. */
  because: z.string(),
  evidence: z.array(
    z.object({
      node: z.string().nullable(),
      command: z.string(),
      /** The lines of its output that show it, at most 20; that there are none is said. Filled in where outputs are kept (the session). */
      output: z.string(),
      /** A line shows it that holds all words of one of these. */
      shows: z.array(z.string()),
      at: nodeTime.nullable(),
      /** Of the evidence in full; null where it is not kept. */
      id: z.string().nullable(),
    }),
  ),
  /** A command or manifest, never run by itself, and where to run it. */
  suggestion: z.object({ sentence: z.string(), commands: z.array(z.string()) }),
  /** Findings that it explains, `ID: title` each; ways that end there, `192.168.1.2 → 192.168.2.3` each. */
  consequences: z.array(z.string()),
  /** Whom it touches. Left out: nobody is known to be. */
  affected: affectedSchema.optional(),
  /** What each hint says of it, where any was given. */
  fits: z.array(fitSchema).optional(),
  /** Whether it touches the way that was asked about. Left out: none was. */
  onPath: z.boolean().optional(),
});
export type Finding = z.infer<typeof findingSchema>;

/** What `doctor` answers. */
export const diagnosisSchema = z.object({
  /** The likeliest root first. */
  findings: z.array(findingSchema),
  checked: z.array(z.enum(FINDING_IDS)),
  /** Those that could not look everywhere they had to; what one found elsewhere is told all the same. */
  skipped: z.array(z.object({ id: z.enum(FINDING_IDS), why: z.string() })),
  /** Findings that found no place. */
  left: z.number(),
  /** Nodes whose counters were read only once by now, or whose filters or settings not yet: asked a moment later, more is known. */
  awaits: z.array(z.string()),
  /** What was asked beside, and what was made of it. Left out: nothing was. */
  asked: z
    .object({
      /** As one says them. */
      hints: z.array(z.string()),
      /** The one way, and what becomes of its packets; null: none was asked about. */
      about: z
        .object({ name: z.string(), way: z.enum(['arrives', 'stops', 'unknown']), sentence: z.string() })
        .nullable(),
      /** Why what was asked could not be understood; null: it was. */
      failure: z.string().nullable(),
    })
    .optional(),
});
export type Diagnosis = z.infer<typeof diagnosisSchema>;
