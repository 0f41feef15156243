import type { FlowEnd, TrailView } from '../../../app/contract/trails.ts';
import { endText, type Talk } from '../../state/talks.ts';
import { clockText, countText, usText } from '../../state/text.ts';
import { verdictWords } from '../../state/verdict-words.ts';
import type { GapWords } from './slant.ts';

export const ladderStrings = {
  label: 'Packets on their way, in the order in which they began',
  lanes: 'Lanes: vantage points, in the order of the way',
  choose: 'Whose packets',
  busiest: 'The busiest of this Pod',
  empty: 'Click a Pod: its packets are followed from place to place, and shown here.',
  waiting: 'No packet has been followed yet.',
  nothing: 'No packet of this connection is kept any more.',
  paused: 'No packet up to the pause is kept any more.',
  linkLost: 'The window has lost the stream of packets’ ways and asks for it again…',
  pause: 'Pause',
  resume: 'Resume',
  follow: 'Follow',
  followTitle: 'Keep the newest packet in sight (End)',
  scale: 'Lines fall by latency, not to scale; below one another in order of time',
  missed: (count: number): string => `${countText(count, 'packet', 'packets')} not followed`,
  missedTitle: 'There was too much at once, or nobody knew the interface: nothing is said of them',
  talk: ({ protocol, client, server, connections }: Talk): string =>
    `${nameOf(connections > 1 ? { ...client, port: null } : client)} → ${nameOf(server)} · ${protocol}${connections > 1 ? ` · ${String(connections)} connections` : ''}`,
  ways: { in: 'in', out: 'out', other: 'either way' },
  select: (label: string): string => `${label}: select it`,
  alike: (count: number): string => `${count.toLocaleString('en')} × like this`,
  showEach: 'Show each',
  fold: 'Fold what is alike',
  packets: (count: number): string => `Show among the packets (${String(count)})`,
  packetsTitle: 'The same packet wherever it was captured, in the packets view',
  trace: 'Which way should it go?',
  close: 'Select none',
  inAll: (us: number): string => `${usText(us)} in all`,
  said: (trail: TrailView, alike: number, places: number, sentence: string | null): string =>
    [
      timeText(trail.at),
      trail.summary,
      sentence ?? verdictWords[trail.verdict],
      `seen at ${countText(places, 'place', 'places')}`,
      ...(alike > 1 ? [`${String(alike)} like this`] : []),
    ].join(', '),
  after: (where: string): string => `dropped after ${where}`,
  beyond: (where: string): string => `not captured beyond ${where}`,
  gaps: {
    half: '½ RTT',
    notCompared: 'clocks not compared',
    seen: (count, p50, p95) =>
      `Half of ${countText(count, 'packet', 'packets')} took at most ${p50}, 95 % at most ${p95}.`,
    sure: (plusMinus) => `One way alone is known to ± ${plusMinus}: so well can their clocks be compared.`,
    halfTitle: 'Half of the round trip between the two nodes: that does not depend on their clocks.',
    notComparedTitle: 'Between nodes, clocks not compared: how long it took one way is not known.',
  } satisfies GapWords,
};

function nameOf(end: FlowEnd): string {
  if (end.name === null) return endText(end);
  return end.port === null ? end.name : `${end.name}:${String(end.port)}`;
}

/** "14:22:07.123" in UTC, by the clock of the node that saw it first. */
export function timeText(at: number): string {
  return `${clockText(at)}.${String(Math.floor(((at % 1000) + 1000) % 1000)).padStart(3, '0')}`;
}
