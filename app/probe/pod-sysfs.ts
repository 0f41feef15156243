// /sys/class/net of containers, read through /proc/PID/root (Documentation/ABI/testing/sysfs-class-net).
// "sys DEVICE PID" lines tell which superblock each process sees: one namespace's sysfs seen from two
// namespaces' processes belongs to at most one of them, and is not used.
import { splitFileHeads } from './file-heads.ts';

export interface SysfsLink {
  readonly name: string;
  readonly ifindex: number;
  readonly peerIfindex: number | null;
  readonly mtu: number | null;
  readonly mac: string | null;
  readonly operstate: string | null;
  readonly adminUp: boolean | null;
  readonly carrier: boolean | null;
}

const IFF_UP = 1; // linux/if.h

export function parsePodSysfs(output: string): Map<number, SysfsLink[]> {
  const superblocks = new Map<string, number[]>();
  for (const line of output.slice(0, 200_000).split('\n')) {
    const match = /^sys (\d+) (\d+)$/.exec(line);
    if (!match) continue;
    const pids = superblocks.get(match[1] ?? '') ?? [];
    pids.push(Number(match[2]));
    superblocks.set(match[1] ?? '', pids);
  }
  const trusted = new Set([...superblocks.values()].filter((pids) => pids.length === 1).flat());

  const attributes = new Map<number, Map<string, Map<string, string>>>();
  for (const [path, text] of splitFileHeads(output)) {
    const match = /^(\d+)\/root\/sys\/class\/net\/([^/]+)\/(\w+)$/.exec(path);
    const pid = Number(match?.[1]);
    if (!match || !trusted.has(pid)) continue;
    const devices = attributes.get(pid) ?? new Map<string, Map<string, string>>();
    const device = devices.get(match[2] ?? '') ?? new Map<string, string>();
    device.set(match[3] ?? '', text.trim());
    devices.set(match[2] ?? '', device);
    attributes.set(pid, devices);
  }
  return new Map(
    [...attributes].map(([pid, devices]) => [
      pid,
      [...devices].flatMap(([name, device]) => {
        const ifindex = integer(device.get('ifindex'));
        return ifindex === null ? [] : [sysfsLink(name, ifindex, device)];
      }),
    ]),
  );
}

function sysfsLink(name: string, ifindex: number, device: ReadonlyMap<string, string>): SysfsLink {
  const flags = device.get('flags');
  const iflink = integer(device.get('iflink'));
  const mac = device.get('address') ?? '';
  const operstate = device.get('operstate')?.toUpperCase() ?? null;
  const adminUp = flags !== undefined && /^0x[0-9a-f]+$/.test(flags) ? (Number(flags) & IFF_UP) !== 0 : null;
  return {
    name,
    ifindex,
    // A device without another end is its own iflink.
    peerIfindex: iflink === ifindex || iflink === 0 ? null : iflink,
    mtu: integer(device.get('mtu')),
    mac: /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac) && name !== 'lo' ? mac : null,
    operstate,
    adminUp,
    carrier: adminUp === true ? carrierOf(operstate) : null,
  };
}

/** The kernel makes operstate of carrier (net/core/link_watch.c): one file less to read, of each device of each Pod. */
function carrierOf(operstate: string | null): boolean | null {
  if (operstate === 'DOWN' || operstate === 'LOWERLAYERDOWN') return false;
  return operstate === 'UP' || operstate === 'DORMANT' ? true : null;
}

function integer(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : null;
}
