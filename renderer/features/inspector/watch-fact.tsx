import type { ReactNode } from 'react';
import { Eye } from 'lucide-react';
import type { InterfaceEntity, Topology } from '../../../app/topology/model.ts';
import { useSession } from '../../state/session.ts';
import { startWatch } from '../../state/start-watch.ts';
import { capturesAll, useWatchState, watchedPod } from '../../state/watch.ts';
import { wayOfInterface } from '../../state/watch-way.ts';
import { Button } from '../../ui/button.tsx';
import { inspectorWords } from './strings.ts';

/** An interface is looked at still: its Pod is watched without being selected. */
export function WatchFact({
  topology,
  subject,
}: {
  readonly topology: Topology;
  readonly subject: InterfaceEntity;
}): ReactNode {
  const isPaste = useSession(({ view }) => view.paste !== null);
  const watched = useWatchState(watchedPod);
  const isWhole = useWatchState(capturesAll);
  const way = wayOfInterface(topology, subject, isPaste);
  if (!way.ok) return <span className="dim">{way.failure}</span>;
  const { pod } = way.value;
  const isWatched = watched === pod.id && isWhole;
  // It stays when it was pressed, so that what has the focus keeps it.
  return (
    <Button
      small
      className="inspector-watch"
      data-testid="watch-interface"
      aria-disabled={isWatched}
      onClick={() => {
        if (!isWatched) startWatch(pod.id);
      }}
    >
      <Eye size={13} aria-hidden />{' '}
      <span className="truncate">
        {isWatched ? inspectorWords.watchedNow(pod.name) : inspectorWords.watchPod(pod.name)}
      </span>
    </Button>
  );
}
