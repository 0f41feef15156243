// What the page and the CLI may ask about what is known: answered where the readings are (the topology worker), by pure
// functions of app/. A question never reads anything on a node; big facts (every rule of a firewall, every counter) stay there,
// and only the answer crosses. Each is also a call of that name (calls.ts).
import { z } from 'zod';
import { diagnosisSchema } from '../diagnose/finding.ts';
import { diagnoseRequestSchema } from '../diagnose/hint.ts';
import { whatIfAnswerSchema, whatIfRequestSchema } from '../diagnose/what-if/model.ts';
import {
  firewallChainSchema,
  firewallViewSchema,
  nodeServicesSchema,
  tableKeySchema,
} from '../firewall/firewall-model.ts';
import {
  routeEverywhereRequestSchema,
  routeEverywhereSchema,
  routeExplainRequestSchema,
  routeExplanationSchema,
  routeProvenanceRequestSchema,
  routeProvenanceSchema,
} from '../route/explanation.ts';
import { traceAnswerSchema, traceLookupSchema, traceQuestionSchema } from '../trace/model.ts';
import { bgpMatrixSchema } from '../topology/bgp-matrix-model.ts';
import { servicesNamedSchema } from '../trace/services-named.ts';
import { dropsRequestSchema, dropsViewSchema } from './drops-view.ts';
import { inventoryViewSchema } from './inventory-view.ts';
import {
  costRequestSchema,
  costViewSchema,
  insideRequestSchema,
  settingsRequestSchema,
  settingsViewSchema,
} from './settings-view.ts';

const nodeLabel = z.string().max(256);
const searchText = z.string().max(256);

/** Name → what is asked and what comes back. Answers say in themselves what is not known, and why. */
export const questions = {
  /** Every BGP session from both its sides, and those that are missing. */
  'bgp.matrix': { request: z.undefined(), response: bgpMatrixSchema },
  /** How the list of each of Kubernetes' kinds stands: read, not there, not permitted. */
  'inventory.view': { request: z.undefined(), response: inventoryViewSchema },
  /** What is set on a node, or at one of its interfaces; what is odd is marked. */
  'node.settings': { request: settingsRequestSchema, response: settingsViewSchema },
  /** What is set inside a Pod that somebody looks at, and what listens there. */
  'pod.inside': { request: insideRequestSchema, response: settingsViewSchema },
  /** What reading a node costs it. */
  'node.cost': { request: costRequestSchema, response: costViewSchema },
  /** The Services that a trace may be asked to. */
  'trace.services': { request: z.undefined(), response: servicesNamedSchema },
  /**
   * What is wrong, the likeliest root first, each with the lines that prove it. `asked`: what somebody wants to reach, so that what was
   * set up to stop it is told as well, and what touches that way first; `hints`: what somebody knows already, which narrows and orders.
   */
  'diagnose.run': { request: diagnoseRequestSchema, response: diagnosisSchema },
  /** Routes that the diagnosis' ways lead by, some of each node: what its kernel may be asked (`ip route get`), and what it should say. */
  'diagnose.lookups': { request: z.undefined(), response: z.array(traceLookupSchema) },
  /** Whose packets would lose their way, or take another, if a link, a BGP session or a node failed: in the model alone. */
  'whatIf.run': { request: whatIfRequestSchema, response: whatIfAnswerSchema },
  /** What was dropped, for which reason, from counters alone. */
  'drops.view': { request: dropsRequestSchema, response: dropsViewSchema },
  /** A node's packet filters: tables, chains and what they are for, what drops now. */
  'firewall.view': {
    request: z.object({ node: nodeLabel, search: searchText }),
    response: firewallViewSchema,
  },
  /** The rules of one chain, `from` of those that fit the search. */
  'firewall.chain': {
    request: z.object({
      node: nodeLabel,
      table: tableKeySchema,
      chain: z.string().max(512),
      search: searchText,
      from: z.int().min(0).max(10_000_000),
    }),
    response: firewallChainSchema,
  },
  /** Where packets for a Service go, on each node (`node` null) or on one: see node-services.ts for what may be asked. */
  'firewall.service': {
    request: z.object({ node: nodeLabel.nullable(), service: searchText }),
    response: z.array(nodeServicesSchema),
  },
  /** Where an address goes from a node or a namespace, and why every other route to it loses. */
  'route.explain': { request: routeExplainRequestSchema, response: routeExplanationSchema },
  /** Where an address goes from every node: a line each. */
  'route.everywhere': { request: routeEverywhereRequestSchema, response: routeEverywhereSchema },
  /** Who is behind one route, whether BIRD agrees, and what would take its place. */
  'route.provenance': { request: routeProvenanceRequestSchema, response: routeProvenanceSchema },
  /** Which way a packet goes and its answer back, from what is known; `trace.run` (calls.ts) reads what it lacks first. */
  'trace.path': { request: traceQuestionSchema, response: traceAnswerSchema },
} as const satisfies Record<string, { request: z.ZodType; response: z.ZodType }>;

type Questions = typeof questions;
export type QuestionName = keyof Questions;
export type QuestionRequest<N extends QuestionName> = z.infer<Questions[N]['request']>;
export type QuestionResponse<N extends QuestionName> = z.infer<Questions[N]['response']>;
