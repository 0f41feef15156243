// `hopscope decode --fields`: the fields that were asked for, as `tshark -T fields -E occurrence=a` prints them, so that the
// two can be compared line by line.
import { fieldNamed } from '../../app/packet/dissect/catalogue.ts';
import { dissect } from '../../app/packet/dissect/dissect.ts';
import { Dissection } from '../../app/packet/dissect/dissection.ts';
import { fieldText } from '../../app/packet/dissect/field-text.ts';
import type { Field } from '../../app/packet/dissect/field.ts';
import { rowPacket } from '../../app/packet/dissect/row.ts';
import type { PacketSegment } from '../../app/packet/store/packet-segment.ts';
import { fail, ok, type Result } from '../../app/result.ts';

export class FieldLines {
  readonly #fields: readonly Field[];
  readonly #dissection: Dissection;

  private constructor(fields: readonly Field[]) {
    this.#fields = fields;
    this.#dissection = new Dissection(new Set(fields));
  }

  /** @param names separated by commas. A failure is the sentence of what is wrong with them. */
  static of(names: string): Result<FieldLines, string> {
    const fields: Field[] = [];
    for (const name of names.split(',').map((part) => part.trim())) {
      const field = fieldNamed(name);
      if (field === null)
        return fail(`There is no field “${name}”; name fields as Wireshark does: ip.src,tcp.dstport`);
      fields.push(field);
    }
    return ok(new FieldLines(fields));
  }

  /** Separated by tabs; a field that occurs several times has its values joined by commas, in the packet's order. */
  line(segment: PacketSegment, row: number): string {
    const d = this.#dissection;
    dissect(rowPacket(segment, row), d);
    const cells = new Map<Field, string>();
    for (let index = 0; index < d.count; index += 1) {
      const field = d.fields[index];
      if (field === undefined) continue;
      const before = cells.get(field);
      const text = fieldText(field, d.values[index] ?? null);
      cells.set(field, before === undefined ? text : `${before},${text}`);
    }
    return this.#fields.map((field) => cells.get(field) ?? '').join('\t');
  }
}
