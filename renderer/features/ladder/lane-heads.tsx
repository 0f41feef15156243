import type { ReactNode } from 'react';
import { select } from '../../state/selection.ts';
import type { Column } from './columns.ts';
import type { Gap } from './slant.ts';
import { ladderStrings } from './strings.ts';

/** px: the last head stands in the middle of what is beside its lane. */
const MOST_ROOM = 214;

/** Whose lane it is, and above the lines what packets take to the next one. */
export function LaneHeads({
  columns,
  xs,
  gaps,
}: {
  readonly columns: readonly Column[];
  /** Of each column, px. */
  readonly xs: readonly number[];
  readonly gaps: readonly Gap[];
}): ReactNode {
  const room = Math.min(MOST_ROOM, Math.max(40, (xs[1] ?? 400) - (xs[0] ?? 0) - 10));
  return (
    <div className="ladder-heads" role="group" aria-label={ladderStrings.lanes}>
      {columns.map(({ key, interfaceName, podName, nodeLabel, interfaceId, label, way }, at) => (
        <button
          key={key}
          type="button"
          className="ladder-head"
          style={{ left: xs[at], maxWidth: room }}
          title={label}
          aria-label={ladderStrings.select(label)}
          disabled={interfaceId === null}
          data-testid="ladder-lane"
          data-label={label}
          onClick={() => {
            if (interfaceId !== null) select({ kind: 'interface', id: interfaceId });
          }}
        >
          <span className="mono truncate">{interfaceName}</span>
          {way === null ? null : <span className="faint">{ladderStrings.ways[way]}</span>}
          <span className="faint truncate">{podName ?? nodeLabel}</span>
        </button>
      ))}
      {gaps.map(({ text, title, isWire }, at) =>
        text === '' ? null : (
          <span
            key={columns[at]?.key}
            className={`mono ladder-gap ${isWire ? 'wire' : ''}`}
            style={{ left: ((xs[at] ?? 0) + (xs[at + 1] ?? 0)) / 2, maxWidth: room }}
            title={title}
          >
            {text}
          </span>
        ),
      )}
    </div>
  );
}
