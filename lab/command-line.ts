import { InvalidArgumentError } from 'commander';
import type { Result } from '../app/result.ts';

/** Prints the sentence of a refusal and sets the exit code. */
export function accept<T>(result: Result<T, { readonly sentence: string }>): T | null {
  if (result.ok) return result.value;
  console.error(result.failure.sentence);
  process.exitCode = 2;
  return null;
}

export function say(result: Result<string, { readonly sentence: string }>): void {
  const said = accept(result);
  if (said !== null) console.log(said);
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Not a whole number.');
  return Number(text);
}

export function wholeNumbers(text: string): number[] {
  return text.split(',').map(wholeNumber);
}

export function decimalNumber(text: string): number {
  if (!/^-?\d{1,9}(\.\d{1,9})?$/.test(text)) throw new InvalidArgumentError('Not a number.');
  return Number(text);
}
