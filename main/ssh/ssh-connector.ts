// Connects to nodes: configuration, jump hosts, host keys, login. One connector lives as long as the program, and
// remembers for that long which keys were unlocked, which host keys were accepted once, and which jump hosts stand.
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { fail, ok, type Result } from '../../app/result.ts';
import { AuditTrail } from '../audit/audit-trail.ts';
import { Authentication, type DecryptedKeys } from './authentication.ts';
import { thisMachine, type LocalIdentity } from './config-tokens.ts';
import { cancelled } from './failures.ts';
import { forwardThrough } from './forward.ts';
import { HostKeyCheck, type AcceptedKeys } from './host-key.ts';
import { resolveTarget, type Hop } from './resolve-target.ts';
import { DEFAULT_TIMINGS, openLink, type LinkTimings, type SshLink } from './ssh-link.ts';
import { SharedLinks } from './shared-links.ts';
import { SshTransport } from './ssh-transport.ts';
import { openTcp } from './tcp.ts';
import type { Connector, ConnectFailure, NodeTarget, NodeTransport } from './transport.ts';

export interface SshConnectorOptions {
  readonly local?: LocalIdentity;
  /** A config file to use alone, as `ssh -F`. */
  readonly configFile?: string;
  readonly timings?: Partial<LinkTimings>;
  /** Told of all that runs on nodes; one that nobody reads, if absent. */
  readonly audit?: AuditTrail;
  /** Told what was passed over or taken otherwise than a file says: one sentence a time, each once. */
  readonly onNotice?: (sentence: string) => void;
}

type ConnectOptions = Parameters<Connector['connect']>[1];

export class SshConnector implements Connector {
  readonly #local: LocalIdentity;
  readonly #configFile: string | null;
  readonly #timings: LinkTimings;
  readonly #audit: AuditTrail;
  readonly #tell: (sentence: string) => void;
  readonly #told = new Set<string>();
  readonly #decrypted: DecryptedKeys = new Map();
  readonly #accepted: AcceptedKeys = new Map();
  readonly #jumps = new SharedLinks();

  constructor(options: SshConnectorOptions = {}) {
    this.#local = options.local ?? thisMachine();
    this.#configFile = options.configFile ?? null;
    this.#timings = { ...DEFAULT_TIMINGS, ...options.timings };
    this.#audit = options.audit ?? new AuditTrail();
    this.#tell = options.onNotice ?? (() => undefined);
  }

  async connect(target: NodeTarget, options: ConnectOptions): Promise<Result<NodeTransport, ConnectFailure>> {
    const source = { local: this.#local, configFile: this.#configFile };
    const route = await resolveTarget(target, source, options.signal);
    // A reading that was called off looks like a file that cannot be read.
    if (options.signal.aborted) return fail(cancelled(target.label ?? target.host));
    if (!route.ok) return route;
    for (const notice of route.value.notices) this.#notice(notice);

    const { jumps, node } = route.value;
    const links: SshLink[] = [];
    for (const [at, hop] of jumps.entries()) {
      const link = await this.#jumpTo(hop, links.at(-1), jumps.slice(0, at + 1), options);
      if (!link.ok) return giveBack(links, link);
      links.push(link.value);
    }
    const link = await this.#linkTo(node, links.at(-1), options);
    if (!link.ok) return giveBack(links, link);
    const whose = { node: target.label ?? target.host, login: node.auth.user };
    return ok(
      new SshTransport(link.value, links, endsOf(link.value), (start) =>
        this.#audit.begin({ ...start, ...whose }),
      ),
    );
  }

  /** `chain`: how it is reached, itself the last. Whoever goes the same way shares it. */
  #jumpTo(
    hop: Hop,
    carrier: SshLink | undefined,
    chain: readonly Hop[],
    options: ConnectOptions,
  ): Promise<Result<SshLink, ConnectFailure>> {
    // The first who asks is the one who is asked. A frozen jump host silences the nodes behind it, and they tell.
    const make = (signal: AbortSignal): Promise<Result<SshLink, ConnectFailure>> =>
      this.#linkTo(hop, carrier, { signal, prompts: options.prompts });
    return this.#jumps.take(JSON.stringify(chain), make, {
      signal: options.signal,
      cancelled: cancelled(hop.label),
    });
  }

  async #linkTo(
    hop: Hop,
    carrier: SshLink | undefined,
    { signal, prompts, onSilence }: ConnectOptions,
  ): Promise<Result<SshLink, ConnectFailure>> {
    const label = carrier === undefined ? hop.label : `${hop.label} behind ${carrier.label}`;
    // Before the stream is open: what a server says, or does not say, at once must find its reader.
    const hostKey = await HostKeyCheck.read(hop.hostKey, label, this.#accepted, signal);
    if (signal.aborted) return fail(cancelled(label));
    for (const skipped of hostKey.skipped) this.#notice(`${skipped}.`);
    const limits = { timeoutMs: this.#timings.connectTimeoutMs, signal };
    const stream: Result<Duplex, ConnectFailure> =
      carrier === undefined
        ? await openTcp(hop.host, hop.port, hop.label, limits)
        : await forwardThrough(carrier, hop, { ...limits, audit: this.#audit });
    if (!stream.ok) return stream;
    const socket = stream.value instanceof Socket ? stream.value : carrier?.socket;
    if (socket === undefined) throw new Error('a stream over no connection');
    return openLink(stream.value, {
      label,
      user: hop.auth.user,
      timings: this.#timings,
      hostKey,
      authentication: (ending, whileAsking) =>
        new Authentication(hop.auth, prompts, this.#decrypted, ending, whileAsking),
      prompts,
      signal,
      carrier,
      socket,
      onSilence: (silent) => onSilence?.(silent),
      onNotice: (sentence) => this.#notice(sentence),
    });
  }

  #notice(sentence: string): void {
    if (this.#told.has(sentence)) return;
    this.#told.add(sentence);
    this.#tell(sentence);
  }
}

/** The failure, when the ways to it are let go of. */
async function giveBack<F>(links: readonly SshLink[], failed: F): Promise<F> {
  for (const open of links.toReversed()) await open.close();
  return failed;
}

/** Of the first hop: the only TCP connection there is on our side. */
function endsOf({ socket }: SshLink): Pick<NodeTransport, 'local' | 'remote'> {
  return {
    local: { address: socket.localAddress ?? '', port: socket.localPort ?? 0 },
    remote: { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 },
  };
}
