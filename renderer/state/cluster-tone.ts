import type { NodeStatus } from '../../app/contract/session.ts';

/** How the machines are doing together: red only when every attempt has failed, never while one is under way. */
export function clusterTone(statuses: readonly NodeStatus[]): 'ok' | 'warn' | 'bad' | 'busy' {
  const count = (state: NodeStatus['state']): number =>
    statuses.filter((each) => each.state === state).length;
  const [connected, connecting] = [count('connected'), count('connecting')];
  if (connected === statuses.length) return 'ok';
  if (connected + connecting === statuses.length) return 'busy';
  return connected === 0 && connecting === 0 ? 'bad' : 'warn';
}
