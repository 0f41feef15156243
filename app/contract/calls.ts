// Every call the page can make, in one place: name, request and response (desktop/desktop's ipc-shared habit).
// Main refuses a call whose name is not here, whose sender is not our page, or whose payload does not parse.
import { z } from 'zod';
import { auditFormats, auditListRequestSchema, auditListSchema } from './audit.ts';
import { diagnosedSchema } from './diagnosed.ts';
import { etcdKeysRequestSchema, etcdKeysSchema, etcdValueRequestSchema, etcdValueSchema } from './etcd.ts';
import { followRequestSchema, followResponseSchema } from './followed-stream.ts';
import { pastedTextSchema } from './paste.ts';
import { MOST_PASTED_TEXTS } from './paste-limits.ts';
import { questions } from './questions.ts';
import { packetDetailRequestSchema, packetDetailSchema } from './packet-detail.ts';
import { diagnoseRequestSchema } from '../diagnose/hint.ts';
import { bgpExchangeRequestSchema, bgpExchangeSchema } from '../topology/bgp-exchange-model.ts';
import { traceAnswerSchema, traceRequestSchema } from '../trace/model.ts';
import {
  probeAnswerSchema,
  probeRequestSchema,
  scopeAnswerSchema,
  scopeRequestSchema,
} from '../trace/probe-model.ts';
import { sightingsRequestSchema, sightingsSchema } from '../trace/sightings-model.ts';
import { terminalTargetSchema } from './terminal.ts';

const outcome = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true) }),
  z.object({ ok: z.literal(false), sentence: z.string() }),
]);

const nothing = z.undefined();

export const appDescriptionSchema = z.object({
  version: z.string(),
  electron: z.object({
    version: z.string(),
    chromium: z.string(),
    node: z.string(),
    /** Where the binary came from: official, override, or the build of FIELD-NOTES §6. */
    source: z.string(),
  }),
  /** A permanent banner (no Chromium sandbox); null when all is well. */
  banner: z.string().nullable(),
  /** Why there is no lab on this machine; null when there can be one. */
  labImpossible: z.string().nullable(),
  platform: z.string(),
});
export type AppDescription = z.infer<typeof appDescriptionSchema>;

