import type { CallName, CallRequest, CallResponse } from '../../app/contract/calls.ts';
import { plainLines } from '../../app/plain-text.ts';
import { mended } from './plain.ts';

/** What is kept as it came, since it can be copied: whoever shows it makes it plain. */
const asItCame: ReadonlySet<CallName> = new Set<CallName>([
  'evidence.read',
  'etcd.keys',
  'etcd.value',
  'packets.detail',
  'packets.follow',
]);

/**
 * One typed call to main. Rejects with main's own sentence when main refuses the call. Answers hold what nodes call
 * things: a chain's comment may turn the text after it around, so each is made plain here, where none is forgotten.
 */
export async function call<N extends CallName>(name: N, request: CallRequest<N>): Promise<CallResponse<N>> {
  const answer = await window.hopscope.call(name, request);
  return asItCame.has(name) ? answer : mended(answer, plainLines);
}

/** For calls whose answer nobody waits for; a refusal is reported instead of being lost. */
export function callAndForget<N extends CallName>(
  name: N,
  request: CallRequest<N>,
  onRefused: (sentence: string) => void,
): void {
  call(name, request).catch((error: unknown) => {
    onRefused(sentenceOf(error));
  });
}

export function sentenceOf(error: unknown): string {
  return plainLines(error instanceof Error ? error.message : String(error));
}
