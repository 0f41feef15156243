import type { ReactNode } from 'react';
import { useStaleStanding } from '../state/session.ts';
import { asOfText } from '../state/standing.ts';
import { Tag } from './tag.tsx';

/** "as of 14:02:11 UTC · k8s-worker-2 is stale" beside what that node told; nothing while it is current. */
export function AsOf({ label }: { readonly label: string | null }): ReactNode {
  const standing = useStaleStanding(label);
  return standing === null ? null : <Tag tone="warn">{asOfText(standing)}</Tag>;
}
