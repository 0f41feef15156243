// Health in words: what, where, since when, how often, and what to do about it.
import { icmpErrorWords } from '../../packet/summary/icmp-summary.ts';
import { assertNever } from '../../result.ts';
import { DNS_NS, HANDSHAKE_NS } from './health-book.ts';
import type { HealthState, Unanswered } from './model.ts';

export interface HealthNames {
  /** Of the flow, as people call them. */
  readonly source: string;
  readonly destination: string;
  /** A visit: `k8s-worker-1/ens192 (out)`. */
  readonly at: (visit: number) => string;
  /** Time of day of a session time. */
  readonly clock: (at: number) => string;
}

export function healthSentence(state: HealthState, names: HealthNames): string {
  const since = sinceText(state, names);
  const { source, destination } = names;
  switch (state.kind) {
    case 'resent':
      return `${counted(state.times, 'segment was', 'segments were')} sent again (${grouped(state.bytes)} bytes) ${since}${vanishedText(state, names)}`;
    case 'windowClosed': {
      const long = `${(state.closedNs / 1e9).toFixed(1)} s in all`;
      return `${source} could take no more bytes (window 0) ${often(state.times)} ${since}, for ${long} as far as was seen: its program reads too slowly; look what it is busy with or waits for.`;
    }
    case 'reset':
      return state.refuses
        ? `The connection was refused (RST) ${often(state.times)} ${since}, seen first at ${names.at(state.visit)}: nothing listens at that port of ${source}, or a rule there rejects it.`
        : `The connection was reset (RST) ${often(state.times)} ${since}, seen first at ${names.at(state.visit)}: if that is not where ${source} is, something on the way sent it in its name; else its program gave up.`;
    case 'handshake':
      return `SYN was sent ${often(state.times)} ${since} and not answered within ${seconds(HANDSHAKE_NS)}: ${fateText(state.unanswered, names)}`;
    case 'dns':
      return `${state.names.map((name) => `“${name}”`).join(', ')}: asked of ${destination} ${often(state.times)} ${since} and not answered within ${seconds(DNS_NS)}: ${fateText(state.unanswered, names)}`;
    case 'blackHole': {
      const { least, most, after, before, tooBig } = state;
      const words = tooBig === null ? null : icmpErrorWords(tooBig.family, tooBig.type, tooBig.code);
      const said =
        tooBig === null
          ? 'no router was seen to say so: let ICMP “fragmentation needed” pass, or lower the MTU of the Pods'
          : `“${words ?? 'too big'}” was seen at ${names.at(tooBig.visit)}, and ${source} goes on as before: let that reach it, or lower the MTU of the Pods`;
      return `Segments of ${grouped(least)} bytes and more vanish after ${place(names, after, before)}, ${often(state.times)} ${since}, while ${most === 0 ? 'those without payload pass' : `those of up to ${grouped(most)} bytes pass`}: the MTU behind there is smaller, and ${said}.`;
    }
    default:
      return assertNever(state);
  }
}

function vanishedText({ vanished }: Extract<HealthState, { kind: 'resent' }>, names: HealthNames): string {
  if (vanished.length === 0)
    return '; none of this flow was seen to be dropped: perhaps its acknowledgements are late or dropped, look at the flow back.';
  const where = vanished.map(
    ({ times, after, before }) =>
      `${counted(times, 'packet', 'packets')} vanished after ${place(names, after, before)}`,
  );
  return `: ${where.join(', ')}; look what takes ${vanished.length === 1 ? 'them' : 'each'} there.`;
}

function fateText(unanswered: Unanswered, names: HealthNames): string {
  switch (unanswered.fate) {
    case 'vanished':
      return `it was not seen any more after ${place(names, unanswered.after, unanswered.before)}; look what takes it there.`;
    case 'silent':
      return `it came to ${names.at(unanswered.at)}, and nothing came back out of there: look whether its program listens, is too busy, or has a filter before it.`;
    case 'answerVanished':
      return `an answer was sent, and not seen any more after ${place(names, unanswered.after, unanswered.before)}; look at the way back.`;
    case 'unseen':
      return `it went as far as ${names.at(unanswered.after)}, what became of it behind there was not captured, and nothing came back.`;
    default:
      return assertNever(unanswered);
  }
}

function place(names: HealthNames, after: number, before: number | null): string {
  return before === null ? names.at(after) : `${names.at(after)}, before ${names.at(before)}`;
}

function sinceText({ since, last, times }: HealthState, { clock }: HealthNames): string {
  return times === 1 || clock(since) === clock(last)
    ? `at ${clock(since)}`
    : `from ${clock(since)} to ${clock(last)}`;
}

function often(times: number): string {
  return times === 1 ? 'once' : `${grouped(times)} times`;
}

function counted(times: number, one: string, several: string): string {
  return times === 1 ? `1 ${one}` : `${grouped(times)} ${several}`;
}

function grouped(count: number): string {
  return count.toLocaleString('en');
}

function seconds(ns: number): string {
  return `${String(ns / 1e9)} s`;
}
