// VXLAN that nobody here takes: UDP delivered it (UdpInDatagrams), and no device received it. Programs' datagrams are in the same
// counter when they are read, so that it says something only where another node is known to send so (vxlan-strangers.ts), and then
// no more than a bound: what tunnels received and, for answers, what programs sent is taken off.
import { deviceKey, type DropContext } from './drop-context.ts';
import type { DropEntry } from './drop-entry.ts';
import type { NamespaceRises } from './namespace-rises.ts';

/** Of which UDP delivers the packets; `other` may be (Geneve). */
const IN_UDP = new Set(['vxlan', 'wireguard', 'other']);

export function reckonVxlan(
  { of, devices, inode }: NamespaceRises,
  { devices: known, strangers }: DropContext,
): DropEntry[] {
  const [stranger] = strangers;
  if (stranger === undefined) return [];
  const taken = devices
    .filter(({ name }) => IN_UDP.has(known.get(deviceKey(inode, name))?.kind ?? 'other'))
    .reduce(
      (sum, device) => sum + device.of('rxPackets') + device.of('rxDropped') + device.of('rxErrors'),
      0,
    );
  const delivered = of('UdpInDatagrams') + of('Udp6InDatagrams');
  const packets = delivered - taken - of('UdpOutDatagrams') - of('Udp6OutDatagrams');
  if (packets <= 0) return [];
  return [
    {
      reason: 'vxlan-stranger',
      namespace: inode,
      device: stranger.device,
      packets,
      proof: [
        { counter: 'UdpInDatagrams', rise: delivered },
        { counter: 'rx of tunnels in UDP', rise: taken },
      ],
    },
  ];
}
