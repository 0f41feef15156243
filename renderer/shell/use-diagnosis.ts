// When the diagnosis is asked again.
import { useEffect, useRef } from 'react';
import { askFindings, forgetFindings, useFindings } from '../state/findings.ts';
import { forgetPodsLook } from '../state/pods-look.ts';
import { useSession } from '../state/session.ts';
import { useTrace } from '../state/trace.ts';
import { useTopology } from '../state/topology.ts';
import { useUi } from '../state/ui.ts';

/** Changes of one moment ask once. */
const GATHERED_FOR_MS = 400;
/** ms by the clock: while one looks at the list, and otherwise. */
const LOOKED_AT_MS = 5_000;
const ASIDE_MS = 30_000;
/** So many times as long as an answer took nothing is asked: a twentieth of a core at most. */
const REST = 20;

export function useDiagnosis(): void {
  const topology = useTopology((state) => state.topology);
  const cluster = topology?.cluster ?? null;
  const looked = useUi(({ dockTab, collapsed }) => dockTab === 'findings' && !collapsed.dock);
  const diagnosis = useFindings((state) => state.diagnosis);
  const live = useSession(({ view }) => view.paste === null);
  // Of what was pasted nothing more comes.
  const awaits = live && (diagnosis?.awaits.length ?? 0) > 0;
  useEffect(
    () => () => {
      forgetFindings();
      forgetPodsLook();
    },
    [cluster],
  );
  const waiting = useRef<ReturnType<typeof setTimeout> | null>(null);
  useEffect(() => {
    // What changes all the time is asked about all the same: a wait that has begun is not begun anew.
    if (topology === null || waiting.current !== null) return;
    const rest = Math.max(GATHERED_FOR_MS, useFindings.getState().took * REST);
    waiting.current = setTimeout(() => {
      waiting.current = null;
      askFindings();
    }, rest);
  }, [topology]);
  useEffect(
    () => () => {
      clearTimeout(waiting.current ?? undefined);
      waiting.current = null;
    },
    [],
  );
  useEffect(() => {
    if (cluster === null) return;
    const every = looked || awaits ? LOOKED_AT_MS : ASIDE_MS;
    const timer = setInterval(askFindings, Math.max(every, useFindings.getState().took * REST));
    return () => {
      clearInterval(timer);
    };
  }, [cluster, looked, awaits]);
  const traced = useTrace((state) => state.answered);
  useEffect(() => {
    if (looked && cluster !== null) askFindings();
  }, [looked, cluster, traced]);
}
