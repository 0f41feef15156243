// The interface description block of pcapng (draft-ietf-opsawg-pcapng §4.2), as far as packets need it.
import { eachOption, optionText } from './pcapng-options.ts';

export interface PcapngSource {
  /** LINKTYPE_… */
  readonly linkType: number;
  /** Bytes kept of a packet at most; 0: no limit. */
  readonly snaplen: number;
  /** As the file has it: hostile text. Null: it has none. */
  readonly name: string | null;
  /** A second has so many ticks: this base to this power. */
  readonly ticks: { readonly base: 2 | 10; readonly power: number };
  /** Seconds to add to each time. */
  readonly offsetSeconds: number;
}

const IF_NAME = 2;
const IF_TSRESOL = 9;
const IF_TSOFFSET = 14;
/** Linux has 15 bytes; descriptive ones of other systems are longer. */
const MAX_NAME_BYTES = 256;

/** @param body between the block's two lengths. A string is the sentence of what is wrong. */
export function readInterface(body: DataView, little: boolean): PcapngSource | string {
  if (body.byteLength < 8) return 'An interface description is shorter than one can be.';
  let name: string | null = null;
  let ticks: PcapngSource['ticks'] = { base: 10, power: 6 };
  let offsetSeconds = 0;
  const whole = eachOption(body, 8, body.byteLength, little, (code, at, length) => {
    if (code === IF_NAME) name = optionText(body, at, length, MAX_NAME_BYTES);
    else if (code === IF_TSRESOL && length >= 1) {
      const resolution = body.getUint8(at);
      ticks = { base: resolution < 0x80 ? 10 : 2, power: resolution & 0x7f };
    } else if (code === IF_TSOFFSET && length >= 8) offsetSeconds = Number(body.getBigInt64(at, little));
  });
  if (!whole) return 'An option of an interface description is longer than the rest of it.';
  return {
    linkType: body.getUint16(0, little),
    snaplen: body.getUint32(4, little),
    name,
    ticks,
    offsetSeconds,
  };
}
