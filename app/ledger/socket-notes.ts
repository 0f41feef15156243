// Which socket a drop may be about: nobody listens but on loopback, or its queue is full.
import type { ListeningSocket } from '../probe/settings-facts.ts';
import type { DropEntry } from './drop-entry.ts';
import type { Ledger } from './ledger.ts';

const MOST_NOTES = 5;

export function socketNotes(
  { reason, namespace }: DropEntry,
  { last }: Ledger,
  sockets: readonly ListeningSocket[],
): string[] {
  const space = last.reading.namespaces.find(({ identity }) => (identity?.inode ?? null) === namespace);
  const here = sockets.filter(({ pid }) => pid === (space?.pid ?? null));
  if (space === undefined) return [];
  const told = here.flatMap((socket) => noteOf(socket, reason) ?? []);
  const more = told.length - MOST_NOTES;
  return more > 0 ? [...told.slice(0, MOST_NOTES), `${String(more)} more sockets like these`] : told;
}

function noteOf(socket: ListeningSocket, reason: DropEntry['reason']): string | null {
  const tcp = socket.protocol.startsWith('tcp');
  const where = `${tcp ? 'TCP' : 'UDP'} ${socket.address}:${String(socket.port)}`;
  const loopback = socket.address.startsWith('127.') || socket.address === '::1';
  if (reason === 'receive-buffer' && !tcp && socket.drops > 0)
    return `${where} has dropped ${String(socket.drops)} since it was opened`;
  if (reason === 'backlog' && tcp && socket.waiting > 0)
    return `${where} has ${String(socket.waiting)} connections that nobody accepts`;
  const nobody = tcp ? 'tcp-no-socket' : 'udp-no-socket';
  return reason === nobody && loopback ? `${where} is heard on loopback alone` : null;
}
