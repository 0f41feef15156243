// A packet that a rule gives to a program in user space (net/netfilter/nf_queue.c nf_queue, nfnetlink_queue.c nfqnl_enqueue_packet).
import type { PacketView } from './packet-view.ts';
import type { Ending } from './rule-program.ts';

/** Of several a hash, or the CPU, chooses one. */
export interface QueueSpan {
  readonly first: number;
  readonly last: number;
}

/** @param bypass where nobody listens it goes on to the next base chain, and is dropped else. @param name of the target or statement. */
export function queued(
  span: QueueSpan | null,
  bypass: boolean,
  name: string,
): (view: Pick<PacketView, 'context'>) => Ending {
  const why = `a program in user space decides (${name})`;
  return ({ context: { queues } }) => {
    if (queues === undefined || span === null) return { kind: 'unknown', why };
    const { first, last } = span;
    if (queues.some((one) => one >= first && one <= last)) return { kind: 'unknown', why };
    if (bypass) return { kind: 'accept' };
    const called = first === last ? `queue ${String(first)}` : `queues ${String(first)} to ${String(last)}`;
    return { kind: 'unknown', why, unheard: `gives it to ${called}, to which no program listens` };
  };
}
