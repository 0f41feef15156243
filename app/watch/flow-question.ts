// What to ask of a trace about a flow that was seen: a connection's packets one way are the path of who opened it, those the other way its way
// back, which filters let through as an answer and would not as a question.
import type { TraceRequest } from '../trace/model.ts';
import type { FlowTuple } from './flow-table.ts';

const PROTOCOLS: Readonly<Record<number, TraceRequest['proto']>> = {
  1: 'icmp',
  58: 'icmp',
  6: 'tcp',
  17: 'udp',
};
const SYN = 0x02;
const ACK = 0x10;
const ECHO_REPLIES: ReadonlySet<number> = new Set([0, 129]);
const ECHO_REQUESTS: ReadonlySet<number> = new Set([8, 128]);

export interface FlowQuestion {
  readonly request: TraceRequest;
  /** The flow's own packets are those of the way back. */
  readonly isAnswer: boolean;
}

/** @param flags of a packet of it: TCP's, or ICMP's type << 8 | code. Null: nothing can be asked about such a flow. */
export function questionOf(tuple: FlowTuple, flags: number): FlowQuestion | null {
  const proto = PROTOCOLS[tuple.protocol];
  if (proto === undefined) return null;
  const isAnswer = answers(tuple, flags);
  if (isAnswer === null) return null;
  const { source, destination, sourcePort, destinationPort } = tuple;
  const [from, to, sport, port] = isAnswer
    ? [destination, source, destinationPort, sourcePort]
    : [source, destination, sourcePort, destinationPort];
  const ports = proto === 'icmp' ? { port: null } : { port: port || null, sport: sport || null };
  return { request: { from, to, proto, size: null, ...ports }, isAnswer };
}

/** Null: neither a question nor an answer. */
function answers({ protocol, sourcePort, destinationPort }: FlowTuple, flags: number): boolean | null {
  if (PROTOCOLS[protocol] === 'icmp') {
    const type = flags >> 8;
    return ECHO_REPLIES.has(type) ? true : ECHO_REQUESTS.has(type) ? false : null;
  }
  if (protocol === 6 && (flags & SYN) !== 0) return (flags & ACK) !== 0;
  // Of a connection that was there before: servers have the lower port.
  return sourcePort < destinationPort;
}
