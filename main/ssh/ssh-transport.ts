// A logged-in node: channels through the pool, and the jump hosts it stands on.
import type { ClientChannel } from 'ssh2';
import { plainText } from '../../app/plain-text.ts';
import { fail, ok, type Result } from '../../app/result.ts';
import type { AuditRun, AuditStart } from '../audit/audit-trail.ts';
import {
  captureLimitSentence,
  ChannelPool,
  commandLimitSentence,
  terminalLimitSentence,
  type ReleasePlace,
} from './channel-pool.ts';
import { SshChannel } from './ssh-channel.ts';
import type { SshLink } from './ssh-link.ts';
import type {
  AuditAbout,
  Channel,
  ChannelFailure,
  ChannelPurpose,
  ConnectFailure,
  NodeTransport,
  TerminalChannel,
  TerminalSize,
} from './transport.ts';
import { WindowGate } from './window-gate.ts';

/** sshd frees a session a moment after it has said so: a refusal this soon after a close is tried once more. ms */
const SETTLE_MS = 100;

/** Tells the audit of what is about to run on this node, by this login. */
export type BeginAudit = (start: Omit<AuditStart, 'node' | 'login'>) => AuditRun;

/** What is about to run, as the audit tells it. */
type Begin = () => AuditRun;

type OpenStream = (reply: (error: Error | undefined, stream: ClientChannel) => void) => void;

export class SshTransport implements NodeTransport {
  readonly hostKeyFingerprint: string;
  readonly local: NodeTransport['local'];
  readonly remote: NodeTransport['remote'];
  readonly closed: Promise<ConnectFailure>;
  readonly #link: SshLink;
  readonly #jumps: readonly SshLink[];
  readonly #pool: ChannelPool;
  readonly #gate: WindowGate;
  readonly #audit: BeginAudit;

