// What may be concluded from routes of which others may be missing: a longer prefix among those wins over what was found.
import { parsePrefix } from './address.ts';
import type { FibAnswer } from './fib.ts';
import type { KernelAnswer } from './kernel-lookup.ts';

/**
 * `certain`: whatever is missing, the answer is that one; `presumed`: a route that is meant for these addresses was found, and a longer one is
 * not likely; `unknown`: nothing was found but what takes whatever is left over.
 */
export type Bearing = 'certain' | 'presumed' | 'unknown';

/** Prefixes shorter than that stand for all addresses: a default route, or the halves of one (0.0.0.0/1, 2000::/3). */
const LEAST_OF_A_NETWORK = 8;

export function bearingOfPart(answer: FibAnswer | KernelAnswer): Bearing {
  switch (answer.kind) {
    case 'none':
    case 'on-link':
      return 'unknown';
    case 'refused':
      // What settings and the source alone decide, no route changes.
      if (answer.why === 'forwarding-off' || answer.why === 'martian-source') return 'certain';
      if (answer.why === 'martian-destination') return 'certain';
      return answer.why !== 'reverse-path' && isHost(answer.route?.dst) ? 'certain' : 'unknown';
    case 'rejected':
      return isHost(answer.route?.dst) ? 'certain' : 'unknown';
    case 'route': {
      const { dst, type } = answer.route;
      if (isHost(dst) || type === 'local') return 'certain';
      return (parsePrefix(dst)?.length ?? 0) < LEAST_OF_A_NETWORK ? 'unknown' : 'presumed';
    }
  }
}

/** One address alone: no prefix is longer. */
function isHost(dst: string | undefined): boolean {
  const prefix = parsePrefix(dst ?? '');
  return prefix !== null && prefix.length === (prefix.family === 4 ? 32 : 128);
}
