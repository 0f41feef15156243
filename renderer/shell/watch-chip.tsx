import type { ReactNode } from 'react';
import { podTitle } from '../state/text.ts';
import { useTopology } from '../state/topology.ts';
import { showDock } from '../state/ui.ts';
import { useWatchState } from '../state/watch.ts';
import { watchStatus } from '../state/watch-status.ts';

/** A narrow window leaves out the namespaces, which the title tells, and that it is watched, which the dot tells. */
function Shortened({ text }: { readonly text: string }): ReactNode {
  const [, verb = '', rest = text] = /^(watching )(.*)$/.exec(text) ?? [];
  return (
    <>
      <span className="watch-verb">{verb}</span>
      {rest.split(/(?<=^| )([^ /]+\/)/).map((part, at) =>
        at % 2 === 0 ? (
          part
        ) : (
          <span key={at} className="watch-namespace">
            {part}
          </span>
        ),
      )}
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
        <Shortened text={status.text} />
      </span>
      {status.figures.map((figure) => (
        <span
          key={figure.replace(/[\d,]/g, '')}
          className={`watch-figure ${/^0 /.test(figure) ? 'none' : ''}`}
        >
          {figure}
        </span>
      ))}
    </button>
  );
}
