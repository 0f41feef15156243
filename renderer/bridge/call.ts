import type { CallName, CallRequest, CallResponse } from '../../app/contract/calls.ts';

/** One typed call to main. Rejects with main's own sentence when main refuses the call. */
export function call<N extends CallName>(name: N, request: CallRequest<N>): Promise<CallResponse<N>> {
  return window.hopscope.call(name, request);
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
  return error instanceof Error ? error.message : String(error);
}
