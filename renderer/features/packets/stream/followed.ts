// Which stream is followed, and what came of it.
import { create } from 'zustand';
import type { FollowedStream } from '../../../../app/contract/followed-stream.ts';
import { call } from '../../../bridge/call.ts';
import { useWatchState } from '../../../state/watch.ts';

interface Followed {
  /** The packet that was asked by; null: nothing is followed. */
  readonly packet: number | null;
  /** Null while it is put together. */
  readonly stream: FollowedStream | null;
  readonly trouble: string | null;
}

const nothing: Followed = { packet: null, stream: null, trouble: null };

export const useFollowed = create<Followed>(() => nothing);

/** Shows the TCP stream that a packet of this run belongs to. */
export function followStream(packet: number): void {
  const { run } = useWatchState.getState().view;
  useFollowed.setState({ packet, stream: null, trouble: null });
  const tell = (what: Partial<Followed>): void => {
    // Meanwhile it may have been closed, or another asked for.
    if (useFollowed.getState().packet === packet) useFollowed.setState(what);
  };
  call('packets.follow', { run, number: packet }).then(
    (answer) => {
      tell(answer.ok ? { stream: answer } : { trouble: answer.sentence });
    },
    () => {
      tell({ trouble: 'The stream could not be put together; try again.' });
    },
  );
}

export function closeStream(): void {
  useFollowed.setState(nothing);
}
