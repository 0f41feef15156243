import type { ReactNode } from 'react';
import { podTitle } from '../state/text.ts';
import { useTopology } from '../state/topology.ts';
import { showDock } from '../state/ui.ts';
import { useWatchState } from '../state/watch.ts';
import { watchStatus } from '../state/watch-status.ts';

/** A narrow window leaves the namespace out, which the title tells. */
function WithNamespace({ text }: { readonly text: string }): ReactNode {
  const [, before, namespace, after] = /^(.* )([^ /]+\/)(.*)$/.exec(text) ?? [];
  if (namespace === undefined) return text;
  return (
    <>
      {before}
      <span className="watch-namespace">{namespace}</span>
      {after}
    </>
  );
}

/** How the watch stands, always in sight: "● watching default/c2c-network-demo · 1,234 packets · 0 lost". */
export function WatchChip(): ReactNode {
  const view = useWatchState((state) => state.view);
  const starting = useWatchState(({ wished }) => wished?.podId ?? null);
  const startingName = useTopology(({ topology }) => {
    const pod = starting === null ? undefined : topology?.pods[starting];
    return pod === undefined ? starting : podTitle(pod);
  });
  const status = watchStatus(view, startingName);
  if (status === null) return null;
  return (
    <button
      type="button"
      className={`button watch-chip ${status.tone}`}
      data-testid="watch-state"
      data-state={view.state}
      title={[[status.text, ...status.figures].join(' · '), ...status.why].join('\n')}
      onClick={() => {
        showDock('packets');
      }}
    >
      <span className={`dot ${status.tone}`} aria-hidden="true" />
      <span className="truncate">
        <WithNamespace text={status.text} />
      </span>
      {status.figures.map((figure) => (
        <span key={figure.replace(/[\d,]/g, '')} className="watch-figure">
          {figure}
        </span>
      ))}
    </button>
  );
}
