// The only two names that cross between preload and main. Everything else is data on them.

/** Page → main: `invoke(CALL_CHANNEL, name, request)`, answered with a `CallReply`. */
export const CALL_CHANNEL = 'hopscope:call';

/** Main → page: the nonce, with one MessagePort attached. */
export const PORT_CHANNEL = 'hopscope:port';

/** An answer as it crosses: a refusal travels as a sentence, since Electron would wrap a thrown error's text. */
export type CallReply =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly sentence: string };
