// `calicoctl node status`: a table of BGP peers, drawn with | and + (calicoctl/commands/node/status.go, PrintBGPPeers).
import type { BgpProtocol } from '../probe/facts.ts';

const UNTOLD = {
  socket: 'calicoctl',
  sinceAt: null,
  description: null,
  localAddress: null,
  localAs: null,
  neighbourAs: null,
  neighbourId: null,
  session: [],
  capabilities: { own: [], neighbour: [] },
  lastError: null,
  imported: null,
  exported: null,
  channels: [],
  neighbourRestarting: false,
  restartTimer: null,
  holdTimer: null,
  holdTime: null,
  keepaliveTimer: null,
  keepaliveTime: null,
} satisfies Partial<BgpProtocol>;

export function parseCalicoctlStatus(text: string): { running: boolean; protocols: BgpProtocol[] } {
  const protocols = text.split('\n').flatMap((line): BgpProtocol[] => {
    const cells = line.length > 500 ? [] : line.split('|').map((cell) => cell.trim());
    const [, address = '', type = '', state = '', since = '', info = ''] = cells;
    if (cells.length !== 7 || !/^[0-9a-f.:]{3,45}$/.test(address)) return [];
    return [
      {
        // The table says no more than these.
        ...UNTOLD,
        // BIRD's own name of it, as Calico's confd template makes it.
        name: `${prefixOf(type)}_${address.replaceAll(/[.:]/g, '_')}`,
        state,
        since,
        info,
        bgpState: /^[A-Z]\w+/.exec(info)?.[0] ?? null,
        neighbourAddress: address,
      },
    ];
  });
  return { running: /^Calico process is running/m.test(text) || protocols.length > 0, protocols };
}

function prefixOf(type: string): string {
  if (type.includes('mesh')) return 'Mesh';
  return type.includes('global') ? 'Global' : 'Node';
}
