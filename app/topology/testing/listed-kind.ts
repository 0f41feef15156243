import type { KindReading } from '../../probe/inventory.ts';

/** A kind of Kubernetes whose list was read whole. */
export const listed: KindReading = {
  state: 'listed',
  resourceVersion: '1',
  sentence: null,
  evidence: [],
  refusedAt: null,
};
