// One remote process over an ssh2 channel.
import type { ClientChannel } from 'ssh2';
import { plainText } from '../../app/plain-text.ts';
import type { AuditBytes, AuditRun } from '../audit/audit-trail.ts';
import { Ending } from './ending.ts';
import { pull, type Pull } from './pull.ts';
import type { WindowGate } from './window-gate.ts';
import type { ChannelExit, ConnectFailure, TerminalChannel, TerminalSize } from './transport.ts';

/** How long disposal waits for the node to confirm the end. ms */
const CLOSE_MS = 1_000;

export class SshChannel implements TerminalChannel {
  readonly stdout: Pull;
  readonly stderr: Pull;
  /** Both sides have closed the channel, or the connection is gone: its place in the pool is free again. */
  readonly gone = new Ending<true>();
  readonly #exit = new Ending<ChannelExit>();
  readonly #stream: ClientChannel;
  readonly #gate: WindowGate;
  /** Writes that the window has not taken yet; ssh2 forgets their callbacks when the channel closes. */
  readonly #writes = new Set<() => void>();
  readonly audit: AuditRun;
  /** We let go of it before it had ended. */
  #closing = false;
  /** Bytes, of both directions; what nobody read of the node's is not counted. */
  #sent = 0;
  #received = 0;

  constructor(
    stream: ClientChannel,
    gate: WindowGate,
    lost: Ending<ConnectFailure>,
    label: string,
    audit: AuditRun,
  ) {
    this.#stream = stream;
    this.audit = { ...audit, concluded: (status) => audit.concluded(status, this.#bytes) };
    this.#gate = gate;
    gate.guard(stream);
    const relieve = (bytes: number): void => {
      this.#received += bytes;
      gate.relieve(stream);
    };
    this.stdout = pull(stream, relieve);
    this.stderr = pull(stream.stderr, relieve);
    stream.on('error', () => undefined); // shows in `exit`
    const deaf = lost.listen((failure) => {
      this.#exit.settle({ kind: 'lost', failure });
      this.gone.settle(true);
      this.stdout.cut();
      this.stderr.cut();
    });
    stream.once('exit', (code: number | null, signal?: string) => {
      this.#exit.settle(
        code === null
          ? { kind: 'signal', signal: plainText(signal ?? 'UNKNOWN').replace(/^SIG/, '') }
          : { kind: 'exit', code },
      );
    });
    stream.once('close', () => {
      // The connection's own end closes its channels too, and is the better reason: it gets the first word.
      setImmediate(() => {
        const sentence = `${label} closed a channel without saying how its command ended.`;
        this.#exit.settle({ kind: 'lost', failure: { kind: 'lost', sentence, retry: true } });
        this.gone.settle(true);
        deaf();
      });
    });
    const dropWrites = (): void => {
      for (const done of [...this.#writes]) done();
    };
    this.#exit.listen(dropWrites);
    this.gone.listen(() => {
      dropWrites();
      gate.open(stream);
      audit.ended(outcomeOf(this.#exit.value, this.#closing), this.#bytes);
    });
  }

  get #bytes(): AuditBytes {
    return { sent: this.#sent, received: this.#received };
  }

  get exit(): Promise<ChannelExit> {
    return this.#exit.promise;
  }

  write(bytes: Uint8Array | string): Promise<void> {
    if (this.#exit.value !== null || this.gone.value !== null || !this.#stream.writable)
      return Promise.resolve();
    this.#sent += typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.byteLength;
    return new Promise((resolve) => {
      const done = (): void => {
        this.#writes.delete(done);
        resolve();
      };
      this.#writes.add(done);
      this.#stream.write(bytes, done);
    });
  }

  end(): void {
    if (this.gone.value === null) this.#stream.end();
  }

  resize({ cols, rows }: TerminalSize): void {
    if (this.gone.value === null) this.#stream.setWindow(rows, cols, 0, 0);
  }

  /** Its place is needed: ends it, and says so to whoever waits for its exit. */
  revoke(sentence: string): void {
    this.#exit.settle({ kind: 'revoked', sentence });
    void this[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.gone.value !== null) return;
    this.#closing = this.#exit.value === null;
    this.#stream.end();
    this.#stream.close();
    // ssh2 tells of the close only after everything that came before it was read.
    this.#gate.open(this.#stream);
    this.stdout.drain();
    this.stderr.drain();
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise((resolve) => (timer = setTimeout(resolve, CLOSE_MS)));
    await Promise.race([this.gone.promise, patience]);
    clearTimeout(timer);
  }
}

function outcomeOf(exit: ChannelExit | null, closing: boolean): string {
  if (closing || exit === null) return 'ended by us';
  switch (exit.kind) {
    case 'exit':
      return `exit ${String(exit.code)}`;
    case 'signal':
      return `signal ${exit.signal}`;
    case 'revoked':
      return `ended by us: ${exit.sentence}`;
    case 'lost':
      return `lost: ${exit.failure.sentence}`;
  }
}
