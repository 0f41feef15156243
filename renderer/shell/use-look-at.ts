import { useEffect } from 'react';
import { callAndForget } from '../bridge/call.ts';
import { useSelectedNode } from '../state/selected-node.ts';
import { useUi } from '../state/ui.ts';
import { useSession } from '../state/session.ts';
import { tell } from '../state/ui.ts';

/** Tells main which node somebody looks at: its BIRD is then read every 2 s instead of every 10. */
export function useLookAt(): void {
  const label = useSelectedNode();
  const inspecting = useUi((state) => !state.collapsed.inspector);
  const live = useSession((state) => state.link.state === 'live');
  const lookedAt = inspecting ? label : null;
  useEffect(() => {
    if (!live) return;
    callAndForget('session.lookAt', { label: lookedAt }, (sentence) => {
      tell('warning', sentence);
    });
  }, [live, lookedAt]);
}
