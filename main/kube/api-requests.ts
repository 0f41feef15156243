// Requests to the Kubernetes API with the login of a kubeconfig, over connections that are kept.
import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import * as http from 'node:http';
import * as https from 'node:https';
import type { Duplex } from 'node:stream';
import { z } from 'zod';
import { jsonOf } from '../../app/json-text.ts';
import { fail, ok, type Result } from '../../app/result.ts';
import type { KubeSilence } from '../engine/kube-source.ts';
import type { Refusal } from '../engine/refusal.ts';
import { type ExecCredential, runExecPlugin } from './exec-credential.ts';
import type { KubeLogin } from './kubeconfig.ts';
import { ProxyAgent } from './proxy-agent.ts';

export interface ApiRequestsOptions {
  /** Read once, at the first request; its failure is the answer to every request. */
  readonly login: () => Promise<Result<KubeLogin, Refusal>>;
  /** Ends with the session. */
  readonly signal: AbortSignal;
  /** ms since the epoch. */
  readonly now: () => number;
}

/** A page of 500 objects is a few MiB; more than this is a mistake. */
const mostBytes = 64 * 1024 * 1024;
/** One that has begun to expire is fetched anew. */
const expiryMarginMs = 30_000;
/** RFC 6455 §1.3. */
const ACCEPT = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

const status = z.object({ message: z.string() });

interface Upgraded {
  readonly answer: http.IncomingMessage;
  /** Null where it was refused. */
  readonly socket: Duplex | null;
  readonly head: Uint8Array;
}

export class ApiRequests {
  readonly #options: ApiRequestsOptions;
  #login: Promise<Result<KubeLogin, Refusal>> | null = null;
  #known: KubeLogin | null = null;
  #credential: Promise<Result<ExecCredential, string>> | null = null;
  #expiresAt: number | null = null;
  #agent: { readonly agent: http.Agent; readonly cert: string | null } | null = null;

  constructor(options: ApiRequestsOptions) {
    this.#options = options;
    options.signal.addEventListener('abort', () => this.#agent?.agent.destroy(), { once: true });
  }

  /** Null before the first request. */
  get known(): KubeLogin | null {
    return this.#known;
  }

  /** The body of a good answer, as it comes. @throws what the connection throws */
  async open(path: string, signal: AbortSignal): Promise<Result<http.IncomingMessage, KubeSilence>> {
    const begun = await this.#begin(path, { accept: 'application/json' }, signal);
    if (!begun.ok) return begun;
    const answer = await new Promise<http.IncomingMessage>((resolve, reject) => {
      begun.value.once('response', resolve).on('error', reject).end();
    });
    const code = answer.statusCode ?? 0;
    return code >= 200 && code < 300 ? ok(answer) : this.#refused(answer);
  }

  /** A WebSocket (RFC 6455 §4.1) that speaks one of the protocols. @throws what the connection throws */
  async upgrade(
    path: string,
    protocols: readonly string[],
    signal: AbortSignal,
  ): Promise<Result<{ readonly socket: Duplex; readonly head: Uint8Array }, KubeSilence>> {
    const key = randomBytes(16).toString('base64');
    const headers = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': key,
      'sec-websocket-protocol': protocols.join(', '),
    };
    const begun = await this.#begin(path, headers, signal);
    if (!begun.ok) return begun;
    const request = begun.value;
    const { answer, socket, head } = await new Promise<Upgraded>((resolve, reject) => {
      request
        .once('response', (refusal) => resolve({ answer: refusal, socket: null, head: new Uint8Array(0) }))
        .once('upgrade', (agreed, connection, first) =>
          resolve({ answer: agreed, socket: connection, head: first }),
        )
        .on('error', reject)
        .end();
    });
    if (socket === null) return this.#refused(answer);
    const accept = createHash('sha1').update(`${key}${ACCEPT}`).digest('base64');
    const spoken = answer.headers['sec-websocket-protocol'] ?? '';
    if (answer.headers['sec-websocket-accept'] === accept && protocols.includes(spoken))
      return ok({ socket, head });
    socket.destroy();
    return silence(`what listens there speaks none of ${protocols.join(', ')}`);
  }

