// Values of options, refused with a sentence while the command line is read.
import { InvalidArgumentError } from 'commander';

export function secondsUpTo(most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!(value >= 1 && value <= most)) throw new InvalidArgumentError(`It takes 1 to ${most} seconds.`);
    return value;
  };
}

/** Decimal, or hexadecimal with `0x`. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^(\d{1,10}|0x[0-9a-f]{1,8})$/i.test(text) ? Number(text) : NaN;
    if (!(value >= least && value <= most))
      throw new InvalidArgumentError(`It takes a number from ${least} to ${most}.`);
    return value;
  };
}
