// The words of $SSH_CONNECTION (ssh(1)): client address and port, server address and port.
import { isIP } from 'node:net';
import type { SshConnection } from './capture-events.ts';

/** null where it names no TCP connection: `UNKNOWN` of an sshd on pipes, or no sshd at all. */
export function parseSshConnection(text: string): SshConnection | null {
  const [client, clientPort, server, serverPort, ...more] = text.trim().split(' ');
  const connection = {
    client: bareAddress(client),
    clientPort: port(clientPort),
    server: bareAddress(server),
    serverPort: port(serverPort),
  };
  const { client: from, server: to } = connection;
  return more.length > 0 || from === null || to === null || !connection.clientPort || !connection.serverPort
    ? null
    : { ...connection, client: from, server: to };
}

/** An IP address without its zone, which pcap-filter(7) does not know; null where it is none. */
export function bareAddress(text = ''): string | null {
  const bare = text.replace(/%.*$/, '');
  return isIP(bare) === 0 ? null : bare;
}

function port(text = ''): number {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return value <= 65_535 ? value : 0;
}
