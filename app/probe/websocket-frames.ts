// WebSocket's frames (RFC 6455 §5), as far as Kubernetes' channels need them: whole binary messages, pings and the close.

export type FrameKind = 'text' | 'binary' | 'close' | 'ping' | 'pong';

/** One message, put together from its fragments, or one control frame. */
export interface WebSocketMessage {
  readonly kind: FrameKind;
  readonly payload: Uint8Array;
}

const OPCODES: Readonly<Record<FrameKind, number>> = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 };
const KINDS = new Map(Object.entries(OPCODES).map(([kind, opcode]) => [opcode, kind as FrameKind]));
const CONTINUATION = 0;
const FIN = 0x80;
const MASKED = 0x80;

/** `mask`: four unpredictable bytes, as a client must give; a server gives null. */
export function webSocketFrame(kind: FrameKind, payload: Uint8Array, mask: Uint8Array | null): Uint8Array {
  const { length } = payload;
  const sized = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const head = 2 + sized + (mask === null ? 0 : 4);
  const frame = new Uint8Array(head + length);
  const view = new DataView(frame.buffer);
  const masked = mask === null ? 0 : MASKED;
  view.setUint8(0, FIN | OPCODES[kind]);
  view.setUint8(1, masked | (sized === 0 ? length : sized === 2 ? 126 : 127));
  if (sized === 2) view.setUint16(2, length);
  if (sized === 8) {
    view.setUint32(2, Math.floor(length / 2 ** 32));
    view.setUint32(6, length % 2 ** 32);
  }
  frame.set(payload, head);
  if (mask !== null) {
    frame.set(mask, head - 4);
    unmask(frame.subarray(head), mask);
  }
  return frame;
}

/** Takes bytes as they come and gives messages. What is no WebSocket, or is longer than `mostBytes`, ends it: `broken` says why. */
export class WebSocketReader {
  readonly #mostBytes: number;
  #left: Uint8Array = new Uint8Array(0);
  #begun: { readonly kind: FrameKind; readonly parts: Uint8Array[] } | null = null;
  #broken: string | null = null;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  get broken(): string | null {
    return this.#broken;
  }

  push(bytes: Uint8Array): WebSocketMessage[] {
    if (this.#broken !== null) return [];
    this.#left = joined([this.#left, bytes]);
    const messages: WebSocketMessage[] = [];
    for (let frame = this.#next(); frame !== null; frame = this.#next()) {
      const message = this.#assembled(frame);
      if (message !== null) messages.push(message);
    }
    return messages;
  }

  #next(): Frame | null {
    if (this.#broken !== null) return null;
    const frame = frameAt(this.#left);
    if (frame === null) return null;
    if (frame.length > this.#mostBytes) {
      this.#broken = `a message of more than ${this.#mostBytes} bytes`;
      return null;
    }
    const whole = frame.at + frame.length;
    if (this.#left.length < whole) return null;
    const payload = this.#left.slice(frame.at, whole);
    this.#left = this.#left.subarray(whole);
    if (frame.mask !== null) unmask(payload, frame.mask);
    return { final: frame.final, opcode: frame.opcode, payload };
  }

  #assembled({ final, opcode, payload }: Frame): WebSocketMessage | null {
    const kind = KINDS.get(opcode);
    if (opcode >= OPCODES.close && kind !== undefined) return { kind, payload };
    const begun = this.#begun;
    const follows = opcode === CONTINUATION;
    if (follows !== (begun !== null) || (!follows && kind === undefined)) {
      this.#broken = 'what came is no WebSocket';
      return null;
    }
    const parts = [...(begun?.parts ?? []), payload];
    const first = begun?.kind ?? kind ?? 'binary';
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    if (length > this.#mostBytes || parts.length > MOST_FRAGMENTS) {
      this.#broken = `a message of more than ${this.#mostBytes} bytes or ${MOST_FRAGMENTS} fragments`;
      return null;
    }
    this.#begun = final ? null : { kind: first, parts };
    return final ? { kind: first, payload: joined(parts) } : null;
  }
}

const MOST_FRAGMENTS = 1_000;

interface Frame {
  readonly final: boolean;
  readonly opcode: number;
  readonly payload: Uint8Array;
}

interface FrameHead {
  readonly final: boolean;
  readonly opcode: number;
  /** Where the payload begins, and how long it is: bytes. */
  readonly at: number;
  readonly length: number;
  readonly mask: Uint8Array | null;
}

/** Null while the head is not whole. */
function frameAt(bytes: Uint8Array): FrameHead | null {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) return null;
  const short = second & 0x7f;
  const sized = short === 126 ? 2 : short === 127 ? 8 : 0;
  const masked = (second & MASKED) !== 0;
  const at = 2 + sized + (masked ? 4 : 0);
  if (bytes.length < at) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length =
    sized === 0 ? short : sized === 2 ? view.getUint16(2) : view.getUint32(2) * 2 ** 32 + view.getUint32(6);
  return {
    final: (first & FIN) !== 0,
    opcode: first & 0x0f,
    at,
    length,
    mask: masked ? bytes.slice(at - 4, at) : null,
  };
}

/** In place; the same again undoes it. */
function unmask(payload: Uint8Array, mask: Uint8Array): void {
  for (let at = 0; at < payload.length; at++) payload[at] = (payload[at] ?? 0) ^ (mask[at % 4] ?? 0);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = parts.filter(({ length }) => length > 0);
  const [only] = whole;
  if (only !== undefined && whole.length === 1) return only;
  const bytes = new Uint8Array(whole.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of whole) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
