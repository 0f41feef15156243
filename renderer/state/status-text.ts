import type { NodeStatus } from '../../app/contract/session.ts';
import { ageText } from './text.ts';

/** How a machine is doing, in a few words: "stale since 12 s". */
export function statusText(status: NodeStatus, now: number): string {
  switch (status.state) {
    case 'connected':
      return 'connected';
    case 'connecting':
      return 'connecting…';
    case 'stale':
      return `stale since ${ageText(now - status.since)}`;
    case 'waiting':
      return status.retryAt === null || status.retryAt <= now
        ? 'waiting to reconnect'
        : `next try in ${ageText(status.retryAt - now)}`;
    case 'failed':
      return 'cannot connect';
  }
}
