// What main tells the page about the session, on one MessagePort, with credits in bytes (DESIGN §10).
import { z } from 'zod';
import { pasteReportSchema } from './paste.ts';
import type { Topology, TopologyPatch } from '../topology/model.ts';

/** How one machine of the cluster file is doing, whether or not it ever answered. */
export const nodeStatusSchema = z.object({
  /** The cluster file's name for it. */
  label: z.string(),
  /** host:port as configured. */
  address: z.string(),
  state: z.enum(['connecting', 'connected', 'stale', 'waiting', 'failed']),
  /** ms since the epoch, our clock. */
  since: z.number(),
  /** What is wrong and what to do; null when nothing is. */
  sentence: z.string().nullable(),
  /** Raw evidence: the error text or the offending known_hosts line. */
  detail: z.string().nullable(),
  /** When the next attempt is due, ms since the epoch; null when none is planned. */
  retryAt: z.number().nullable(),
  /** DESIGN §5 "Rights": 0 plain, 1 capture, 2 wrapper, 3 root; null before the node has told. */
  rights: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]).nullable(),
  /** What is off on this node and why (rights, missing tools, MaxSessions), a sentence each. */
  limits: z.array(z.string()),
  /** When its facts were last read, ms since the epoch; null before the first time. */
  lastFactsAt: z.number().nullable(),
  /** Identity in the topology, once known. */
  nodeId: z.string().nullable(),
});
export type NodeStatus = z.infer<typeof nodeStatusSchema>;

export const promptSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('host-key'),
    id: z.string(),
    label: z.string(),
    host: z.string(),
    port: z.number(),
    keyType: z.string(),
    fingerprint: z.string(),
  }),
  z.object({
    kind: z.literal('passphrase'),
    id: z.string(),
    label: z.string(),
    identityFile: z.string(),
    wrongBefore: z.boolean(),
  }),
]);
export type Prompt = z.infer<typeof promptSchema>;

export const noticeSchema = z.object({
  id: z.number(),
  level: z.enum(['info', 'warning', 'error']),
  sentence: z.string(),
  at: z.number(),
});
export type Notice = z.infer<typeof noticeSchema>;

export const sessionViewSchema = z.object({
  phase: z.enum(['none', 'opening', 'open', 'failed']),
  /** What became of pasted output, which is all that this session rests on; null for a live one. */
  paste: pasteReportSchema.nullable(),
  cluster: z.string().nullable(),
  clusterFile: z.string().nullable(),
  /** Why opening failed and what to do. */
  sentence: z.string().nullable(),
  nodes: z.array(nodeStatusSchema),
  prompts: z.array(promptSchema),
  notices: z.array(noticeSchema),
});
export type SessionView = z.infer<typeof sessionViewSchema>;

/**
 * Main → page. The page trusts main, so the topology is typed but not walked by zod again:
 * it was validated where it entered (app/probe).
 */
export type SessionMessage =
  | { readonly type: 'view'; readonly view: SessionView }
  | { readonly type: 'topology'; readonly topology: Topology }
  | { readonly type: 'patch'; readonly patch: TopologyPatch };

/** Main → page on the same port, when it has heard nothing for a while: the page answers at once, not once a frame. */
export const SESSION_PING = { type: 'ping' } as const;

/** Page → main: it has digested that many bytes and can take as many more; or it lives. */
export const sessionReplySchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('credit'), bytes: z.number().int().positive() }),
  z.object({ type: z.literal('pong') }),
]);
export type SessionReply = z.infer<typeof sessionReplySchema>;
