// Why a capture did not start or ended: a sentence that says what to do, and the node's own words.
import type { ChannelExit } from '../ssh/transport.ts';
import type { CaptureFailure, CaptureRequest } from './capture-events.ts';
import { endFailure, printedEvidence, type NodeFailure } from './node-failure.ts';
import type { Rights } from './rights.ts';

export interface Where {
  /** What sentences call the node. */
  readonly label: string;
  readonly request: CaptureRequest;
  readonly rights: Rights;
}

function failure(kind: CaptureFailure['kind'], sentence: string, words = ''): CaptureFailure {
  const detail = printedEvidence(words);
  return { kind, sentence, detail: detail === '' ? null : detail };
}

export const cancelledCapture = failure('cancelled', 'This capture was stopped.');

/** Entering a Pod's namespace takes root. */
export function insideNotPermitted({ label }: Where): CaptureFailure {
  const sentence = `This login may not enter Pods on ${label}, so nothing is captured inside: log in as root, or install the wrapper and set sudo: true.`;
  return failure('not-permitted', sentence);
}

/** No channel, or one whose process was not ours. */
export function fromNodeFailure({ kind, sentence, detail }: NodeFailure): CaptureFailure {
  if (kind === 'cancelled') return cancelledCapture;
  if (kind === 'ended') return failure('killed', sentence, detail);
  return failure(kind === 'deadline' ? 'failed' : kind, sentence, detail);
}

/** The node's half did not say why it ended. */
export function fromExit(where: Where, exit: ChannelExit, began: boolean, words: string): CaptureFailure {
  if (began && (exit.kind === 'exit' || exit.kind === 'signal')) {
    const sentence = `The capture on ${where.label} was ended from outside, with the guard around it: start it again.`;
    return failure('killed', sentence, words);
  }
  return fromNodeFailure(endFailure(exit, began, words));
}

/** `word`: what the node's half said last (capture-script.ts). `words`: tcpdump's. */
export function fromWord(where: Where, word: string, words: string): CaptureFailure {
  const { label, request, rights } = where;
  switch (word) {
    case 'missing':
      return failure(
        'missing-tool',
        `There is no tcpdump on ${label}: install the package tcpdump there, then start the capture again.`,
      );
    case 'nsenter':
      return failure(
        'missing-tool',
        `There is no nsenter on ${label}, so nothing is captured inside its Pods: install the package util-linux there.`,
      );
    case 'gone':
      return failure(
        'namespace-gone',
        `The Pod's network namespace on ${label} is gone: select the Pod again for the present one.`,
      );
    case 'interface':
      return failure('failed', `${label} has no interface ${request.interfaceName ?? 'any'} any more.`);
    case 'refused':
      return failure('filter-refused', `tcpdump on ${label} refuses this filter: ${lastLine(words)}`, words);
    case 'sll':
      return oldTcpdump(where);
    case 'bad':
      return failure(
        'failed',
        `The node's half of Hopscope on ${label} did not take the capture's parameters.`,
      );
  }
  const status = Number(word);
  if (/not permitted|permission/i.test(words)) {
    const mend =
      rights.tier === 1
        ? 'give the copy its rights again (setcap cap_net_raw+ep)'
        : 'log in as root, install the wrapper and set sudo: true, or give this login the copy that may capture';
    return failure('not-permitted', `This login may not capture on ${label}: ${mend}.`, words);
  }
  // 0: somebody asked it to end, for we never ask; 128 + n: signal n.
  if (status === 0 || status > 128) {
    const how = status > 128 ? ` (signal ${String(status - 128)})` : '';
    return failure('killed', `tcpdump on ${label} was ended by somebody else${how}.`, words);
  }
  return failure('failed', `tcpdump on ${label} could not go on: ${lastLine(words)}`, words);
}

/** tcpdump before 4.99 gives `any` without interfaces. */
export function oldTcpdump({ label }: Where): CaptureFailure {
  const sentence = `tcpdump on ${label} is too old to tell interfaces apart in one capture: each interface is captured by itself, or install tcpdump 4.99 there.`;
  return failure('no-sll2', sentence);
}

export function frozen({ label }: Where, seconds: number): CaptureFailure {
  const sentence = `tcpdump on ${label} did not answer for ${String(seconds)} s, as if somebody had stopped it; it is ended, and started again.`;
  return failure('frozen', sentence);
}

export function notPcap({ label }: Where, instead: string): CaptureFailure {
  const sentence = `What ${label} sent is no packet capture: look at what tcpdump is there.`;
  return failure('failed', sentence, instead);
}

function lastLine(words: string): string {
  const line = printedEvidence(words).split('\n').at(-1) ?? '';
  return line === '' ? 'it did not say why.' : line.slice(0, 300);
}
