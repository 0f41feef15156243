// How the watch stands, in a few words that are true. Pure.
import type { CaptureView, WatchView } from '../../app/contract/watch.ts';
import { type Loss, noLoss } from '../../app/contract/watch-view.ts';
import type { NodeTime } from '../../app/topology/model.ts';
import { countText } from './text.ts';

export interface WatchStatus {
  readonly tone: 'busy' | 'ok' | 'warn' | 'faint';
  /** "watching default/c2c-network-demo". */
  readonly text: string;
  /** "1,234 packets", "0 lost", and "2 warnings" where nothing else says that it is not simply running. */
  readonly figures: readonly string[];
  /** Why it is not simply running; empty when it is. */
  readonly why: readonly string[];
}

/** @param starting the Pod that was asked for and is not in the view yet, by name; null: none. */
export function watchStatus(view: WatchView, starting: string | null): WatchStatus | null {
  if (starting !== null) return { tone: 'busy', text: `starting on ${starting}`, figures: [], why: [] };
  if (view.state === 'off' || view.target === null) return null;
  const name = view.only === null ? view.target.name : `${view.target.name} ↔ ${onlyText(view.only)}`;
  const why = [...view.sentences, ...view.captures.flatMap(captureTrouble)];
  const figures = [countText(view.packets.total, 'packet', 'packets'), lostText(view.loss)];
  if (view.state === 'ended') return { tone: 'faint', text: `stopped: ${name}`, figures, why };
  const { running, starting: begun, broken } = countStates(view.captures);
  if (running === 0 && begun > 0) return { tone: 'busy', text: `starting on ${name}`, figures: [], why };
  if (running === 0) return { tone: 'warn', text: `nothing is captured of ${name}`, figures, why };
  if (broken > 0) {
    const text = `watching ${name}, ${String(running)} of ${countText(running + begun + broken, 'capture', 'captures')}`;
    return { tone: 'warn', text, figures, why };
  }
  const text = `watching ${name}`;
  if (lost(view.loss) > 0) return { tone: 'warn', text, figures, why };
  if (view.sentences.length === 0) return { tone: 'ok', text, figures, why };
  const warnings = countText(view.sentences.length, 'warning', 'warnings');
  return { tone: 'warn', text, figures: [...figures, warnings], why };
}

/** `default/web-1`, of `default/web-1 (192.168.1.3)`. */
export function onlyText({ name }: NonNullable<WatchView['only']>): string {
  return name.replace(/ \(.*\)$/, '');
}

/** Without those that ended for a good reason: another has taken their place, or there is nothing to listen to. */
function countStates(captures: readonly CaptureView[]): {
  running: number;
  starting: number;
  broken: number;
} {
  const count = (state: CaptureView['state']): number =>
    captures.filter((capture) => capture.state === state).length;
  const off = captures.filter(({ state, sentence }) => state === 'off' && sentence !== null).length;
  return { running: count('running'), starting: count('starting'), broken: count('waiting') + off };
}

function captureTrouble(capture: CaptureView): string[] {
  return capture.sentence === null ? [] : [capture.sentence];
}

export function lost({ kernel, governor, ours }: Loss): number {
  return kernel + governor + ours;
}

/** What several captures lost together. */
export function lossOf(captures: readonly CaptureView[]): Loss {
  return captures.reduce<Loss>(
    (sum, { loss }) => ({
      kernel: sum.kernel + loss.kernel,
      governor: sum.governor + loss.governor,
      ours: sum.ours + loss.ours,
    }),
    noLoss,
  );
}

/**
 * Up to when (the nodes' clocks) every capture that there should be has given its packets or counted them as lost; null
 * when one of them is interrupted or has not said.
 */
export function completeTo({ state, captures }: WatchView): NodeTime | null {
  if (state !== 'on') return null;
  const kept = captures.filter((capture) => capture.state !== 'off');
  if (kept.some(({ state: each, watermark }) => each !== 'running' || watermark === null)) return null;
  return earliest(kept.flatMap(({ watermark }) => watermark ?? []));
}

/** "0 lost", "1,204 lost". */
export function lostText(loss: Loss): string {
  return `${lost(loss).toLocaleString('en')} lost`;
}

/** "1,200 by the kernel, 4 left out to spare the node": who lost them; empty when nobody has lost any. */
export function lossText({ kernel, governor, ours }: Loss): string {
  const part = (count: number, by: string): string[] =>
    count === 0 ? [] : [`${count.toLocaleString('en')} ${by}`];
  return [
    ...part(kernel, 'by the node’s kernel'),
    ...part(governor, 'left out to spare the node'),
    ...part(ours, 'by Hopscope'),
  ].join(', ');
}

/** The earliest of what is there: up to then everything is. */
function earliest(times: readonly NodeTime[]): NodeTime | null {
  return times.reduce<NodeTime | null>(
    (least, time) =>
      least === null || time.s < least.s || (time.s === least.s && time.ns < least.ns) ? time : least,
    null,
  );
}
