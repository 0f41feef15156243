import type { ReactNode } from 'react';
import type { NodeStatus } from '../../app/contract/session.ts';

const looks: Record<NodeStatus['state'], string> = {
  connected: 'ok',
  stale: 'warn',
  waiting: 'warn',
  failed: 'bad',
  connecting: 'busy',
};

export function StateDot({ state }: { readonly state: NodeStatus['state'] }): ReactNode {
  return <span className={`dot ${looks[state]}`} aria-hidden="true" />;
}
