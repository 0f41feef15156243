// Starting and ending a watch, from wherever in the window: the last wish counts, and a refusal is told.
import { call, sentenceOf } from '../bridge/call.ts';
import { tell } from './ui.ts';
import { useWatchState } from './watch.ts';

let wishes = 0;

interface Captured {
  /** By this filter (pcap-filter(7)) instead of the Pod's addresses. */
  readonly expression?: string | null;
  /** Only what the Pod exchanges with it, named as a trace takes it. */
  readonly to?: string | null;
}

/** Watches this Pod; another watch ends first. */
export function startWatch(podId: string, { expression = null, to = null }: Captured = {}): void {
  void wish(podId, async () => {
    const answer = await call('watch.start', { podId, expression, to });
    return answer.ok ? null : answer.sentence;
  });
}

export function stopWatch(): void {
  void wish(null, async () => {
    await call('watch.stop', undefined);
    return null;
  });
}

/** Whether this page has ever had a say: before that, whatever runs was found running. */
export function hasWished(): boolean {
  return wishes > 0;
}

/** @param ask resolves to why it was refused; null when it was not */
async function wish(podId: string | null, ask: () => Promise<string | null>): Promise<void> {
  wishes += 1;
  const mine = wishes;
  useWatchState.setState(({ view }) => ({ wished: { podId, afterRun: view.run, granted: false } }));
  const refusal = await ask().catch(sentenceOf);
  // Whoever has clicked on by then is not told about what no longer matters.
  if (mine !== wishes) return;
  if (refusal === null && podId !== null) {
    useWatchState.setState(({ wished }) => ({
      wished: wished === null ? null : { ...wished, granted: true },
    }));
    return;
  }
  if (refusal === null && useWatchState.getState().view.state === 'on') return;
  useWatchState.setState({ wished: null });
  if (refusal !== null && refusal !== '') tell('error', refusal);
}
