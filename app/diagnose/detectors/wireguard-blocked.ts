// WireGuard between nodes (UDP, on the port that each peer's endpoint has) does not pass: handshakes are sent and not answered.
import { shellWord } from '../../probe/shell-word.ts';
import { blockedTunnel } from '../blocked-tunnel.ts';

export const wireguardBlocked = blockedTunnel({
  id: 'wireguard-blocked',
  kind: 'wireguard',
  name: 'WireGuard',
  passes: () => 'WireGuard’s UDP port (wg show: listening port)',
  captured: () => 'udp port PORT',
  ask: ({ name }) =>
    `wg show ${shellWord(name)}   # on both: listening port, endpoints, and when the latest handshake was`,
});
