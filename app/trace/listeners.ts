// Who listens in a namespace, as `ss -l` lists it.
import type { ListeningSocket } from '../probe/settings-facts.ts';
import { ACK, TCP, UDP } from './flow-words.ts';
import type { TracedNamespace } from './namespace.ts';
import type { TracedPacket } from './packet.ts';

/** The script lists so many lines of each file: beyond them there may be others. */
const MAYBE_CUT = 95;

export function listenersOf(
  sockets: readonly ListeningSocket[],
  protocol: number,
): readonly ListeningSocket[] {
  return sockets.filter((one) => one.protocol.startsWith(protocol === TCP ? 'tcp' : 'udp'));
}

export function mayBeCut(sockets: readonly ListeningSocket[], protocol: number): boolean {
  return listenersOf(sockets, protocol).length >= MAYBE_CUT;
}

/** No proxy takes what begins here: nobody listens on that port. What belongs to a connection goes to its own socket. */
export function isUnheard(
  { sockets }: TracedNamespace,
  { protocol, tcpFlags }: TracedPacket,
  port: number,
): boolean {
  const begins = protocol === UDP || (protocol === TCP && (tcpFlags & ACK) === 0);
  return (
    begins &&
    sockets !== null &&
    !mayBeCut(sockets, protocol) &&
    !listenersOf(sockets, protocol).some((one) => one.port === port)
  );
}
