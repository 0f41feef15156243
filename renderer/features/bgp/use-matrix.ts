// The BGP matrix as it stands: asked again when the topology changed, and by the clock, since timers run on.
import { useEffect, useState } from 'react';
import type { BgpMatrix } from '../../../app/topology/bgp-matrix-model.ts';
import { call, sentenceOf } from '../../bridge/call.ts';
import { useTopology } from '../../state/topology.ts';

/** BIRD is asked this often where somebody looks (DESIGN §5). */
const EVERY_MS = 2_000;
/** Changes of one moment ask once. */
const GATHERED_FOR_MS = 100;

export interface AskedMatrix {
  readonly matrix: BgpMatrix | null;
  /** Why there is none; null when it was answered, or not yet. */
  readonly sentence: string | null;
}

const notYet: AskedMatrix = { matrix: null, sentence: null };

export function useMatrix(): AskedMatrix {
  const bgp = useTopology((state) => state.topology?.bgp);
  const nodes = useTopology((state) => state.topology?.nodes);
  const [asked, setAsked] = useState(notYet);
  const [tick, setTick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => {
      setTick((count) => count + 1);
    }, EVERY_MS);
    return () => {
      clearInterval(timer);
    };
  }, []);
  useEffect(() => {
    let left = false;
    const timer = setTimeout(() => {
      call('bgp.matrix', undefined).then(
        (matrix) => {
          if (!left) setAsked({ matrix, sentence: null });
        },
        (error: unknown) => {
          if (!left) setAsked((before) => ({ ...before, sentence: sentenceOf(error) }));
        },
      );
    }, GATHERED_FOR_MS);
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [bgp, nodes, tick]);
  return asked;
}
