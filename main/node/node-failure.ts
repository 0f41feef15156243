// Why something we wanted to run on a node gave no answer. `sentence` says what happened and what to do.
import { plainText } from '../../app/plain-text.ts';
import type { ChannelExit, ChannelFailure } from '../ssh/transport.ts';

export interface NodeFailure {
  readonly kind:
    | 'limit' // the node allows no further channel (MaxSessions)
    | 'refused' // the channel was refused
    | 'lost' // the connection went away
    | 'cancelled' // we did not want it any more
    | 'deadline' // it took longer than it was given
    | 'no-shell' // something else than our script answered: nologin, a forced command, sudo's refusal
    | 'ended'; // the guard ended without giving an exit status: killed on the node, or its stdin broke
  readonly sentence: string;
  /** Evidence, line by line: what was printed instead, or the transport's own words. */
  readonly detail?: string;
}

/** The channel was never opened. */
export function channelFailure(failure: ChannelFailure): NodeFailure {
  return { kind: failure.kind, sentence: failure.sentence };
}

export const cancelled: NodeFailure = {
  kind: 'cancelled',
  sentence: 'Nobody waits for this node any more, so it was stopped.',
};

export function deadlineFailure(deadlineMs: number): NodeFailure {
  return {
    kind: 'deadline',
    sentence: `The node did not finish within ${String(Math.round(deadlineMs / 100) / 10)} s, so the command was ended there; try again, or look at the node's load.`,
  };
}

function exitWords(exit: ChannelExit): string {
  if (exit.kind === 'exit') return `exit status ${String(exit.code)}`;
  if (exit.kind === 'signal') return `signal ${exit.signal}`;
  return exit.kind === 'lost' ? exit.failure.sentence : exit.sentence;
}

/** What a node printed, for `detail`: its lines stay lines, nothing else of it can steer a terminal. */
export function printedEvidence(printed: string): string {
  return printed.trim().slice(0, 2000).split(/\r*\n/).map(plainText).join('\n');
}

/** The channel ended before it gave what was asked for. `began`: our script's first words had arrived. */
export function endFailure(exit: ChannelExit, began: boolean, printed: string): NodeFailure {
  const detail = printedEvidence(printed);
  const evidence = detail === '' ? {} : { detail };
  if (exit.kind === 'revoked') return { kind: 'limit', sentence: exit.sentence };
  if (exit.kind === 'lost') return { kind: 'lost', sentence: exit.failure.sentence, ...evidence };
  if (began) {
    return {
      kind: 'ended',
      sentence: `Our command on the node was ended from outside (${exitWords(exit)}); it is started again when the node is read again.`,
      ...evidence,
    };
  }
  const said = detail.split('\n').at(-1) ?? '';
  return {
    kind: 'no-shell',
    sentence:
      said === ''
        ? `The login gives no POSIX shell (${exitWords(exit)}): it needs an account whose shell runs commands, with /bin/sh on the node.`
        : `The login did not run our command (${exitWords(exit)}); the node said: ${said.slice(0, 300)}`,
    ...evidence,
  };
}
