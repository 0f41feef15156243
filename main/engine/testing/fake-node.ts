// A node whose captures a test plays: what was asked for, and what tcpdump says.
import type { ClockSync } from '../../../app/probe/clock-sync.ts';
import { fail, ok, type Result } from '../../../app/result.ts';
import type {
  Capture,
  CaptureEvent,
  CaptureFailure,
  CaptureRequest,
  SshConnection,
} from '../../node/capture.ts';
import type { CapturingNode } from '../kept-capture.ts';

/** One tcpdump that was asked for. */
export interface PlayedCapture {
  readonly request: CaptureRequest;
  readonly signal: AbortSignal;
  say(event: CaptureEvent): void;
  /** Disposed of: its channel is closed. */
  closed: boolean;
}

export class FakeNode implements CapturingNode {
  readonly label: string;
  standing: number | null = 1;
  sshConnections: readonly SshConnection[] = [];
  /** What the next captures are refused with. */
  refusal: CaptureFailure | null = null;
  /** Ending a capture takes this long: a node that answers slowly. ms */
  closesAfterMs = 0;
  /** What it says of its clock. */
  sync: ClockSync | null = null;
  readonly captures: PlayedCapture[] = [];
  onMoved: () => void = () => undefined;
  /** What was asked to be read again. */
  readonly rings: string[] = [];

  constructor(label: string) {
    this.label = label;
  }

  get running(): readonly PlayedCapture[] {
    return this.captures.filter(({ closed }) => !closed);
  }

  move(standing: number | null): void {
    this.standing = standing;
    this.onMoved();
  }

  clockSync(): Promise<ClockSync | null> {
    return Promise.resolve(this.sync);
  }

  ring(parts: Iterable<string>): void {
    this.rings.push([...parts].join(' '));
  }

  capture(
    request: CaptureRequest,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<Result<Capture, CaptureFailure>> {
    if (this.refusal !== null) return Promise.resolve(fail(this.refusal));
    const events: CaptureEvent[] = [];
    let wake: () => void = () => undefined;
    const played: PlayedCapture = {
      request,
      signal,
      closed: false,
      say: (event) => {
        events.push(event);
        wake();
      },
    };
    this.captures.push(played);
    signal.addEventListener('abort', () => wake(), { once: true });
    const closes = async (): Promise<void> => {
      if (this.closesAfterMs > 0) await new Promise((resolve) => setTimeout(resolve, this.closesAfterMs));
    };
    const read = async function* (): AsyncGenerator<CaptureEvent> {
      for (;;) {
        if (signal.aborted) await closes();
        const event = signal.aborted ? cancelledEnd : events.shift();
        if (event === undefined) {
          await new Promise<void>((resolve) => (wake = resolve));
          continue;
        }
        yield event;
        if (event.kind === 'end') return;
      }
    };
    return Promise.resolve(
      ok({
        events: read(),
        guardId: 'fake',
        [Symbol.asyncDispose]: () => {
          played.closed = true;
          return Promise.resolve();
        },
      }),
    );
  }
}

const cancelledEnd: CaptureEvent = {
  kind: 'end',
  failure: { kind: 'cancelled', sentence: 'It was stopped.', detail: null },
  totals: null,
};

export function ended(kind: CaptureFailure['kind'], sentence: string): CaptureEvent {
  return { kind: 'end', failure: { kind, sentence, detail: null }, totals: null };
}
