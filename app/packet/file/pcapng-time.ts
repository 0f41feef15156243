// Times of pcapng: 64 bits of ticks since the epoch, whose length each interface chooses (if_tsresol, if_tsoffset).
import type { PcapngSource } from './pcapng-interface.ts';

interface PacketTime {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** Null: before 1970 or beyond 32 bits of seconds, which columns cannot hold. Finer than a nanosecond is cut off. */
export function packetTime(
  high: number,
  low: number,
  { ticks, offsetSeconds }: Pick<PcapngSource, 'ticks' | 'offsetSeconds'>,
): PacketTime | null {
  const { seconds, nanoseconds } =
    ticks.base === 10 && ticks.power <= 9 ? decimalTime(high, low, ticks.power) : anyTime(high, low, ticks);
  const shifted = seconds + offsetSeconds;
  return shifted >= 0 && shifted <= 0xffff_ffff ? { seconds: shifted, nanoseconds } : null;
}

/** Long division, 16 bits a step: no product reaches 2^53. All files in practice come this way. */
function decimalTime(high: number, low: number, power: number): PacketTime {
  const divisor = 10 ** power;
  let seconds = 0;
  let rest = 0;
  for (const digit of [high >>> 16, high & 0xffff, low >>> 16, low & 0xffff]) {
    const dividend = rest * 0x10000 + digit;
    const quotient = Math.floor(dividend / divisor);
    seconds = seconds * 0x10000 + quotient;
    rest = dividend - quotient * divisor;
  }
  return { seconds, nanoseconds: rest * 10 ** (9 - power) };
}

function anyTime(high: number, low: number, { base, power }: PcapngSource['ticks']): PacketTime {
  const time = (BigInt(high) << 32n) | BigInt(low);
  const aSecond = BigInt(base) ** BigInt(power);
  return {
    seconds: Number(time / aSecond),
    nanoseconds: Number(((time % aSecond) * 1_000_000_000n) / aSecond),
  };
}
