// How many packets fared how: those that there are, the worst first.
import type { ReactNode } from 'react';
import type { VerdictCountsView } from '../../app/contract/trails.ts';
import { verdictTitles, verdictTones, verdictWords } from '../state/verdict-words.ts';
import { Tag } from './tag.tsx';

const order = ['dropped', 'rejected', 'ambiguous', 'notCaptured', 'delivered', 'inFlight'] as const;

export function VerdictChips({ counts }: { readonly counts: VerdictCountsView }): ReactNode {
  return (
    <span className="verdict-chips">
      {order.map((verdict) =>
        counts[verdict] === 0 ? null : (
          <Tag key={verdict} tone={verdictTones[verdict]} title={verdictTitles[verdict]}>
            {counts[verdict].toLocaleString('en')} {verdictWords[verdict]}
          </Tag>
        ),
      )}
    </span>
  );
}
