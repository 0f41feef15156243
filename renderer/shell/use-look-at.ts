import { useEffect } from 'react';
import { callAndForget } from '../bridge/call.ts';
import { useSelectedNode } from '../state/selected-node.ts';
import { useSelection } from '../state/selection.ts';
import { useWatchState } from '../state/watch.ts';
import { useUi } from '../state/ui.ts';
import { useSession } from '../state/session.ts';
import { tell } from '../state/ui.ts';

/**
 * Tells main which node somebody looks at: its BIRD is then read every 2 s instead of every 10; and which Pod, whose own network is
 * then read: the selected one, or the one that is watched.
 */
export function useLookAt(): void {
  const label = useSelectedNode();
  const inspecting = useUi((state) => !state.collapsed.inspector);
  const live = useSession((state) => state.link.state === 'live');
  const lookedAt = inspecting ? label : null;
  const selected = useSelection((state) => (state.selected?.kind === 'pod' ? state.selected.id : null));
  const watched = useWatchState(({ view }) => (view.state === 'on' ? (view.target?.podId ?? null) : null));
  const podId = (inspecting ? selected : null) ?? watched;
  useEffect(() => {
    if (!live) return;
    callAndForget('session.lookAt', { label: lookedAt, podId }, (sentence) => {
      tell('warning', sentence);
    });
  }, [live, lookedAt, podId]);
}
