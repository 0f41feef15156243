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

/**
 * `absent`: no process of BIRD or GoBGP, as where VXLAN needs none; sockets it does not look at. That calico-node (Felix) does not run tells
 * nothing of BIRD (calicoctl commands/node/status.go).
 */
export function parseCalicoctlStatus(text: string): {
  readonly state: 'running' | 'absent' | 'unknown';
  readonly protocols: BgpProtocol[];
} {
  const protocols = text.split('\n').flatMap((line): BgpProtocol[] => {
    const cells = line.length > 500 ? [] : line.split('|').map((cell) => cell.trim());
    const [, address = '', type = '', state = '', since = '', info = ''] = cells;
    // A terminal's or a mail's right edge may have taken the end: what stands before it is sure.
    if (cells.length < 5 || cells.length > 7 || !/^[0-9a-f.:]{3,45}$/.test(address)) return [];
    return [
      {
        // The table says no more than these.
        ...UNTOLD,
        // BIRD's own name of it, as Calico's confd template makes it.
        name: `${prefixOf(type)}_${address.replaceAll(/[.:]/g, '_')}`,
        state,
        since,
        info,
        bgpState: bgpStateOf(info, cells.length === 7),
        neighbourAddress: address,
      },
    ];
  });
  const none = /^None of the BGP backend processes/m.test(text);
  const running = /^Calico process is running/m.test(text) || protocols.length > 0;
  return { state: none && protocols.length === 0 ? 'absent' : running ? 'running' : 'unknown', protocols };
}

const BGP_STATES = [
  'Idle',
  'Connect',
  'Active',
  'OpenSent',
  'OpenConfirm',
  'Established',
  'Passive',
  'Close',
];

/** Of a cell that was cut the one state that begins so. */
function bgpStateOf(info: string, whole: boolean): string | null {
  const word = /^[A-Z]\w+/.exec(info)?.[0] ?? null;
  if (word === null || whole) return word;
  const [one, other] = BGP_STATES.filter((state) => state.startsWith(word));
  return one !== undefined && other === undefined ? one : null;
}

function prefixOf(type: string): string {
  if (type.includes('mesh')) return 'Mesh';
  return type.includes('global') ? 'Global' : 'Node';
}
