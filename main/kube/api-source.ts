// The Kubernetes API asked by ourselves, with a kubeconfig: the same paths and the same answers as `kubectl get --raw`.
import { readFile } from 'node:fs/promises';
import * as http from 'node:http';
import * as https from 'node:https';
import { delimiter } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { jsonOf } from '../../app/json-text.ts';
import { shellWord } from '../../app/probe/shell-word.ts';
import { fail, ok, type Result } from '../../app/result.ts';
import type { KubeSilence, KubeSource } from '../engine/kube-source.ts';
import type { Refusal } from '../engine/refusal.ts';
import { type ExecCredential, runExecPlugin } from './exec-credential.ts';
import type { KubeLogin } from './kubeconfig.ts';
import { ProxyAgent } from './proxy-agent.ts';

export interface ApiSourceOptions {
  readonly file: string;
  /** Read once, at the first request; its failure is the answer to every request. */
  readonly login: () => Promise<Result<KubeLogin, Refusal>>;
  /** Ends with the session. */
  readonly signal: AbortSignal;
  /** ms since the epoch. */
  readonly now: () => number;
  /** Awaited: a slow consumer slows the watch. */
  readonly onLine: (stream: string, line: string) => Promise<void>;
  readonly onEnded: (stream: string, said: string) => void;
}

/** A page of 500 objects is a few MiB; more than this is a mistake. */
const mostBytes = 64 * 1024 * 1024;
/** One that has begun to expire is fetched anew. */
const expiryMarginMs = 30_000;
/** The name of where we ask from, in sentences and evidence. */
const HERE = 'this machine';

const status = z.object({ message: z.string() });

export function apiSource(options: ApiSourceOptions): KubeSource {
  const requests = new Requests(options);
  const watches = new Map<string, AbortController>();
  return {
    label: HERE,
    command: (path) => `${kubectlWith(options.file)}${requests.contextFlag} get --raw ${shellWord(path)}`,
    get: async (path, { deadlineMs, signal }) => {
      // By hand: AbortSignal.any holds its sources weakly, and a timeout could be collected.
      const limit = new AbortController();
      const timer = setTimeout(() => limit.abort(), deadlineMs);
      const either = AbortSignal.any([limit.signal, signal, options.signal]);
      try {
        const opened = await requests.open(path, either);
        return opened.ok ? await wholeBody(opened.value) : opened;
      } catch (error) {
        const late = `the API server did not answer within ${Math.round(deadlineMs / 1000)} s`;
        return silence(limit.signal.aborted ? late : reasonOf(error));
      } finally {
        clearTimeout(timer);
      }
    },
    watch: (stream, path) => {
      const stop = new AbortController();
      watches.set(stream, stop);
      void follow(requests, options, stream, path, AbortSignal.any([stop.signal, options.signal])).finally(
        () => {
          if (watches.get(stream) === stop) watches.delete(stream);
        },
      );
      return true;
    },
    unwatch: (stream) => {
      watches.get(stream)?.abort();
      watches.delete(stream);
    },
    away: () => null,
    caution: () => cautionOf(requests.known, options.file),
  };
}

async function follow(
  requests: Requests,
  { onLine, onEnded }: ApiSourceOptions,
  stream: string,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  let said = 'the API server ended it';
  try {
    const opened = await requests.open(path, signal);
    if (opened.ok) {
      const lines = createInterface({ input: opened.value, crlfDelay: Infinity });
      for await (const line of lines) if (line !== '') await onLine(stream, line);
    } else said = opened.failure.reason;
  } catch (error) {
    said = reasonOf(error);
  }
  if (!signal.aborted) onEnded(stream, said);
}

/** Its flag takes one file only. */
function kubectlWith(file: string): string {
  return file.includes(delimiter)
    ? `KUBECONFIG=${shellWord(file)} kubectl`
    : `kubectl --kubeconfig=${shellWord(file)}`;
}

