// What one capture lets a trace's sightings say: where it listens, what passes its filter, and whether it holds all of that.
import type { Listening } from '../../app/trace/sightings-model.ts';
import type { CaptureRecord } from './capture-record.ts';

/** @param expression the operator's own filter; null: the Pod's addresses */
export function listeningOf(
  { plan, view, over }: CaptureRecord,
  expression: string | null,
  since: number,
): Listening {
  const { netnsId, device, addresses } = plan;
  const { state, loss, watermark } = view;
  return {
    netnsId,
    device: device?.name ?? null,
    addresses: expression === null ? [...addresses] : null,
    holds:
      loss.kernel + loss.governor + loss.ours > 0
        ? 'lost'
        : over || state !== 'running'
          ? 'ended'
          : view.since > since
            ? 'began-later'
            : 'whole',
    watermark,
  };
}
