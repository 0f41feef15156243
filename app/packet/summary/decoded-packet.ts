// What a packet's innermost flow carries, message by message, from its full decode: made only for rows that are shown.
import { fieldNamed } from '../dissect/catalogue.ts';
import { dissect } from '../dissect/dissect.ts';
import { Dissection } from '../dissect/dissection.ts';
import { fieldText } from '../dissect/field-text.ts';
import type { Field } from '../dissect/field.ts';
import { FIELDS as MARK_FIELDS } from '../dissect/marks.ts';
import { rowPacket } from '../dissect/row.ts';
import type { PacketSegment } from '../store/packet-segment.ts';

/** One thing that a message says, in its order. */
export interface Told {
  /** `bgp.type` */
  readonly name: string;
  /** In words where there are words for it: `UPDATE`. */
  readonly text: string;
}

export interface Message {
  /** `bgp` */
  readonly layer: string;
  readonly told: readonly Told[];
  /** False: it was cut, goes on in another packet, or contradicts itself. */
  readonly whole: boolean;
}

/** Of its repetitions the first; null: the message does not say. */
export function saidOf(message: Message, name: string): string | null {
  return message.told.find((told) => told.name === name)?.text ?? null;
}

const MARKS: ReadonlySet<Field> = new Set(MARK_FIELDS);
const TRANSPORTS = new Set(['tcp', 'udp', 'sctp']);

export class PacketDecoder {
  readonly #decode: Dissection;

  /** @param names of layers and of the fields that their lines are made of; there are none that no dissector tells */
  constructor(names: readonly string[]) {
    const wanted = [...TRANSPORTS, ...names].map((name) => fieldNamed(name));
    this.#decode = new Dissection(
      new Set([...wanted.filter((field): field is Field => field !== null), ...MARKS]),
    );
  }

  /** What comes after the innermost transport header; SCTP with its chunks is a message, too. */
  messages(segment: PacketSegment, row: number): readonly Message[] {
    const decode = this.#decode;
    dissect(rowPacket(segment, row), decode);
    const transport = decode.fields.findLastIndex((field) => TRANSPORTS.has(field.name));
    const messages: { readonly layer: string; readonly told: Told[]; whole: boolean }[] = [];
    for (let index = Math.max(transport, 0); index < decode.count; index += 1) {
      const field = decode.fields[index];
      if (field === undefined) continue;
      const last = messages.at(-1);
      if (MARKS.has(field)) {
        if (last !== undefined) last.whole = false;
      } else if (field.type === 'protocol') messages.push({ layer: field.name, told: [], whole: true });
      else last?.told.push({ name: field.name, text: wordsOf(field, decode.values[index] ?? null) });
    }
    return messages;
  }
}

function wordsOf(field: Field, value: Dissection['values'][number]): string {
  const words = typeof value === 'number' ? field.words?.[value] : undefined;
  // Of text all that there is; whoever shows it makes it plain.
  return words ?? (typeof value === 'string' ? value : fieldText(field, value));
}
