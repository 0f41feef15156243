import { type ReactNode, useMemo } from 'react';
import type { FlowView } from '../../../app/contract/trails.ts';
import { useTrails } from '../../state/trails.ts';
import { hopParts, shares, totalText } from './hop-latency.ts';
import { flowsStrings } from './strings.ts';

/** px. */
const WIDTH = 64;
const HEIGHT = 8;

/** What its packets take from place to place on the way that most of them went: a part a hop, and their sum. */
export function HopBar({ flow }: { readonly flow: FlowView }): ReactNode {
  const lanes = useTrails(({ view }) => view.lanes);
  const hops = useTrails(({ view }) => view.hops);
  const parts = useMemo(() => hopParts(flow, lanes, hops), [flow, lanes, hops]);
  const total = totalText(parts);
  if (total === null) return null;
  const said = parts.map(flowsStrings.hop).join('\n');
  const widths = shares(parts).map((share) => share * WIDTH);
  return (
    <span className="hop-bar" title={said}>
      <svg width={WIDTH} height={HEIGHT} role="img" aria-label={said}>
        {parts.map(({ took: { kind } }, at) => (
          <rect
            key={at}
            className={kind === 'notCompared' ? 'unknown' : kind === 'within' ? '' : 'wire'}
            x={widths.slice(0, at).reduce((sum, width) => sum + width, 0)}
            width={Math.max(1, (widths[at] ?? 0) - 1)}
            height={HEIGHT}
          />
        ))}
      </svg>
      <span className="mono dim">{total}</span>
    </span>
  );
}
