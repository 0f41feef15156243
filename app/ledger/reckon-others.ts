// IPv6, transports, devices: reasons that have counters of their own.
import type { DeviceColumn, DeviceRises, NamespaceRises } from './namespace-rises.ts';
import { deviceKey, type DropContext } from './drop-context.ts';
import type { DropEntry } from './drop-entry.ts';
import type { DropReason } from './drop-reasons.ts';
import type { Reckoned } from './reckon-ip.ts';

/** [reason, counters whose sum it is, counters that show it as well]. */
const own: readonly (readonly [DropReason, readonly string[], readonly string[]])[] = [
  ['no-route6', ['Ip6InNoRoutes'], ['Icmp6OutDestUnreachs']],
  ['too-big6', ['Ip6InTooBigErrors'], ['Ip6FragFails']],
  ['hop-limit6', ['Ip6InHdrErrors'], ['Icmp6OutTimeExcds']],
  ['forwarding-off', ['Ip6InAddrErrors'], []],
  ['firewall-output6', ['Ip6OutDiscards'], []],
  [
    'bad-checksum',
    ['TcpInCsumErrors', 'UdpInCsumErrors', 'IcmpInCsumErrors', 'Udp6InCsumErrors', 'Icmp6InCsumErrors'],
    [],
  ],
  ['udp-no-socket', ['UdpNoPorts', 'Udp6NoPorts'], []],
  [
    'receive-buffer',
    ['UdpRcvbufErrors', 'Udp6RcvbufErrors', 'UdpMemErrors', 'TcpExtTCPBacklogDrop', 'TcpExtTCPRcvQDrop'],
    [],
  ],
  ['tcp-md5', ['TcpExtTCPMD5NotFound', 'TcpExtTCPMD5Unexpected', 'TcpExtTCPMD5Failure'], []],
];

export function reckonSockets({ of }: NamespaceRises): Reckoned[] {
  const found: Reckoned[] = [];
  const add = (reason: DropReason, packets: number, counters: readonly string[]): void => {
    const proof = counters.map((counter) => ({ counter, rise: of(counter) })).filter((one) => one.rise > 0);
    if (packets > 0) found.push({ reason, packets, proof });
  };
  for (const [reason, summed, beside] of own) {
    add(
      reason,
      summed.reduce((sum, counter) => sum + of(counter), 0),
      [...summed, ...beside],
    );
  }
  // A socket that its own program gave up answers with RST, too; so does one that a wrong signature met.
  const given = ['TcpExtTCPAbortOnData', 'TcpExtTCPAbortOnClose', 'TcpExtTCPAbortOnLinger'];
  add('tcp-no-socket', of('TcpOutRsts') - given.reduce((sum, counter) => sum + of(counter), 0), [
    'TcpOutRsts',
  ]);
  add('backlog', Math.max(of('TcpExtListenOverflows'), of('TcpExtListenDrops')), [
    'TcpExtListenOverflows',
    'TcpExtListenDrops',
    'TcpExtTCPReqQFullDrop',
  ]);
  return found;
}

/** Of all namespaces together: one lost frame is counted at both ends of a veth, and told once. */
export function reckonDevices(namespaces: readonly NamespaceRises[], context: DropContext): DropEntry[] {
  const all = new Map<string, { readonly inode: number | null; readonly device: DeviceRises }>();
  for (const { inode, devices } of namespaces)
    for (const device of devices) all.set(deviceKey(inode, device.name), { inode, device });
  const entries: DropEntry[] = [];
  /** Frames that the other end's entry has told already. */
  const told = new Map<string, number>();
  for (const [key, { inode, device }] of all) {
    const { kind, peer, carrier } = context.devices.get(key) ?? { kind: 'other', peer: null, carrier: null };
    const dropped = device.of('txDropped');
    const far = peer === null ? undefined : all.get(deviceKey(peer.inode, peer.name));
    const there = far?.device.of('rxDropped') ?? 0;
    if (far !== undefined && peer !== null) told.set(deviceKey(peer.inode, peer.name), dropped);
    const down = carrier === false || peer?.up === false;
    const reason: DropReason =
      kind === 'veth' || kind === 'netkit'
        ? down
          ? 'peer-down'
          : 'peer-refused'
        : kind === 'vxlan'
          ? 'vxlan-no-peer'
          : 'device-out';
    if (dropped > 0) {
      const proof = [{ counter: `${device.name} tx dropped`, rise: dropped }];
      if (there > 0) proof.push({ counter: `${peer?.name ?? ''} rx dropped, at the other end`, rise: there });
      entries.push({ reason, namespace: inode, device: device.name, packets: dropped, proof });
    }
    tell(entries, 'device-out', inode, device, ['txErrors', 'txFifo', 'txCarrier']);
  }
  for (const [key, { inode, device }] of all) {
    const dropped = Math.max(0, device.of('rxDropped') - (told.get(key) ?? 0));
    const proof = [{ counter: `${device.name} rx dropped`, rise: dropped }];
    if (dropped > 0)
      entries.push({ reason: 'device-in', namespace: inode, device: device.name, packets: dropped, proof });
    tell(entries, 'device-in', inode, device, ['rxErrors', 'rxFifo', 'rxFrame']);
  }
  return entries;
}

/** Errors contain the finer ones on most drivers: the largest, not the sum. */
function tell(
  entries: DropEntry[],
  reason: DropReason,
  namespace: number | null,
  device: DeviceRises,
  columns: readonly DeviceColumn[],
): void {
  const rises = columns.map((column) => ({
    counter: `${device.name} ${WORDS[column] ?? column}`,
    rise: device.of(column),
  }));
  const packets = Math.max(...rises.map((one) => one.rise));
  if (packets > 0)
    entries.push({
      reason,
      namespace,
      device: device.name,
      packets,
      proof: rises.filter((one) => one.rise > 0),
    });
}

const WORDS: Partial<Record<DeviceColumn, string>> = {
  txErrors: 'tx errors',
  txFifo: 'tx fifo',
  txCarrier: 'tx carrier',
  rxErrors: 'rx errors',
  rxFifo: 'rx fifo',
  rxFrame: 'rx frame',
};
