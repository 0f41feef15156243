// Who listens in a namespace, as `ss -l` lists it.
import type { ListeningSocket } from '../probe/settings-facts.ts';
import { ACK, TCP, UDP } from './flow-words.ts';
import type { TracedNamespace } from './namespace.ts';
import type { TracedPacket } from './packet.ts';

export function listenersOf(
  sockets: readonly ListeningSocket[],
  protocol: number,
): readonly ListeningSocket[] {
  return sockets.filter((one) => isOf(one.protocol, protocol));
}

/** There may be others that were not listed. */
export function mayBeCut({ socketsCut = [] }: TracedNamespace, protocol: number): boolean {
  return socketsCut.some((one) => isOf(one, protocol));
}

/** Whatever its family. */
function isOf(name: string, protocol: number): boolean {
  return name.startsWith(protocol === TCP ? 'tcp' : 'udp');
}

/** No proxy takes what begins here: nobody listens on that port. What belongs to a connection goes to its own socket. */
export function isUnheard(at: TracedNamespace, { protocol, tcpFlags }: TracedPacket, port: number): boolean {
  const { sockets } = at;
  const begins = protocol === UDP || (protocol === TCP && (tcpFlags & ACK) === 0);
  return (
    begins &&
    sockets !== null &&
    !mayBeCut(at, protocol) &&
    !listenersOf(sockets, protocol).some((one) => one.port === port)
  );
}
