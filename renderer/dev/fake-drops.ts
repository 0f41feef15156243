// What the made-up cluster drops: what it does now, one reason a while ago, and a node of which little is known. Development only.
import type { CallRequest, CallResponse } from '../../app/contract/calls.ts';
import { dropReasons, type DropReason } from '../../app/ledger/drop-reasons.ts';
import type { Topology } from '../../app/topology/model.ts';

type Drops = CallResponse<'drops.view'>;
type Row = Drops['nodes'][number]['rows'][number];

export function fakeDrops({ seconds }: CallRequest<'drops.view'>, topology: Topology | null): Drops {
  const now = Math.floor(Date.now() / 1000);
  const pod = Object.values(topology?.pods ?? {})[0];
  const row = (reason: DropReason, packets: number, total: number, ago: number, counter: string): Row => ({
    ...dropReasons[reason],
    reason,
    place: { kind: 'node', name: '', podId: null },
    device: null,
    packets,
    total,
    lastAt: { s: now - ago, ns: 0 },
    spark: Array.from({ length: 30 }, (_, at) => (packets === 0 || at % 5 > 1 ? 0 : (at * packets) / 300)),
    notes: reason === 'receive-buffer' ? ['UDP 0.0.0.0:8125 has dropped 40 since it was opened'] : [],
    proof: [{ counter, rise: packets === 0 ? total : packets }],
  });
  const rows: readonly Row[] = [
    row('rp-filter', 184, 2210, 2, 'TcpExtIPReversePathFilter'),
    { ...row('peer-refused', 12, 12, 8, 'cali0 tx dropped'), device: 'calid9d486e54a8' },
    {
      ...row('receive-buffer', 3, 40, 20, 'UdpRcvbufErrors'),
      place: { kind: 'pod', name: `default/${pod?.name ?? 'demo'}`, podId: pod?.id ?? null },
    },
    {
      ...row('hook-in', 9, 140, 4, 'nft netdev edge in: ip saddr @blocked drop'),
      device: 'ens192',
    },
    {
      ...row('vxlan-stranger', 6, 60, 3, 'UdpInDatagrams'),
      device: 'vxlan.calico',
      notes: ['worker-3 sends VXLAN with VNI 4097; here is only VNI 4096 (vxlan.calico).'],
    },
    row('no-route', 0, 31, 1900, 'IpExtInNoRoutes'),
  ];
  const since = { s: now - 5000, ns: 0 };
  const until = { s: now, ns: 0 };
  const nodes = Object.values(topology?.nodes ?? {}).map(({ label }, at) => ({
    label,
    since,
    until,
    more: 0,
    sentence:
      at === 2
        ? `What Pods on ${label} drop is unknown to this login: only root may look into other users’ processes.`
        : at === 1
          ? 'What these rules drop is not known, since no counter of their own counts just that: “udp dport 53 drop” in nft netdev edge out, egress of ens192. Put “counter” before their verdict, and it is told here.'
          : null,
    rows: at === 1 ? rows : [],
  }));
  return { seconds, nodes };
}
