// What ails a flow, as far as the captures saw enough to know: states with a name, each with where, since when and how often.
import type { Covered, Span } from '../coverage.ts';
import type { Refusal } from '../model.ts';

export interface HealthContext {
  /** IP protocol of a flow; null: it is forgotten. */
  readonly protocolOf: (flow: number) => number | null;
  /** The connection that a flow is of, as far as is known now. */
  readonly connectionOf: (flow: number) => number;
  /** That of packets that answer a flow's. */
  readonly opposite: (flow: number) => number;
  /** Whether packets of a flow, and their answers, would have been seen at a visit's interface. */
  readonly covered: (visit: number, flow: number, span: Span) => Covered;
}

/** Session time, ns. */
export interface Lasting {
  readonly times: number;
  readonly since: number;
  readonly last: number;
}

/** How often packets were seen at `after`, and not at `before` any more (null: nobody knows where next). */
export interface Vanished {
  readonly after: number;
  readonly before: number | null;
  readonly times: number;
}

/** What became of questions that nobody answered. */
export type Unanswered =
  /** They vanished on their way. */
  | { readonly fate: 'vanished'; readonly after: number; readonly before: number | null }
  /** They arrived, and nothing came out of there. */
  | { readonly fate: 'silent'; readonly at: number }
  /** An answer was sent, and vanished. */
  | { readonly fate: 'answerVanished'; readonly after: number; readonly before: number | null }
  /** They went on beyond where anybody captures, and nothing came back. */
  | { readonly fate: 'unseen'; readonly after: number };

export type HealthState =
  /** Bytes that had been sent were sent again. Of this flow's bytes `vanished`, whichever copy. */
  | (Lasting & { readonly kind: 'resent'; readonly bytes: number; readonly vanished: readonly Vanished[] })
  /** Who sends these packets could take no more bytes. */
  | (Lasting & { readonly kind: 'windowClosed'; readonly closedNs: number })
  /** @param visit where a reset was seen first; `refuses`: it answers a SYN */
  | (Lasting & { readonly kind: 'reset'; readonly visit: number; readonly refuses: boolean })
  | (Lasting & { readonly kind: 'handshake'; readonly unanswered: Unanswered })
  /** @param names asked for last */
  | (Lasting & { readonly kind: 'dns'; readonly unanswered: Unanswered; readonly names: readonly string[] })
  /** Segments of `least` bytes and more vanish, those of `most` bytes pass. */
  | (Lasting & {
      readonly kind: 'blackHole';
      readonly after: number;
      readonly before: number | null;
      readonly least: number;
      readonly most: number;
      /** Who said that they are too big; null: nobody was seen to say so. */
      readonly tooBig: Refusal | null;
    });

export interface FlowHealth {
  readonly connection: number;
  readonly states: readonly HealthState[];
}
