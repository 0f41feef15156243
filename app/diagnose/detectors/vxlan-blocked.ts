// VXLAN between nodes (UDP, on the port that its devices have) does not pass.
import { shellWord } from '../../probe/shell-word.ts';
import { blockedTunnel } from '../blocked-tunnel.ts';

const portOf = (port: number | null | undefined): string =>
  typeof port === 'number' ? String(port) : 'PORT';

export const vxlanBlocked = blockedTunnel({
  id: 'vxlan-blocked',
  kind: 'vxlan',
  name: 'VXLAN',
  passes: (device) => `UDP port ${portOf(device?.tunnel?.port)}`,
  captured: (device) => `udp port ${portOf(device?.tunnel?.port)}`,
  ask: ({ name }) =>
    `ip -s link show dev ${shellWord(name)}; bridge fdb show dev ${shellWord(name)}   # twice, on both`,
});
