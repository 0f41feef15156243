// What a node's tunnels, and the devices below them, sent and received between two samples: whether packets that one node puts into
// a tunnel come out at another, only both together can tell.
import type { CountersReading } from '../probe/counter-facts.ts';
import type { InterfaceKind } from '../probe/facts.ts';
import { deviceKey, type DropContext } from './drop-context.ts';
import { namespaceRises } from './namespace-rises.ts';

interface DeviceTraffic {
  readonly device: string;
  readonly sent: number;
  /** What came to it, whether it could take it or not. */
  readonly received: number;
}

export interface CarriedTraffic {
  /** Of the node's own namespace, those that do not lead to another namespace of it. */
  readonly devices: readonly DeviceTraffic[];
  /** Datagrams that came to UDP, whether anybody was there for them or not, and those that programs sent. */
  readonly udp: { readonly received: number; readonly sent: number };
  /** TCP segments that were sent again for want of an answer, in all namespaces of the node. */
  readonly resent: number;
}

/** A node has a few NICs and tunnels; of one that has hundreds of devices (VLANs, taps of machines) those come first. */
const MOST_DEVICES = 32;
const FIRST: readonly InterfaceKind[] = ['vxlan', 'ipip', 'wireguard', 'physical', 'bond'];
const UDP_IN = ['InDatagrams', 'NoPorts', 'InErrors'];

export function carriedTraffic(
  before: CountersReading,
  after: CountersReading,
  { devices: known }: DropContext,
): CarriedTraffic {
  const all = namespaceRises(before, after);
  const own = all.find(({ inode }) => inode === null);
  const both = (name: string): number => (own?.of(`Udp${name}`) ?? 0) + (own?.of(`Udp6${name}`) ?? 0);
  return {
    devices: (own?.devices ?? [])
      .flatMap((device) => {
        const context = known.get(deviceKey(null, device.name));
        const leads = context !== undefined && context.peer === null && context.kind !== 'loopback';
        return leads ? [{ ...device, isFirst: FIRST.includes(context.kind) }] : [];
      })
      .sort((a, b) => Number(b.isFirst) - Number(a.isFirst))
      .slice(0, MOST_DEVICES)
      .map(({ name, of }) => ({
        device: name,
        sent: of('txPackets'),
        received: of('rxPackets') + of('rxDropped') + of('rxErrors'),
      })),
    udp: {
      received: UDP_IN.reduce((sum, name) => sum + both(name), 0),
      sent: both('OutDatagrams'),
    },
    resent: all.reduce((sum, { of }) => sum + of('TcpRetransSegs'), 0),
  };
}
