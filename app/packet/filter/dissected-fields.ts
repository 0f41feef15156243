// A full decode's fields, as a filter asks for them.
import type { Dissection } from '../dissect/dissection.ts';
import { fieldText } from '../dissect/field-text.ts';
import type { Constant } from './condition.ts';
import type { PacketFields } from './evaluate.ts';
import type { FilterField } from './filter-fields.ts';

export class DissectedFields implements PacketFields {
  readonly #d: Dissection;

  /** @param d filled anew for each packet */
  constructor(d: Dissection) {
    this.#d = d;
  }

  values({ sources, asText }: FilterField): readonly Constant[] {
    const d = this.#d;
    const values: Constant[] = [];
    for (let index = 0; index < d.count; index += 1) {
      const source = d.fields[index];
      if (source === undefined || !sources.includes(source)) continue;
      const value = d.values[index] ?? null;
      if (asText) values.push(fieldText(source, value));
      else if (source.type === 'protocol') values.push(d.layerBytes(index));
      else values.push(value ?? '');
    }
    return values;
  }

  headerLengths({ sources }: FilterField): readonly number[] {
    return this.#d.fields.flatMap((field, index) =>
      sources.includes(field) ? [this.#d.lengths[index] ?? 0] : [],
    );
  }
}