  /** `jumps` in the order they were connected. */
  constructor(
    link: SshLink,
    jumps: readonly SshLink[],
    ends: { readonly local: NodeTransport['local']; readonly remote: NodeTransport['remote'] },
    audit: BeginAudit,
  ) {
    this.#audit = audit;
    this.#link = link;
    this.#jumps = jumps;
    this.#gate = new WindowGate(link.client);
    this.#pool = new ChannelPool(link.label);
    this.hostKeyFingerprint = link.hostKeyFingerprint;
    this.local = ends.local;
    this.remote = ends.remote;
    this.closed = link.closed.promise;
    link.closed.listen(({ sentence }) => this.#pool.close({ kind: 'lost', sentence }));
  }

  get channelLimit(): number | null {
    return this.#pool.limit;
  }

  get openTerminals(): number {
    return this.#pool.terminals;
  }

  async open(
    command: string,
    {
      signal,
      purpose = 'command',
      about = { what: command, by: 'login' },
    }: { signal: AbortSignal; purpose?: ChannelPurpose; about?: AuditAbout },
  ): Promise<Result<Channel, ChannelFailure>> {
    const start: OpenStream = (reply) => this.#link.client.exec(command, reply);
    const begin = this.#beginning(purpose, about);
    if (purpose === 'capture') return this.#openCapture(start, begin, signal);
    for (;;) {
      const place = await this.#pool.takeForCommand(signal);
      if (!place.ok) return place;
      const started = await this.#start(start, begin, place.value, signal, (limit) =>
        commandLimitSentence(this.#link.label, limit),
      );
      // Where a capture gives way to it, it waits for that one's place.
      if (started.ok || started.failure.kind !== 'limit' || !this.#pool.yielding) return started;
    }
  }

  async #openCapture(
    start: OpenStream,
    begin: Begin,
    signal: AbortSignal,
  ): Promise<Result<Channel, ChannelFailure>> {
    let yielded: ChannelFailure | null = null;
    let opened: SshChannel | null = null;
    const place = this.#pool.takeForCapture((reason) => {
      yielded = reason;
      opened?.revoke(reason.sentence);
    });
    if (!place.ok) return place;
    const started = await this.#start(start, begin, place.value, signal, (limit) =>
      captureLimitSentence(this.#link.label, limit),
    );
    if (!started.ok) return started;
    opened = started.value;
    // Readings may have asked for its place while it was opened.
    const reason = yielded as ChannelFailure | null;
    if (reason === null) return started;
    void opened[Symbol.asyncDispose]();
    return fail(reason);
  }

  async openTerminal(
    command: string | null,
    {
      signal,
      term,
      size,
      about = { what: command ?? 'login shell', by: 'login' },
    }: { signal: AbortSignal; term: string; size: TerminalSize; about?: AuditAbout },
  ): Promise<Result<TerminalChannel, ChannelFailure>> {
    const pty = { term, cols: size.cols, rows: size.rows, width: 0, height: 0 };
    const start: OpenStream = (reply) => {
      if (command === null) this.#link.client.shell(pty, reply);
      else this.#link.client.exec(command, { pty }, reply);
    };
    const begin = this.#beginning('terminal', about);
    for (;;) {
      const place = await this.#pool.takeForTerminal(signal);
      if (!place.ok) return place;
      const { limit: known } = this.#pool;
      const started = await this.#start(start, begin, place.value, signal, (limit) =>
        terminalLimitSentence(this.#link.label, limit),
      );
      // A limit that was learned only now may leave a place for it once a reading has ended.
      if (started.ok || started.failure.kind !== 'limit' || this.#pool.limit === known) return started;
    }
  }

  #beginning(kind: 'command' | 'capture' | 'terminal', { what, by }: AuditAbout): Begin {
    return () => this.#audit({ kind, what, by });
  }

  async #start(
    start: OpenStream,
    begin: Begin,
    release: ReleasePlace,
    signal: AbortSignal,
    limitSentence: (limit: number) => string,
  ): Promise<Result<SshChannel, ChannelFailure>> {
    let opened = await this.#openOnce(start, begin, release, signal);
    let before = 0;
    if (opened === 'no place') {
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      before = this.#pool.open - 1;
      opened = await this.#openOnce(start, begin, release, signal);
    }
    if (opened !== 'no place') return opened;
    // One that ended while the refusal was under way had a session still. Too small a limit would stay for good; one too
    // large is put right by the next refusal.
    const others = Math.max(before, this.#pool.open - 1);
    this.#pool.learnLimit(others);
    release();
    return fail({ kind: 'limit', sentence: limitSentence(others) });
  }

  /** Gives the place back when the channel is gone or did not come about; at 'no place' it is still held. */
  #openOnce(
    start: OpenStream,
    begin: Begin,
    release: ReleasePlace,
    signal: AbortSignal,
  ): Promise<Result<SshChannel, ChannelFailure> | 'no place'> {
    const { label, closed } = this.#link;
    return new Promise((resolve) => {
      const giveUp = (failure: ChannelFailure): void => {
        release();
        resolve(fail(failure));
      };
      const cancelled: ChannelFailure = {
        kind: 'cancelled',
        sentence: `A command for ${label} was cancelled.`,
      };
      if (closed.value !== null || signal.aborted) {
        giveUp(closed.value === null ? cancelled : { kind: 'lost', sentence: closed.value.sentence });
        return;
      }
      const run = begin();
      // The node's answer is still to come and its place still taken: only the caller stops waiting.
      const abandoned = (): void => resolve(fail(cancelled));
      signal.addEventListener('abort', abandoned, { once: true });
      const deaf = closed.listen(({ sentence }) => {
        run.ended(`not started: ${sentence}`);
        giveUp({ kind: 'lost', sentence });
      });
      const answered = (): void => {
        signal.removeEventListener('abort', abandoned);
        deaf();
      };
      const settle: Parameters<OpenStream>[0] = (error, stream) => {
        answered();
        if (error) {
          const refusal = this.#refusal(error);
          run.ended(
            refusal === 'no place' ? 'refused: no session is free' : `not started: ${refusal.sentence}`,
          );
          if (refusal === 'no place' && !signal.aborted) resolve('no place');
          else giveUp(refusal === 'no place' ? cancelled : refusal);
          return;
        }
        const channel = new SshChannel(stream, this.#gate, closed, label, run);
        channel.gone.listen(release);
        if (signal.aborted) void channel[Symbol.asyncDispose]();
        else resolve(ok(channel));
      };
      try {
        start(settle);
      } catch (error) {
        answered();
        const sentence = `The connection to ${label} is gone (${plainText((error as Error).message)}).`;
        run.ended(`not started: ${sentence}`);
        giveUp({ kind: 'lost', sentence });
      }
    });
  }

  #refusal(error: Error & { reason?: unknown }): ChannelFailure | 'no place' {
    const { label, closed } = this.#link;
    if (closed.value !== null) return { kind: 'lost', sentence: closed.value.sentence };
    // RFC 4254 §5.1: prohibited (1), connect failed (2: what sshd says at MaxSessions), resource shortage (4).
    if (error.reason === 1 || error.reason === 2 || error.reason === 4) return 'no place';
    const why = error.message.includes('pseudo-terminal')
      ? 'it gives no terminal (PermitTTY in its sshd_config)'
      : `its sshd does not run it (${plainText(error.message)})`;
    return { kind: 'refused', sentence: `${label} refused to start the command: ${why}.` };
  }

  /** The node first, then the jump hosts from the last to the first; each says goodbye for at most half a second. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#link.close();
    for (const jump of this.#jumps.toReversed()) await jump.close();
  }
}
