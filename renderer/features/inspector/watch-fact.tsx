import type { ReactNode } from 'react';
import { Eye } from 'lucide-react';
import type { InterfaceEntity, Topology } from '../../../app/topology/model.ts';
import { useSession } from '../../state/session.ts';
import { startWatch } from '../../state/start-watch.ts';
import { useWatchState, watchedPod } from '../../state/watch.ts';
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
  const isWhole = useWatchState(({ view }) => view.only === null);
  const way = wayOfInterface(topology, subject);
  if (isPaste || !way.ok)
    return <span className="dim">{way.ok ? inspectorWords.watchPasted : way.failure}</span>;
  const { pod } = way.value;
  if (watched === pod.id && isWhole)
    return <span className="dim">{inspectorWords.watchedNow(pod.name)}</span>;
  return (
    <Button
      small
      className="inspector-watch"
      data-testid="watch-interface"
      onClick={() => {
        startWatch(pod.id);
      }}
    >
      <Eye size={13} aria-hidden /> <span className="truncate">{inspectorWords.watchPod(pod.name)}</span>
    </Button>
  );
}
