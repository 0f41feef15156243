// What one capture lets a trace's sightings say: where it listens, what passes its filter, and whether it holds all of that.
import type { Listening } from '../../app/trace/sightings-model.ts';
import type { CaptureRecord } from './capture-record.ts';

/** @param expression the operator's own filter; null: the Pod's addresses */
export function listeningOf(
  { plan, view, over, broken, lostAt, behind }: CaptureRecord,
  expression: string | null,
  since: number,
): Listening {
  const { netnsId, device, addresses, peers, outside } = plan;
  const { state, loss, watermark } = view;
  const ended = over || state !== 'running';
  return {
    netnsId,
    device: device?.name ?? null,
    addresses: expression === null ? [...addresses] : null,
    peers: peers === null ? null : [...peers],
    outside: outside.map(({ address, peers: others }) => ({ address, peers: [...others] })),
    holds:
      broken || loss.ours > 0 || (lostAt !== null && lostAt > since)
        ? 'lost'
        : ended
          ? 'ended'
          : view.since > since
            ? 'began-later'
            : 'whole',
    wholeSince: ended || broken ? null : Math.max(view.since, lostAt ?? 0),
    behind,
    watermark,
  };
}