  async #begin(
    path: string,
    headers: http.OutgoingHttpHeaders,
    signal: AbortSignal,
  ): Promise<Result<http.ClientRequest, KubeSilence>> {
    const read = await (this.#login ??= this.#options.login());
    if (!read.ok) return silence(read.failure.sentence);
    const login = read.value;
    this.#known = login;
    const plugin = await this.#exec(login, signal);
    if (!plugin.ok) return silence(plugin.failure);
    const authorization = await authorizationOf(login, plugin.value);
    const url = new URL(login.server.pathname.replace(/\/$/, '') + path, login.server);
    const own = { ...login.impersonation, ...(authorization === null ? {} : { authorization }) };
    const agent = this.#agentFor(login, plugin.value);
    const { request } = url.protocol === 'https:' ? https : http;
    return ok(request(url, { agent, signal, headers: { ...headers, ...own } }));
  }

  async #refused(answer: http.IncomingMessage): Promise<Result<never, KubeSilence>> {
    const code = answer.statusCode ?? 0;
    const body = await wholeBody(answer);
    const message =
      status.safeParse(jsonOf(body.ok ? body.value : '')).data?.message ?? `HTTP status ${code}`;
    const state = code === 404 ? 'absent' : code === 401 || code === 403 ? 'not-permitted' : 'failed';
    // A token that is no longer good is asked for again.
    if (code === 401) this.#credential = null;
    return fail({ state, reason: `the API server says: ${message.slice(0, 400).replace(/\.$/, '')}` });
  }

  async #exec({ exec }: KubeLogin, signal: AbortSignal): Promise<Result<ExecCredential | null, string>> {
    if (exec === null) return ok(null);
    const old = this.#expiresAt !== null && this.#expiresAt - expiryMarginMs < this.#options.now();
    if (old) this.#credential = null;
    const credential = await (this.#credential ??= runExecPlugin(exec, signal));
    if (credential.ok) this.#expiresAt = credential.value.expiresAt;
    else this.#credential = null;
    return credential;
  }

  #agentFor(login: KubeLogin, credential: ExecCredential | null): http.Agent {
    const cert = credential?.cert ?? null;
    const key = credential?.key ?? login.key;
    if (this.#agent !== null && this.#agent.cert === cert) return this.#agent.agent;
    const options = {
      keepAlive: true,
      ...(login.ca === null ? {} : { ca: login.ca }),
      ...(login.serverName === null ? {} : { servername: login.serverName }),
      ...((cert ?? login.cert) === null ? {} : { cert: cert ?? login.cert ?? '' }),
      ...(key === null ? {} : { key }),
      rejectUnauthorized: !login.insecure,
    };
    const agent = agentOf(login, options);
    this.#agent = { agent, cert };
    return agent;
  }
}

function agentOf({ server, proxy }: KubeLogin, options: https.AgentOptions): http.Agent {
  if (server.protocol !== 'https:') return new http.Agent({ keepAlive: true });
  return proxy === null ? new https.Agent(options) : new ProxyAgent(proxy, options);
}

async function authorizationOf(login: KubeLogin, credential: ExecCredential | null): Promise<string | null> {
  const token =
    credential?.token ??
    (login.tokenFile === null ? login.token : (await readFile(login.tokenFile, 'utf8')).trim());
  if (token !== null) return `Bearer ${token}`;
  if (login.basic === null) return null;
  return `Basic ${Buffer.from(`${login.basic.username}:${login.basic.password}`).toString('base64')}`;
}

export async function wholeBody(answer: http.IncomingMessage): Promise<Result<string, KubeSilence>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostBytes) {
      answer.destroy();
      return silence('one page of the list is larger than 64 MiB');
    }
    chunks.push(chunk);
  }
  return ok(Buffer.concat(chunks).toString('utf8'));
}

export function silence(reason: string): { readonly ok: false; readonly failure: KubeSilence } {
  return fail({ state: 'failed', reason: reason.replace(/\.$/, '') });
}