/** Requests with one login, over connections that are kept. */
class Requests {
  readonly #options: ApiSourceOptions;
  #login: Promise<Result<KubeLogin, Refusal>> | null = null;
  #known: KubeLogin | null = null;
  #credential: Promise<Result<ExecCredential, string>> | null = null;
  #expiresAt: number | null = null;
  #agent: { readonly agent: http.Agent; readonly cert: string | null } | null = null;

  constructor(options: ApiSourceOptions) {
    this.#options = options;
    options.signal.addEventListener('abort', () => this.#agent?.agent.destroy(), { once: true });
  }

  /** Null before the first request. */
  get known(): KubeLogin | null {
    return this.#known;
  }

  get contextFlag(): string {
    return this.#known === null ? '' : ` --context=${shellWord(this.#known.context)}`;
  }

  /** The body of a good answer, as it comes. @throws what the connection throws */
  async open(path: string, signal: AbortSignal): Promise<Result<http.IncomingMessage, KubeSilence>> {
    const read = await (this.#login ??= this.#options.login());
    if (!read.ok) return silence(read.failure.sentence);
    const login = read.value;
    this.#known = login;
    const plugin = await this.#exec(login, signal);
    if (!plugin.ok) return silence(plugin.failure);
    const authorization = await authorizationOf(login, plugin.value);
    const url = new URL(login.server.pathname.replace(/\/$/, '') + path, login.server);
    const answer = await new Promise<http.IncomingMessage>((resolve, reject) => {
      const request = (url.protocol === 'https:' ? https : http).request(
        url,
        {
          agent: this.#agentFor(login, plugin.value),
          signal,
          headers: {
            accept: 'application/json',
            ...login.impersonation,
            ...(authorization === null ? {} : { authorization }),
          },
        },
        resolve,
      );
      request.on('error', reject);
      request.end();
    });
    const code = answer.statusCode ?? 0;
    if (code >= 200 && code < 300) return ok(answer);
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

/** Said as long as it is so: what the operator takes for the cluster's word may be somebody else's. */
function cautionOf(login: KubeLogin | null, file: string): string | null {
  if (login === null) return null;
  const secret = login.token ?? login.tokenFile ?? login.basic ?? login.exec;
  const open = login.server.protocol === 'http:';
  // On this machine itself there is nobody between.
  if (open && (secret === null || /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(login.server.hostname)))
    return null;
  if (open)
    return `${file} has us log in to ${login.server.host} without encryption: who is on the way reads our token. Give it an https:// server.`;
  if (!login.insecure) return null;
  return `The certificate of ${login.server.host} is not verified (insecure-skip-tls-verify in ${file}): whoever is on the way can answer in its place and read our token. Give the kubeconfig its certificate-authority.`;
}

async function authorizationOf(login: KubeLogin, credential: ExecCredential | null): Promise<string | null> {
  const token =
    credential?.token ??
    (login.tokenFile === null ? login.token : (await readFile(login.tokenFile, 'utf8')).trim());
  if (token !== null) return `Bearer ${token}`;
  if (login.basic === null) return null;
  return `Basic ${Buffer.from(`${login.basic.username}:${login.basic.password}`).toString('base64')}`;
}

async function wholeBody(answer: http.IncomingMessage): Promise<Result<string, KubeSilence>> {
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

function silence(reason: string): { readonly ok: false; readonly failure: KubeSilence } {
  return fail({ state: 'failed', reason: reason.replace(/\.$/, '') });
}

function reasonOf(error: unknown): string {
  const { message, code } = error as { message?: string; code?: string };
  if (code === 'ECONNREFUSED') return `nothing listens there (${message ?? code})`;
  if (code !== undefined && /CERT|SELF_SIGNED|UNABLE_TO/.test(code))
    return `its certificate is not one that the kubeconfig vouches for (${code})`;
  return message ?? String(error);
}
