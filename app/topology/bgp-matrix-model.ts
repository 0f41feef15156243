// What the BGP matrix says: every session from both its sides. The shapes of its answer, for window and CLI alike.
import { z } from 'zod';

const nodeTime = z.object({ s: z.number(), ns: z.number() });

/** One side of a session, as its own node tells it. Seconds and counts as the daemon prints them. */
const endSchema = z.object({
  sessionId: z.string(),
  nodeId: z.string(),
  nodeLabel: z.string(),
  /** The daemon's name for it, e.g. `Mesh_10_12_22_152`. */
  name: z.string(),
  program: z.enum(['bird', 'gobgp']),
  /**
   * `stale`: the peer is gone and its routes are kept. `waiting`: passive, the peer has to begin. `disabled`: switched off by
   * hand. `gone`: the daemon is dead. `old`: what it last said; it did not answer since.
   */
  health: z.enum(['established', 'stale', 'down', 'waiting', 'disabled', 'gone', 'old']),
  /** Its state in the daemon's words: `Established`, `start Active Socket: No route to host`. */
  state: z.string(),
  /** The daemon's own text. */
  since: z.string(),
  sinceAt: nodeTime.nullable(),
  /** When it was asked, the node's time. */
  readAt: nodeTime.nullable(),
  lastError: z.string().nullable(),
  localAs: z.number().nullable(),
  neighbourAs: z.number().nullable(),
  localAddress: z.string().nullable(),
  neighbourAddress: z.string().nullable(),
  neighbourId: z.string().nullable(),
  /** internal, multihop, … */
  session: z.array(z.string()),
  /** This node reflects routes for the peer. */
  reflects: z.boolean(),
  imported: z.number().nullable(),
  filtered: z.number().nullable(),
  exported: z.number().nullable(),
  preferred: z.number().nullable(),
  holdLeft: z.number().nullable(),
  holdTime: z.number().nullable(),
  keepaliveLeft: z.number().nullable(),
  keepaliveTime: z.number().nullable(),
  restartLeft: z.number().nullable(),
  capabilities: z.object({ own: z.array(z.string()), neighbour: z.array(z.string()) }),
  /** Limits that were hit, a sentence each. */
  limits: z.array(z.string()),
  stale: z.string().nullable(),
  /** How often it was lost in the last ten minutes. */
  flaps: z.number(),
  /** Ids of the outputs behind it. */
  evidence: z.array(z.string()),
});

/** Who is at one side: a node that we read, or an address of somebody else. */
const sideSchema = z.object({ nodeId: z.string().nullable(), name: z.string() });

const pairSchema = z.object({
  id: z.string(),
  family: z.union([z.literal(4), z.literal(6)]),
  sides: z.tuple([sideSchema, sideSchema]),
  /** In the order of `sides`; null where that side has no such session, or is not read. */
  ends: z.tuple([endSchema.nullable(), endSchema.nullable()]),
  /**
   * `one-sided`: only one side has it, or only one says it is up. `waiting`, `disabled`: nothing is wrong with it but
   * that somebody meant it so. `unknown`: no side can be asked now.
   */
  verdict: z.enum([
    'established',
    'flapping',
    'stale',
    'one-sided',
    'down',
    'disabled',
    'waiting',
    'unknown',
  ]),
  /** It should be up and is not. */
  wrong: z.boolean(),
  /** What there is to say of it, the weightiest first. */
  sentences: z.array(z.string()),
  /** What one side advertises beyond what the other has from it, in each direction; null when either is not known. */
  missing: z.tuple([z.number().nullable(), z.number().nullable()]),
});

const nodeSchema = z.object({
  nodeId: z.string(),
  label: z.string(),
  address: z.string().nullable(),
  as: z.number().nullable(),
  daemon: z.string().nullable(),
  routerId: z.string().nullable(),
  /** The daemon's own text. */
  lastReconfiguration: z.string().nullable(),
  state: z.enum(['running', 'dead', 'absent', 'not-permitted', 'unknown']),
  sentence: z.string().nullable(),
  reflector: z.boolean(),
  /** Cluster ids seen on routes that it reflected, or told by Kubernetes. */
  clusterIds: z.array(z.string()),
  /** Where the daemon's routes and the kernel's differ, a sentence each: a note, nothing that is wrong by itself. */
  disagreement: z.array(z.string()),
});

export const bgpMatrixSchema = z.object({
  /** The order in which to draw rows and columns. */
  nodes: z.array(nodeSchema),
  pairs: z.array(pairSchema),
  /** Two nodes that should have a session and have none. */
  gaps: z.array(z.object({ sides: z.tuple([sideSchema, sideSchema]), sentence: z.string() })),
  /** Whether every node is to have a session with every other, and how we know. */
  mesh: z.object({ on: z.boolean().nullable(), sentence: z.string() }),
  /** Sessions and gaps that should be up and are not. */
  wrong: z.number(),
});

export type BgpMatrix = z.infer<typeof bgpMatrixSchema>;
export type BgpMatrixEnd = z.infer<typeof endSchema>;
export type BgpMatrixNode = z.infer<typeof nodeSchema>;
export type BgpMatrixPair = z.infer<typeof pairSchema>;
export type BgpMatrixSide = z.infer<typeof sideSchema>;
/** The sides that belong together, before anything is said of them. */
export type UnjudgedPair = Pick<BgpMatrixPair, 'id' | 'family' | 'sides' | 'ends'>;
