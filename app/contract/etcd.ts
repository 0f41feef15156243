// etcd's keys and Calico's values, read on demand from one node (app/probe/etcd-keys.ts).
import { z } from 'zod';
import { LONGEST_KEY } from '../probe/etcd-keys.ts';

const nodeLabel = z.string().min(1).max(255);
const key = z.string().max(LONGEST_KEY);

/** Why there is nothing, and what was run where there was something to run. */
const refused = z.object({
  ok: z.literal(false),
  sentence: z.string(),
  command: z.string().nullable(),
});

export const etcdKeysRequestSchema = z.object({
  /** Null: where the cluster file says, else wherever it is found. */
  node: nodeLabel.nullable(),
  prefix: key.regex(/^[^\u0000]*$/),
  /** `next` of the page before; null for the first one. */
  from: key.regex(/^[^\u0000]*$/).nullable(),
});
export type EtcdKeysRequest = z.infer<typeof etcdKeysRequestSchema>;

export const etcdKeysSchema = z.discriminatedUnion('ok', [
  z.object({
    ok: z.literal(true),
    node: z.string(),
    endpoint: z.string(),
    foundIn: z.string(),
    /** What was run on the node. */
    command: z.string(),
    /** What one would type to see the same keys. */
    typed: z.string(),
    keys: z.array(z.object({ key: z.string(), version: z.number(), modRevision: z.number() })),
    count: z.number(),
    next: z.string().nullable(),
    unread: z.number(),
  }),
  refused,
]);
export type EtcdKeys = z.infer<typeof etcdKeysSchema>;

export const etcdValueRequestSchema = z.object({ node: nodeLabel, key });

export const etcdValueSchema = z.discriminatedUnion('ok', [
  /** `json` is indented. */
  z.object({ ok: z.literal(true), command: z.string(), json: z.string() }),
  refused,
]);
export type EtcdValue = z.infer<typeof etcdValueSchema>;
