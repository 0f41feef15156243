// Whether the diagnosis looked into the Pods: begun with the tab where they are few, stopped at any time, with what it cost the nodes.
import { type ReactNode, useEffect } from 'react';
import type { PodsLookedInto } from '../../../app/contract/diagnosed.ts';
import { oncePer } from '../../state/once-per.ts';
import { answeredSince, leavePods, lookIntoPods, usePodsLook } from '../../state/pods-look.ts';
import { useSession } from '../../state/session.ts';
import { isCurrent } from '../../state/standing.ts';
import { useTopology } from '../../state/topology.ts';
import { Button } from '../../ui/button.tsx';
import { findingsStrings } from './strings.ts';

/** Some 40 ms of a node's CPU each: so many are two seconds. More are looked into when somebody says so. */
const FEW_PODS = 50;

export function PodsLookBar(): ReactNode {
  const { looking, looked, sentence, decided } = usePodsLook();
  const topology = useTopology((state) => state.topology);
  const live = useSession(({ view }) => view.paste === null && view.phase === 'open');
  const ready = useSession(({ standings }) => standings.some(isCurrent));
  const pods = useTopology((state) => (state.topology === null ? 0 : ownNetworks(state.topology.pods)));
  const begins = live && ready && !decided && pods > 0 && pods <= FEW_PODS;
  useEffect(() => {
    if (begins && topology !== null) lookIntoPods(topology);
  }, [begins, topology]);
  if (!live || topology === null) return null;
  const look = (): void => {
    lookIntoPods(topology);
  };
  return (
    <div className="findings-look" role="status" data-testid="findings-look">
      {looking === null ? (
        <>
          <span className={sentence === null ? 'faint' : 'bad-ink'}>
            {sentence ?? (looked === null ? findingsStrings.notLooked(pods) : lookedWords(looked))}
          </span>
          <Button small look="quiet" onClick={look} disabled={pods === 0} data-testid="findings-look-again">
            {looked === null ? findingsStrings.look : findingsStrings.lookAgain}
          </Button>
          {looked === null ? null : (
            <Button small look="quiet" title={findingsStrings.leaveTitle} onClick={leavePods}>
              {findingsStrings.leave}
            </Button>
          )}
        </>
      ) : (
        <Progress before={looking} pods={pods} />
      )}
    </div>
  );
}

function Progress({
  before,
  pods,
}: {
  readonly before: ReadonlyMap<string, number>;
  readonly pods: number;
}): ReactNode {
  const answered = useTopology(({ held }) => (held === null ? 0 : answeredSince(before, held)));
  return (
    <>
      <progress max={before.size} value={answered} aria-hidden="true" />
      <span className="dim">{findingsStrings.looking(pods, answered, before.size)}</span>
      <Button small onClick={leavePods} data-testid="findings-look-stop">
        {findingsStrings.stop}
      </Button>
    </>
  );
}

function lookedWords(looked: PodsLookedInto): string {
  return [findingsStrings.looked(looked), ...findingsStrings.notAll(looked)].join(' ');
}

/** Living Pods that have a network of their own. */
const ownNetworks = oncePer(
  (pods: Readonly<Record<string, { readonly until: unknown; readonly hostNetwork: boolean }>>) =>
    Object.values(pods).filter(({ until, hostNetwork }) => until === null && !hostNetwork).length,
);
