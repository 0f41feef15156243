// What is told of a node where less is captured than there would be.
import { fewOf } from '../few-of.ts';
import type { Degree, Excess } from './governor.ts';

/** Names in a sentence that one still reads. */
const MOST_NAMES = 8;

export interface Governed {
  readonly nodeLabel: string;
  readonly degree: Exclude<Degree, 'all'>;
  /** Null: it is a trial, after a rest with nothing at all. */
  readonly excess: Excess | null;
  /** `HH:MM:SS` */
  readonly since: string;
  /** With whom the Pod's packets are still captured. */
  readonly peers: readonly string[];
}

/** @param again `HH:MM:SS`: when more is tried at the earliest */
export function governedSentence(governed: Governed, again: string): string {
  const { nodeLabel, since } = governed;
  const whatFor = governed.excess === null ? 'To see what' : 'To spare';
  const who = governed.excess === null ? `${nodeLabel} can spare again` : nodeLabel;
  return `${whatFor} ${who}, since ${since} ${whatIs(governed, 'is')}${whyOf(governed)}. More is tried from ${again} on.`;
}

/** @param until `HH:MM:SS` */
export function sparedSentence(governed: Governed, until: string): string {
  const { nodeLabel, since } = governed;
  return `To spare ${nodeLabel}, from ${since} to ${until} ${whatIs(governed, 'was')}${whyOf(governed)}.`;
}

function whatIs({ degree, peers }: Governed, is: 'is' | 'was'): string {
  if (degree === 'counters')
    return `nothing ${is} captured there, and what is known of it are its interfaces’ counters`;
  return `only what the Pod ${is === 'is' ? 'exchanges' : 'exchanged'} with ${fewOf(peers, MOST_NAMES)}, and who ${is === 'is' ? 'refuses' : 'refused'} it, ${is} captured there, and all else ${is} not captured there`;
}

function whyOf({ excess }: Governed): string {
  return excess === null ? '' : `: ${excessWords(excess)}`;
}

function excessWords({ of, load, cap }: Excess): string {
  switch (of) {
    case 'packets':
      return `there were ${count(load.packets)} packets a second, and ${count(cap)} are asked of a node at most`;
    case 'bytes':
      return `it sent ${mega(load.bytes)} MB of captures a second, and ${mega(cap)} are asked of a node at most`;
    case 'cpu':
      return `its captures took ${load.cpu.toFixed(1)} processors, and ${cap.toFixed(1)} ${cap === 1 ? 'is' : 'are'} asked of a node at most`;
    case 'dropped':
      return `its kernel had no room for ${count(load.dropped)} of ${count(load.packets)} packets a second`;
  }
}

const count = (number: number): string => Math.round(number).toLocaleString('en');
const mega = (bytes: number): string => (bytes / 1_000_000).toFixed(1);
