// Back-pressure that holds. RFC 4254 §5.2 gives stdout and stderr one window; ssh2 1.17 opens it again as soon as
// either of the two is read (measured: 130 MB of unread stdout in 3 s beside a stderr that is read), so a log line a
// second would defeat it. Here the credit is held back while too much lies unread, and paid when it has been read.
import type { Client, ClientChannel } from 'ssh2';

/** Bytes unread in one channel before the sender gets no more credit: as much as ssh2's window. */
const FULL = 2 * 1024 * 1024;

/** What is used of ssh2's inside; its version is pinned, and a test sends through it. */
interface ClientInside {
  readonly _protocol: { channelWindowAdjust: (channel: number, bytes: number) => void };
}
interface ChannelInside {
  /** The channel by the number the peer gave it. */
  readonly outgoing: { readonly id: number; readonly state: string };
}

interface Gate {
  readonly stream: ClientChannel;
  /** Bytes of credit held back. */
  owed: number;
}

export class WindowGate {
  readonly #gates = new Map<number, Gate>();
  readonly #grant: (channel: number, bytes: number) => void;

  constructor(client: Client) {
    const protocol = (client as unknown as ClientInside)._protocol;
    if (typeof protocol.channelWindowAdjust !== 'function') throw new Error('this ssh2 has another inside');
    this.#grant = protocol.channelWindowAdjust.bind(protocol);
    protocol.channelWindowAdjust = (channel, bytes) => {
      const gate = this.#gates.get(channel);
      if (gate !== undefined && unread(gate.stream) >= FULL) gate.owed += bytes;
      else this.#grant(channel, bytes);
    };
  }

  guard(stream: ClientChannel): void {
    this.#gates.set(inside(stream).outgoing.id, { stream, owed: 0 });
  }

  /** Something was read: what is owed is paid if there is room now. */
  relieve(stream: ClientChannel): void {
    const gate = this.#gates.get(inside(stream).outgoing.id);
    if (gate?.stream === stream && gate.owed > 0 && unread(stream) < FULL) this.#pay(gate);
  }

  /** The rest is thrown away unread, or the channel is closed: nothing is held back any more. */
  open(stream: ClientChannel): void {
    const { id } = inside(stream).outgoing;
    const gate = this.#gates.get(id);
    if (gate?.stream !== stream) return;
    this.#gates.delete(id);
    this.#pay(gate);
  }

  #pay(gate: Gate): void {
    const { owed } = gate;
    gate.owed = 0;
    const { id, state } = inside(gate.stream).outgoing;
    if (owed > 0 && (state === 'open' || state === 'eof')) this.#grant(id, owed);
  }
}

const unread = (stream: ClientChannel): number => stream.readableLength + stream.stderr.readableLength;
const inside = (stream: ClientChannel): ChannelInside => stream as unknown as ChannelInside;