export const calls = {
  ...questions,
  'app.describe': { request: nothing, response: appDescriptionSchema },
  /** Opens the system's file dialog, then the chosen cluster file. ok:false with an empty sentence = cancelled. */
  'session.pickAndOpen': { request: nothing, response: outcome },
  /** Output of commands, pasted or dropped as files, instead of a cluster file: nothing is connected to. */
  'session.openPaste': {
    request: z.object({ texts: z.array(pastedTextSchema).min(1).max(MOST_PASTED_TEXTS) }),
    response: outcome,
  },
  'session.answerHostKey': {
    request: z.object({ promptId: z.string().max(64), answer: z.enum(['once', 'always', 'refuse']) }),
    response: nothing,
  },
  'session.answerPassphrase': {
    request: z.object({ promptId: z.string().max(64), passphrase: z.string().max(4096).nullable() }),
    response: nothing,
  },
  /** Connect again now instead of at the end of the back-off. */
  'session.retryNode': { request: z.object({ label: z.string().max(255) }), response: nothing },
  /** The node somebody is looking at: its BIRD is read every 2 s instead of 10 s. */
  'session.lookAt': {
    request: z.object({ label: z.string().max(255).nullable(), podId: z.string().max(512).nullable() }),
    response: nothing,
  },
  /** Captures wherever this Pod's packets pass. Another watch ends first. */
  'watch.start': {
    request: z.object({
      podId: z.string().min(1).max(512),
      /** A capture filter (pcap-filter(7)) instead of the Pod's addresses. */
      expression: z.string().min(1).max(1000).nullable(),
      /** A Pod, a Service, a node or an address: only what the Pod exchanges with it; null: with anybody. */
      to: z.string().min(1).max(512).nullable(),
    }),
    response: outcome,
  },
  /** Ends every capture; what was captured stays readable. */
  'watch.stop': { request: nothing, response: nothing },
  /** The TCP stream of a packet, as its vantage point saw it. */
  'packets.follow': { request: followRequestSchema, response: followResponseSchema },
  /** One packet in full; null when it is no longer kept. */
  'packets.detail': { request: packetDetailRequestSchema, response: packetDetailSchema.nullable() },
  /** Asks where, then writes the case file there. ok:false with an empty sentence = cancelled. */
  'case.export': {
    /** Payload: also what was captured beyond the headers. */
    request: z.object({ payload: z.boolean() }),
    response: z.discriminatedUnion('ok', [
      z.object({ ok: z.literal(true), file: z.string(), packets: z.number() }),
      z.object({ ok: z.literal(false), sentence: z.string() }),
    ]),
  },
  'evidence.read': {
    request: z.object({ id: z.string().max(512) }),
    response: z.object({ output: z.string(), truncated: z.boolean() }).nullable(),
  },
  /** What was run on nodes, the newest first. */
  'audit.list': { request: auditListRequestSchema, response: auditListSchema },
  /** Asks where, then writes what passes the filter. ok:false with an empty sentence = cancelled. */
  'audit.export': {
    request: z.object({ filter: z.string().max(200), format: z.enum(auditFormats) }),
    response: z.discriminatedUnion('ok', [
      z.object({ ok: z.literal(true), file: z.string(), rows: z.number() }),
      z.object({ ok: z.literal(false), sentence: z.string() }),
    ]),
  },
  /** Prefixes of one BGP session, asked of both its sides now. */
  'bgp.exchange': { request: bgpExchangeRequestSchema, response: bgpExchangeSchema },
  /** `trace.path` after the Pods on the way were looked into, with what the nodes' kernels say of its routes. */
  'trace.run': { request: traceRequestSchema, response: traceAnswerSchema },
  /** Where the running watch saw packets of a traced path, and where it looks; asked again and again. */
  'trace.sightings': { request: sightingsRequestSchema, response: sightingsSchema },
  /** `diagnose.run` after every Pod was looked into; from then on they are, until `diagnose.leave`. */
  'diagnose.look': {
    request: diagnoseRequestSchema,
    response: z.discriminatedUnion('ok', [
      z.object({ ok: z.literal(true), value: diagnosedSchema }),
      z.object({ ok: z.literal(false), sentence: z.string() }),
    ]),
  },
  /** Waits for no Pod any more, and looks into none. */
  'diagnose.leave': { request: nothing, response: nothing },
  /**
   * Sends packets from a node or from inside a Pod and says what became of them, by answers and by counters along the way. Without
   * the id of its plan it only tells what it would run; with it, it runs that, and cleans up whatever happens.
   */
  'probe.run': { request: probeRequestSchema, response: probeAnswerSchema },
  /** Which it is: one Pod, one node, one pair, one direction, one port, one size. By traces alone, or with a plan's id by a few packets. */
  'scope.run': { request: scopeRequestSchema, response: scopeAnswerSchema },
  /** A page of etcd's keys, read from a node now. */
  'etcd.keys': { request: etcdKeysRequestSchema, response: etcdKeysSchema },
  /** The JSON behind one of Calico's keys. */
  'etcd.value': { request: etcdValueRequestSchema, response: etcdValueSchema },
  'terminal.open': {
    request: z.object({
      target: terminalTargetSchema,
      cols: z.number().int().min(1).max(1000),
      rows: z.number().int().min(1).max(1000),
    }),
    response: z.discriminatedUnion('ok', [
      z.object({ ok: z.literal(true), terminalId: z.string(), title: z.string(), command: z.string() }),
      z.object({ ok: z.literal(false), sentence: z.string() }),
    ]),
  },
  'terminal.close': { request: z.object({ terminalId: z.string().max(64) }), response: nothing },
  /** Asks for a MessagePort; it arrives in the window with the same nonce. */
  'stream.open': {
    request: z.object({
      nonce: z.string().min(16).max(64),
      stream: z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('session') }),
        z.object({ kind: z.literal('packets') }),
        z.object({ kind: z.literal('highlights') }),
        z.object({ kind: z.literal('trails') }),
        z.object({ kind: z.literal('terminal'), terminalId: z.string().max(64) }),
      ]),
    }),
    response: outcome,
  },
  'clipboard.write': { request: z.object({ text: z.string().max(16_000_000) }), response: nothing },
} as const satisfies Record<string, { request: z.ZodType; response: z.ZodType }>;

export type CallName = keyof typeof calls;
export type CallRequest<N extends CallName> = z.infer<(typeof calls)[N]['request']>;
export type CallResponse<N extends CallName> = z.infer<(typeof calls)[N]['response']>;

/** What the preload script puts on `window.hopscope`; ports arrive as window messages `{hopscopePort: nonce}`. */
export interface HopscopeBridge {
  call<N extends CallName>(name: N, request: CallRequest<N>): Promise<CallResponse<N>>;
}
