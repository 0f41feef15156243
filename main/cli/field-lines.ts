// `hopscope decode --fields`: the fields that were asked for, as `tshark -T fields -E occurrence=a` prints them, so that the
// two can be compared line by line.
import { fieldNamed } from '../../app/packet/dissect/catalogue.ts';
import { dissect } from '../../app/packet/dissect/dissect.ts';
import { Dissection } from '../../app/packet/dissect/dissection.ts';
import { fieldText } from '../../app/packet/dissect/field-text.ts';
import type { Field } from '../../app/packet/dissect/field.ts';
import { rowPacket } from '../../app/packet/dissect/row.ts';
import { StreamNumbers } from '../../app/packet/follow/stream-numbers.ts';
import { pairOf, tcpHeaders } from '../../app/packet/follow/tcp-headers.ts';
import type { PacketSegment } from '../../app/packet/store/packet-segment.ts';
import { fail, ok, type Result } from '../../app/result.ts';

/** The one field that no packet tells by itself. */
const TCP_STREAM = 'tcp.stream';
type Column = Field | typeof TCP_STREAM;

export class FieldLines {
  readonly #columns: readonly Column[];
  readonly #dissection: Dissection;
  readonly #streams = new StreamNumbers();

  private constructor(columns: readonly Column[]) {
    this.#columns = columns;
    this.#dissection = new Dissection(new Set(columns.filter((column) => column !== TCP_STREAM)));
  }

  /**
   * @param names separated by commas
   * @param filtered not all packets are told. A failure is the sentence of what is wrong with the names.
   */
  static of(names: string, filtered: boolean): Result<FieldLines, string> {
    const columns: Column[] = [];
    for (const name of names.split(',').map((part) => part.trim())) {
      if (name === TCP_STREAM) {
        if (filtered) return fail('tcp.stream counts the streams of all packets; leave --filter out');
        columns.push(name);
        continue;
      }
      const field = fieldNamed(name);
      if (field === null)
        return fail(`There is no field “${name}”; name fields as Wireshark does: ip.src,tcp.dstport`);
      columns.push(field);
    }
    return ok(new FieldLines(columns));
  }

  /** To be asked for every packet, in the order of capture. Separated by tabs; a field that occurs several times has its values joined by commas, in the packet's order. */
  line(segment: PacketSegment, row: number): string {
    const d = this.#dissection;
    dissect(rowPacket(segment, row), d);
    const streams = this.#columns.includes(TCP_STREAM) ? this.#streamsOf(segment, row) : '';
    const cells = new Map<Field, string>();
    for (let index = 0; index < d.count; index += 1) {
      const field = d.fields[index];
      if (field === undefined) continue;
      const before = cells.get(field);
      const text = fieldText(field, d.values[index] ?? null);
      cells.set(field, before === undefined ? text : `${before},${text}`);
    }
    return this.#columns
      .map((column) => (column === TCP_STREAM ? streams : (cells.get(column) ?? '')))
      .join('\t');
  }

  #streamsOf(segment: PacketSegment, row: number): string {
    return tcpHeaders(segment, row)
      .flatMap((header) => {
        const { key, direction } = pairOf(header);
        return this.#streams.take(key, direction, header)?.number ?? [];
      })
      .join(',');
  }
}
