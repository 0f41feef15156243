// Connects to nodes: configuration, jump hosts, host keys, login. One connector lives as long as the program, and
// remembers for that long which keys were unlocked and which host keys were accepted once.
import type { Duplex } from 'node:stream';
import { Socket } from 'node:net';
import { fail, ok, type Result } from '../../app/result.ts';
import { Authentication, type DecryptedKeys } from './authentication.ts';
import { thisMachine, type LocalIdentity } from './config-tokens.ts';
import { cancelled, forwardRefused, lost } from './failures.ts';
import { HostKeyCheck, type AcceptedKeys } from './host-key.ts';
import { resolveTarget, type Hop } from './resolve-target.ts';
import { DEFAULT_TIMINGS, openLink, type LinkTimings, type SshLink } from './ssh-link.ts';
import { SshTransport } from './ssh-transport.ts';
import { openTcp } from './tcp.ts';
import type { Connector, ConnectFailure, NodeTarget, NodeTransport } from './transport.ts';

export interface SshConnectorOptions {
  readonly local?: LocalIdentity;
  /** A config file to use alone, as `ssh -F`. */
  readonly configFile?: string;
  readonly timings?: Partial<LinkTimings>;
  /** Told what was passed over or taken otherwise than a file says: one sentence a time, each once. */
  readonly onNotice?: (sentence: string) => void;
}

type ConnectOptions = Parameters<Connector['connect']>[1];

export class SshConnector implements Connector {
  readonly #local: LocalIdentity;
  readonly #configFile: string | null;
  readonly #timings: LinkTimings;
  readonly #tell: (sentence: string) => void;
  readonly #told = new Set<string>();
  readonly #decrypted: DecryptedKeys = new Map();
  readonly #accepted: AcceptedKeys = new Map();

  constructor(options: SshConnectorOptions = {}) {
    this.#local = options.local ?? thisMachine();
    this.#configFile = options.configFile ?? null;
    this.#timings = { ...DEFAULT_TIMINGS, ...options.timings };
    this.#tell = options.onNotice ?? (() => undefined);
  }

  async connect(target: NodeTarget, options: ConnectOptions): Promise<Result<NodeTransport, ConnectFailure>> {
    const { signal } = options;
    if (signal.aborted) return fail(cancelled(target.label ?? target.host));
    const route = await resolveTarget(target, { local: this.#local, configFile: this.#configFile }, signal);
    if (!route.ok) return route;
    for (const notice of route.value.notices) this.#notice(notice);

    const links: SshLink[] = [];
    const abandon = async (failure: ConnectFailure): Promise<Result<never, ConnectFailure>> => {
      for (const link of links.toReversed()) await link.close();
      return fail(failure);
    };
    let socket: Socket | null = null;
    for (const hop of route.value.hops) {
      const stream = await this.#streamTo(hop, links.at(-1), signal);
      if (!stream.ok) return abandon(stream.failure);
      if (stream.value instanceof Socket) socket = stream.value;
      const link = await this.#logIn(
        hop,
        stream.value,
        links.at(-1),
        hop === route.value.hops.at(-1),
        options,
      );
      if (!link.ok) return abandon(link.failure);
      links.push(link.value);
    }
    const node = links.pop();
    const last = route.value.hops.at(-1);
    if (node === undefined || last === undefined || socket === null) throw new Error('a route without hops');
    const local = { address: socket.localAddress ?? '', port: socket.localPort ?? 0 };
    const jumped = links.length > 0;
    const remote = jumped
      ? { address: last.host, port: last.port }
      : { address: socket.remoteAddress ?? last.host, port: socket.remotePort ?? last.port };
    return ok(new SshTransport(node, links, { local, remote }));
  }

  /** The bytes to the next hop: TCP for the first, a forwarded channel of the one before for the others. */
  async #streamTo(
    hop: Hop,
    before: SshLink | undefined,
    signal: AbortSignal,
  ): Promise<Result<Duplex, ConnectFailure>> {
    const { connectTimeoutMs } = this.#timings;
    if (before === undefined)
      return openTcp(hop.host, hop.port, hop.label, { timeoutMs: connectTimeoutMs, signal });
    return forwardThrough(before, hop, { timeoutMs: connectTimeoutMs, signal });
  }

  async #logIn(
    hop: Hop,
    stream: Duplex,
    before: SshLink | undefined,
    isNode: boolean,
    { signal, prompts, onSilence }: ConnectOptions,
  ): Promise<Result<SshLink, ConnectFailure>> {
    const label = before === undefined ? hop.label : `${hop.label} behind ${before.label}`;
    const hostKey = await HostKeyCheck.read(hop.hostKey, label, this.#accepted, signal);
    for (const skipped of hostKey.skipped) this.#notice(`${skipped}.`);
    return openLink(stream, {
      label,
      user: hop.auth.user,
      timings: this.#timings,
      hostKey,
      authentication: new Authentication(hop.auth, prompts, this.#decrypted, signal),
      prompts,
      signal,
      carrier: before,
      // A frozen jump host silences the node behind it too: the last hop tells for all.
      onSilence: (silent) => (isNode ? onSilence?.(silent) : undefined),
      onNotice: (sentence) => this.#notice(sentence),
    });
  }

  #notice(sentence: string): void {
    if (this.#told.has(sentence)) return;
    this.#told.add(sentence);
    this.#tell(sentence);
  }
}

function forwardThrough(
  jump: SshLink,
  hop: Hop,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
): Promise<Result<Duplex, ConnectFailure>> {
  const gone = jump.closed.value;
  if (gone !== null) return Promise.resolve(fail(gone));
  return new Promise((resolve) => {
    const settle = (outcome: Result<Duplex, ConnectFailure>): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abandon);
      deaf();
      resolve(outcome);
    };
    const abandon = (): void => settle(fail(cancelled(hop.label)));
    const timer = setTimeout(() => {
      settle(fail(forwardRefused(jump.label, hop.label, new Error(`no answer within ${timeoutMs} ms`), 2)));
    }, timeoutMs);
    const deaf = jump.closed.listen((failure) => settle(fail(failure)));
    signal.addEventListener('abort', abandon, { once: true });
    try {
      jump.client.forwardOut('127.0.0.1', 0, hop.host, hop.port, (error, stream) => {
        if (error)
          settle(fail(forwardRefused(jump.label, hop.label, error, (error as { reason?: unknown }).reason)));
        else settle(ok(stream.on('error', () => undefined)));
      });
    } catch (error) {
      settle(fail(lost(jump.label, (error as Error).message, 'session')));
    }
  });
}
