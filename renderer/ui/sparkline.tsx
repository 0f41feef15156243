import type { ReactNode } from 'react';

const BAR = 3;
const HEIGHT = 16;

/** One bar a part of the window; a part without drops is a hairline. */
export function Sparkline({
  parts,
  label,
}: {
  readonly parts: readonly number[];
  readonly label: string;
}): ReactNode {
  const most = Math.max(1, ...parts);
  return (
    <svg className="spark" width={parts.length * BAR} height={HEIGHT} role="img" aria-label={label}>
      {parts.map((value, at) => {
        const height = value === 0 ? 1 : Math.max(3, Math.round((value / most) * HEIGHT));
        return (
          // Its place in the window is what a part is.
          <rect
            key={at}
            className={value === 0 ? 'none' : ''}
            x={at * BAR}
            y={HEIGHT - height}
            width={BAR - 1}
            height={height}
          />
        );
      })}
    </svg>
  );
}
