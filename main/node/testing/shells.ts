import { drawn } from '../../../app/testing/runs.ts';

/** What /bin/sh may be on a node: all of them in the full tier, one of them by turns in `npm test`. */
export const SHELLS = drawn(['dash', 'bash', 'bash --posix', 'busybox sh'], 1);
