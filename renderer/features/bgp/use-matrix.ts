// The BGP matrix as it stands: asked again when the topology changed, and by the clock, since timers run on.
import type { BgpMatrix } from '../../../app/topology/bgp-matrix-model.ts';
import { call } from '../../bridge/call.ts';
import { type Answered, useAnswer } from '../../state/answer.ts';
import { useTopology } from '../../state/topology.ts';

/** BIRD is asked this often where somebody looks (DESIGN §5). */
const EVERY_MS = 2_000;

export function useMatrix(): Answered<BgpMatrix> {
  const bgp = useTopology((state) => state.topology?.bgp);
  const nodes = useTopology((state) => state.topology?.nodes);
  return useAnswer('bgp.matrix', () => call('bgp.matrix', undefined), EVERY_MS, bgp, nodes);
}
