// Our half of the guard: opens the channel, hands the script over, and beats. Nothing runs on a node otherwise.
import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { partWords, type DiscoveryRequest } from '../../app/probe/discovery-script.ts';
import { fail, ok, type Result } from '../../app/result.ts';
import type { AuditAbout, Channel, ChannelPurpose, NodeTransport } from '../ssh/transport.ts';
import {
  captureScriptText,
  followScriptText,
  guardCommand,
  loaderLine,
  runScriptText,
} from './guard-script.ts';
import { cancelled, channelFailure, type NodeFailure } from './node-failure.ts';
import { WRAPPER_PATH } from './wrapper.ts';

/** The node gives up after 10 s of silence (guard-script.ts): nine beats may be lost or late. */
const BEAT_MS = 1000;

/** What is to run under the guard. A verb runs as root through the installed wrapper (rights.ts), the rest as the login. */
export type Payload =
  | { readonly kind: 'script'; readonly script: string; readonly deadlineMs: number }
  | { readonly kind: 'streams' }
  /** `parameters`: the lines that capture-script.ts reads; `tool`: tcpdump's name or path. */
  | { readonly kind: 'capture'; readonly tool: string; readonly parameters: string }
  | { readonly kind: 'verb'; readonly verb: 'capture'; readonly parameters: string }
  | { readonly kind: 'verb'; readonly verb: 'discover'; readonly request: DiscoveryRequest }
  | { readonly kind: 'verb'; readonly verb: 'follow' };

export interface GuardOptions {
  readonly signal: AbortSignal;
  /** The POSIX shell on the node; tests put others in. */
  readonly shell?: string;
  /** What a long script does, for the audit; the script itself, if absent. */
  readonly what?: string;
}

/** A guarded process. Disposing closes the channel, which ends everything on the node within a second or two. */
export interface Guarded extends AsyncDisposable {
  readonly channel: Channel;
  /** Starts every mark and frame of this guard (framing.ts). */
  readonly nonce: string;
  /** `HOPSCOPE_GUARD=<id>` is in the environment of each of its processes on the node (not under a verb). */
  readonly id: string;
  /** Sends an order to a guard of streams, whole or not at all. */
  order(text: string): Promise<void>;
}

function command(payload: Payload, id: string, shell: string): string {
  return payload.kind === 'verb' ? `exec sudo -n ${WRAPPER_PATH} ${payload.verb}` : guardCommand(id, shell);
}

function verbWords(payload: Payload & { kind: 'verb' }): string {
  switch (payload.verb) {
    case 'discover':
      return `${payload.request.nonce} ${partWords(payload.request)}\n`;
    case 'follow':
      return '';
    case 'capture':
      return payload.parameters;
  }
}

function opening(payload: Payload, words: { id: string; nonce: string; shell: string }): string {
  switch (payload.kind) {
    case 'verb':
      return `${words.nonce}\n${verbWords(payload)}`;
    case 'capture': {
      const mark = `@${words.id}`;
      return `${loaderLine(mark)}${captureScriptText(words, payload.tool)}${mark}\n${payload.parameters}`;
    }
    case 'streams': {
      const mark = `@${words.id}`;
      return `${loaderLine(mark)}${followScriptText(words)}${mark}\n`;
    }
    case 'script': {
      const mark = `@${words.id}`;
      // The node's own deadline is a little later than ours, so that the usual message is the better one.
      const deadlineS = Math.ceil(payload.deadlineMs / 1000) + 1;
      const text = `${runScriptText(words, payload.script, deadlineS)}${mark}`;
      return `${loaderLine(mark, Buffer.byteLength(text))}${text}\n`;
    }
  }
}

/** The audit names what runs, not the loader that brings it. */
function aboutOf(payload: Payload, what: string | undefined): AuditAbout {
  switch (payload.kind) {
    case 'verb':
      return { what: `sudo -n ${WRAPPER_PATH} ${payload.verb} ${lastWords(payload)}`.trim(), by: 'sudo' };
    case 'capture':
      return { what: `${payload.tool} ${oneLine(payload.parameters)}`, by: 'login' };
    case 'streams':
      return { what: what ?? 'follow changes', by: 'login' };
    case 'script':
      return { what: what ?? oneLine(payload.script), by: 'login' };
  }
}

function lastWords(payload: Payload & { kind: 'verb' }): string {
  if (payload.verb === 'discover') return partWords(payload.request);
  return oneLine(verbWords(payload));
}

function oneLine(text: string): string {
  return text
    .trim()
    .split(/\s*\n\s*/)
    .join('; ');
}

function purposeOf(payload: Payload): ChannelPurpose {
  return payload.kind === 'capture' || (payload.kind === 'verb' && payload.verb === 'capture')
    ? 'capture'
    : 'command';
}

/** Starts `payload` on the node. The caller reads `channel.stdout` and `channel.stderr`, and disposes. */
export async function runGuarded(
  transport: NodeTransport,
  payload: Payload,
  options: GuardOptions,
): Promise<Result<Guarded, NodeFailure>> {
  const { signal, shell = '/bin/sh' } = options;
  if (signal.aborted) return fail(cancelled);
  setMaxListeners(0, signal); // one signal may end the guards of a hundred nodes
  const id = randomBytes(9).toString('hex');
  const nonce = randomBytes(12).toString('hex');
  const opened = await transport.open(command(payload, id, shell), {
    signal,
    purpose: purposeOf(payload),
    about: aboutOf(payload, options.what),
  });
  if (!opened.ok) return fail(channelFailure(opened.failure));
  const channel = opened.value;
  const given = (): boolean => signal.aborted; // it may have been while the channel was opened
  if (given()) {
    void channel[Symbol.asyncDispose]();
    return fail(cancelled);
  }

  // One write at a time: while the node takes nothing, no beats pile up here.
  let writing: Promise<void> = channel.write(opening(payload, { id, nonce, shell }));
  let pending = 1;
  const order = (text: string): Promise<void> => {
    pending += 1;
    writing = writing.then(() => channel.write(text)).finally(() => (pending -= 1));
    return writing;
  };
  void writing.finally(() => (pending -= 1));
  const beat = setInterval(() => {
    if (pending === 0) void order('\n');
  }, BEAT_MS);
  const stop = (): void => {
    clearInterval(beat);
    signal.removeEventListener('abort', close);
  };
  const close = (): void => {
    stop();
    void channel[Symbol.asyncDispose]();
  };
  signal.addEventListener('abort', close, { once: true });
  void channel.exit.then(stop);

  return ok({
    channel,
    nonce,
    id,
    order,
    async [Symbol.asyncDispose]() {
      stop();
      await channel[Symbol.asyncDispose]();
    },
  });
}
