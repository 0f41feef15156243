// What is said of a node's firewall: the shapes of its answers, for window and CLI alike.
import { z } from 'zod';
import { HOOKS } from '../probe/firewall-facts.ts';

const nodeTime = z.object({ s: z.number(), ns: z.number() });

export const tableKeySchema = z.object({
  backend: z.enum(['legacy', 'nft-compat', 'nft']),
  family: z.enum(['ip', 'ip6', 'inet', 'arp', 'bridge', 'netdev']),
  name: z.string().max(256),
});
export type TableKey = z.infer<typeof tableKeySchema>;

const hookSchema = z.object({
  hook: z.enum(HOOKS),
  priority: z.number(),
  type: z.string(),
  policy: z.enum(['accept', 'drop']).nullable(),
  device: z.string().nullable(),
});

/** Packets counted since the rule was written, and packets a second between the last two readings; null: not known. */
const countedSchema = z.object({ packets: z.number().nullable(), rate: z.number().nullable() });
export type Counted = z.infer<typeof countedSchema>;

const chainSummarySchema = z.object({
  name: z.string(),
  hook: hookSchema.nullable(),
  /** Whose it is: calico, kube-proxy, … */
  owner: z.string(),
  /** What chains of this name are for; null where nobody knows. */
  purpose: z.string().nullable(),
  /** Whom this one is about: `Pod default/web-1`, `NetworkPolicy default/allow-web`, `Service shop/web:http`. */
  subject: z.string().nullable(),
  rules: z.number(),
  /** Of the policy of a base chain. */
  policy: countedSchema,
  /** All that its rules dropped or rejected. */
  dropped: countedSchema,
  /** Of the rule of this chain that counted most: how busy it is. */
  busiest: countedSchema,
});
export type ChainSummary = z.infer<typeof chainSummarySchema>;

const tableSummarySchema = z.object({
  key: tableKeySchema,
  evidence: z.string(),
  rules: z.number(),
  chainCount: z.number(),
  /** Those asked for, at most MOST_CHAINS. */
  chains: z.array(chainSummarySchema),
  sets: z.array(
    z.object({ name: z.string(), type: z.string(), comment: z.string().nullable(), size: z.number() }),
  ),
});
export type TableSummary = z.infer<typeof tableSummarySchema>;

const ruleLineSchema = z.object({
  /** Position in its chain, from 1. */
  number: z.number(),
  /** As the tool prints it. */
  text: z.string(),
  /** What it asks of a packet; '' is every packet. */
  asks: z.string(),
  does: z.string(),
  /** Where it leads. */
  target: z.string().nullable(),
  comments: z.array(z.string()),
  packets: z.number().nullable(),
  bytes: z.number().nullable(),
  rate: z.number().nullable(),
  drops: z.boolean(),
  /** In the evidence, from 1; null where the tool prints no lines. */
  line: z.number().nullable(),
});
export type RuleLine = z.infer<typeof ruleLineSchema>;

/** A rule that drops, or the policy of a base chain that does, and has counted something. */
const dropSpotSchema = z.object({
  table: tableKeySchema,
  chain: z.string(),
  subject: z.string().nullable(),
  /** Null: the policy. */
  rule: ruleLineSchema.nullable(),
  packets: z.number(),
  rate: z.number().nullable(),
});
export type DropSpot = z.infer<typeof dropSpotSchema>;

const readingHeadSchema = z.object({
  node: z.string(),
  /** False: no reading of the filters yet, or none that may be made; `sentence` says why. */
  known: z.boolean(),
  sentence: z.string().nullable(),
  /** The node's time of the reading. */
  at: nodeTime.nullable(),
  /** Seconds between the two readings that rates come from; null while there is only one. */
  interval: z.number().nullable(),
});

export const firewallViewSchema = readingHeadSchema.extend({
  tables: z.array(tableSummarySchema),
  /** Worst first, at most MOST_SPOTS. */
  dropping: z.array(dropSpotSchema),
  conntrack: z.object({ count: z.number(), max: z.number() }).nullable(),
  ipsets: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      size: z.number().nullable(),
      members: z.array(z.string()),
    }),
  ),
  virtualServers: z.number(),
  /** Both backends of iptables hold rules that decide something: which one acts first is not said anywhere. */
  bothBackends: z.boolean(),
});
export type FirewallView = z.infer<typeof firewallViewSchema>;

export const firewallChainSchema = readingHeadSchema.extend({
  table: tableKeySchema,
  evidence: z.string().nullable(),
  /** Null: there is no such chain. */
  chain: chainSummarySchema.nullable(),
  /** How many rules fit the search. */
  found: z.number(),
  rules: z.array(ruleLineSchema),
  /** Chains of the same table that lead here, at most MOST_CALLERS. */
  callers: z.array(z.string()),
});
export type FirewallChainView = z.infer<typeof firewallChainSchema>;

const endpointSchema = z.object({
  address: z.string(),
  port: z.number().nullable(),
  /** Share of new connections, 0 to 1. */
  share: z.number(),
  chain: z.string().nullable(),
  /** `namespace/name`; null where nobody has this address. */
  pod: z.string().nullable(),
  podId: z.string().nullable(),
  /** As its EndpointSlice says; null where there is none to ask. */
  ready: z.boolean().nullable(),
  packets: z.number().nullable(),
  rate: z.number().nullable(),
});
export type ServiceEndpoint = z.infer<typeof endpointSchema>;

const entranceSchema = z.object({
  kind: z.enum(['cluster-ip', 'external-ip', 'load-balancer', 'node-port']),
  /** Null: every address of the node. */
  address: z.string().nullable(),
  port: z.number(),
  /** tcp, udp, sctp. */
  protocol: z.string(),
  /** `namespace/name:port`, as kube-proxy's comments or the inventory name it. */
  service: z.string().nullable(),
  /** What kube-proxy does instead of sending it on: `reject`, `drop`; null when it sends it on. */
  refused: z.string().nullable(),
  chain: z.string().nullable(),
  table: tableKeySchema.nullable(),
  packets: z.number().nullable(),
  rate: z.number().nullable(),
  /** Whose source address is replaced by the node's, so that the endpoint does not see the client. */
  masquerade: z.array(z.string()),
  /** Seconds for which a client keeps its endpoint; null: each connection is decided anew. */
  affinity: z.number().nullable(),
  endpoints: z.array(endpointSchema),
});
export type ServiceEntrance = z.infer<typeof entranceSchema>;

export const nodeServicesSchema = readingHeadSchema.extend({
  mode: z.enum(['iptables', 'nftables', 'ipvs', 'none']),
  /** How many entrances fit the question. */
  found: z.number(),
  entrances: z.array(entranceSchema),
  /** Where kube-proxy and Kubernetes do not say the same. */
  contradictions: z.array(z.string()),
});
export type NodeServices = z.infer<typeof nodeServicesSchema>;

export const MOST_CHAINS = 300;
export const MOST_SPOTS = 50;
export const MOST_RULES = 500;
export const MOST_CALLERS = 50;
export const MOST_ENTRANCES = 200;
