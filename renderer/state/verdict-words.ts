// Words and tones of verdicts, wherever they stand.
import type { Verdict } from '../../app/watch/model.ts';

export const verdictWords: Readonly<Record<Verdict, string>> = {
  delivered: 'delivered',
  dropped: 'dropped',
  rejected: 'rejected',
  inFlight: 'in flight',
  notCaptured: 'not captured',
  ambiguous: 'ambiguous',
};

export const verdictTitles: Readonly<Record<Verdict, string>> = {
  delivered: 'seen where they were to arrive',
  dropped: 'seen at one place, and not at the next, where nothing was lost',
  rejected: 'answered by a reset or an ICMP error',
  inFlight: 'not seen at their end yet',
  notCaptured: 'what became of them was not looked at, or captures lost packets there: not known',
  ambiguous: 'several are alike: which of them was seen where cannot be told',
};

export const verdictTones = {
  delivered: 'ok',
  dropped: 'bad',
  rejected: 'warn',
  inFlight: 'plain',
  notCaptured: 'plain',
  ambiguous: 'bgp',
} as const satisfies Record<Verdict, string>;
