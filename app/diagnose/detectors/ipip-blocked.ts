// IP in IP between nodes (protocol 4: neither TCP nor UDP, so that many security groups do not know it) does not pass.
import { shellWord } from '../../probe/shell-word.ts';
import { blockedTunnel } from '../blocked-tunnel.ts';

export const ipipBlocked = blockedTunnel({
  id: 'ipip-blocked',
  kind: 'ipip',
  name: 'IPIP',
  passes: () => 'IP protocol 4',
  captured: () => 'ip proto 4',
  ask: ({ name }) => `ip -s link show dev ${shellWord(name)}   # twice, on both`,
});
