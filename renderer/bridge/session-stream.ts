// The session's stream: one view, one topology, then patches. A gap in revisions ends it like a lost port: it is
// opened again, since main starts every stream with the whole.
import type { SessionMessage, SessionReply } from '../../app/contract/session.ts';
import { type CountedSink, followCounted } from './counted-stream.ts';

const pong: SessionReply = { type: 'pong' };

/** Follows the session until the signal aborts. */
export function followSession(
  sink: Pick<CountedSink<SessionMessage>, 'take' | 'linkChanged'>,
  options: { signal: AbortSignal },
): Promise<void> {
  const uncounted = (reply: (message: unknown) => void): void => {
    reply(pong);
  };
  return followCounted({ kind: 'session' }, { ...sink, uncounted }, options);
}
