// One call: is the sender our page, is the name known, does the payload parse, then the handler.
// Apart from Electron, so that every refusal is tested without a window.
import { calls, type CallName, type CallRequest, type CallResponse } from '../../app/contract/calls.ts';
import type { CallReply } from '../preload/channels.ts';
import { PAGE_ORIGIN, isPageUrl } from './page-address.ts';

/** `C` is what a handler needs of the caller beyond the request (the frame that gets a port). */
export type CallHandlers<C> = {
  readonly [N in CallName]: (
    request: CallRequest<N>,
    caller: C,
  ) => CallResponse<N> | Promise<CallResponse<N>>;
};

/** Thrown by a handler: no bug, but a sentence for the page. */
export class Refused extends Error {}

/** What is asked of a sending frame; Electron's WebFrameMain fits. */
export interface SendingFrame {
  readonly url: string;
  readonly origin: string;
  readonly parent: unknown;
}

/** True for the main frame of our window while it shows our page. `null` is a frame that is already gone. */
export function isOurPage<F extends SendingFrame>(sender: F | null, mainFrame: F | null): sender is F {
  return (
    sender !== null &&
    sender === mainFrame &&
    sender.parent === null &&
    sender.origin === PAGE_ORIGIN &&
    isPageUrl(sender.url)
  );
}

export async function dispatchCall<C>(
  handlers: CallHandlers<C>,
  name: unknown,
  request: unknown,
  caller: C,
): Promise<CallReply> {
  if (!isCallName(name)) return refuse('The window asked for something this program does not know.');
  const parsed = calls[name].request.safeParse(request);
  if (!parsed.success) {
    const where = parsed.error.issues.map((issue) => issue.path.join('.') || 'request').join(', ');
    return refuse(`The window sent a malformed ${name}: ${where}.`);
  }
  // Name and request belong together by construction; TypeScript cannot say so of a union.
  const handle = handlers[name] as (request: unknown, caller: C) => unknown;
  try {
    const response = await handle(parsed.data, caller);
    return { ok: true, value: calls[name].response.parse(response) };
  } catch (error) {
    if (error instanceof Refused) return refuse(error.message);
    throw error;
  }
}

function isCallName(name: unknown): name is CallName {
  return typeof name === 'string' && Object.hasOwn(calls, name);
}

function refuse(sentence: string): CallReply {
  return { ok: false, sentence };
}
