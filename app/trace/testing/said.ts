// For tests: how a passage ends, in a few words.
import type { Passage } from '../passage.ts';

/** `leaves ens192 10.12.22.152`, `dropped reverse-path`, `delivered`, `unknown` and why. */
export function said({ departure }: Passage): string {
  switch (departure.kind) {
    case 'leaves':
      return `leaves ${departure.device.name} ${departure.nextHop ?? '-'}`;
    case 'delivered':
      return 'delivered';
    case 'unknown':
      return `unknown ${departure.why}`;
    case 'dropped':
    case 'rejected':
      return `${departure.kind} ${departure.reason}`;
  }
}

/** `leaves ens192`; else as `said` has it. */
export function endOf(passage: Passage): string {
  const { departure } = passage;
  return departure.kind === 'leaves' ? `leaves ${departure.device.name}` : said(passage);
}

export function one(passages: readonly Passage[]): Passage {
  const [only] = passages;
  if (only === undefined || passages.length !== 1) throw new Error(`${passages.length} passages`);
  return only;
}
