// What tests of iptables' options are made of.
import { inPrefix, parseAddress, parsePrefix, type Address } from '../route/address.ts';
import type { Tested } from './filter-value.ts';
import { addressScalar, type PacketView } from './packet-view.ts';

export type Test = (view: PacketView) => Tested;

/** All of several conditions: what is false decides, whatever else is not known. */
export function every(tests: readonly Test[], view: PacketView): Tested {
  let result: Tested = true;
  for (const asked of tests) {
    const tested = asked(view);
    if (tested === false) return false;
    if (tested !== true) result = tested;
  }
  return result;
}

/** An address, a prefix, a range `a-b`; null: not understood. */
export function addressTestOf(text: string): ((address: Address) => boolean) | null {
  const [from = '', to] = text.split('-');
  if (to !== undefined) {
    const [low, high] = [parseAddress(from), parseAddress(to)];
    if (low === null || high?.family !== low.family) return null;
    const [lo, hi] = [addressScalar(low), addressScalar(high)];
    return (address) => {
      const scalar = addressScalar(address);
      return address.family === low.family && scalar >= lo && scalar <= hi;
    };
  }
  const prefix = parsePrefix(text) ?? maskedPrefix(text);
  if (prefix === null) return null;
  if (prefix.length === 32 && prefix.family === 4) {
    const [word] = prefix.words;
    return ({ family, words }) => family === 4 && words[0] === word;
  }
  return (address) => inPrefix(address, prefix);
}

/** `10.0.0.0/255.0.0.0`: a mask that is a prefix; others are rare, and not understood. */
function maskedPrefix(text: string): ReturnType<typeof parsePrefix> {
  const [net = '', mask = ''] = text.split('/');
  const bits = parseAddress(mask)?.words;
  if (bits === undefined) return null;
  const binary = [...bits].map((word) => word.toString(2).padStart(32, '0')).join('');
  return /^1*0*$/.test(binary) ? parsePrefix(`${net}/${binary.replace(/0+$/, '').length}`) : null;
}

/** `80`, `80-90`, `:90`, `80:`. */
export function portRange(text: string): readonly [number, number] | null {
  const match = /^(\d{0,5})(?:[-:](\d{0,5}))?$/.exec(text);
  if (match === null || text === '') return null;
  const [, from = '', to = from] = match;
  return [from === '' ? 0 : Number(from), to === '' ? 65535 : Number(to)];
}
