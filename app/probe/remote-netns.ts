// Another namespace's devices and addresses without entering it (proc(5), /proc/PID/net): names from `dev`, ifindexes
// from `igmp`, `dev_mcast` and `if_inet6`, IPv4 addresses from `fib_trie`, the device of a subnet from `route`;
// everything else from the container's own sysfs where it has one (Documentation/ABI/testing/sysfs-class-net).
import type { InterfaceAddress, RemoteLink, RemoteNetns } from './facts.ts';
import { localAddresses, parseFibTrie, type FibLeaf } from './fib-trie.ts';
import { splitFileHeads } from './file-heads.ts';
import { ipv4FromLittleEndianHex, ipv4InPrefix, ipv6FromHex } from './ip-text.ts';
import { parsePodSysfs, type SysfsLink } from './pod-sysfs.ts';

export function parseRemoteNetns(netOutput: string, sysfsOutput: string): RemoteNetns[] {
  const byPid = new Map<number, Map<string, string>>();
  for (const [path, text] of splitFileHeads(netOutput)) {
    const match = /^(\d+)\/net\/(\w+)$/.exec(path);
    if (!match) continue;
    const pid = Number(match[1]);
    const files = byPid.get(pid) ?? new Map<string, string>();
    files.set(match[2] ?? '', text);
    byPid.set(pid, files);
  }
  const sysfs = parsePodSysfs(sysfsOutput);
  return [...byPid].map(([pid, files]) => remoteNetns(pid, files, sysfs.get(pid) ?? []));
}

function remoteNetns(
  pid: number,
  files: ReadonlyMap<string, string>,
  sysfs: readonly SysfsLink[],
): RemoteNetns {
  const indexes = ifindexes(files);
  // A sysfs that contradicts /proc shows some other namespace.
  const agrees = sysfs.every(({ name, ifindex }) => (indexes.get(name) ?? ifindex) === ifindex);
  const details = new Map(agrees ? sysfs.map((link) => [link.name, link]) : []);
  const names = new Set([...deviceNames(files.get('dev') ?? ''), ...indexes.keys()]);
  const leaves = parseFibTrie(files.get('fib_trie') ?? '');
  const ipv4 = localAddresses(leaves);
  const ipv6 = inet6Addresses(files.get('if_inet6') ?? '');
  const owners = deviceOfEach(
    ipv4,
    [...names].filter((name) => name !== 'lo'),
    files.get('route') ?? '',
  );

  const links = [...names].map((name): RemoteLink => {
    const detail = details.get(name);
    const addresses: InterfaceAddress[] = [
      ...(name === 'lo'
        ? [{ address: '127.0.0.1', prefixLength: 8, family: 4 as const, scope: 'host' }]
        : []
      ).filter(() => leaves.some((leaf) => leaf.address === '127.0.0.1' && leaf.type === 'LOCAL')),
      ...ipv4
        .filter((address) => owners.get(address) === name)
        .map((address) => ({
          address,
          prefixLength: prefixOf(address, leaves),
          family: 4 as const,
          scope: 'global',
        })),
      ...ipv6.filter((one) => one.device === name).map((one) => one.address),
    ];
    return {
      name,
      ifindex: detail?.ifindex ?? indexes.get(name) ?? null,
      peerIfindex: detail?.peerIfindex ?? null,
      mtu: detail?.mtu ?? null,
      mac: detail?.mac ?? null,
      operstate: detail?.operstate ?? null,
      adminUp: detail?.adminUp ?? null,
      carrier: detail?.carrier ?? null,
      addresses,
    };
  });
  const wide = ipv6.filter(({ address }) => address.scope === 'global').map(({ address }) => address.address);
  const defaultRoute = leaves.some(
    ({ address, prefixLength, type }) => address === '0.0.0.0' && prefixLength === 0 && type === 'UNICAST',
  );
  // Loopback's own addresses are there wherever the file could be read.
  return { pid, links, addresses: [...ipv4, ...wide], ...(leaves.length === 0 ? {} : { defaultRoute }) };
}

function deviceNames(dev: string): string[] {
  return dev.split('\n').flatMap((line) => {
    // Two lines of heading hold a bar; a device's name may hold a colon, its counters cannot.
    const match = /^\s*(\S+):\s*\d+[\d\s]*$/.exec(line);
    return match ? [match[1] ?? ''] : [];
  });
}

function ifindexes(files: ReadonlyMap<string, string>): Map<string, number> {
  const found = new Map<string, number>();
  const sources: readonly (readonly [string, RegExp, number])[] = [
    ['igmp', /^(\d+)\s+(\S+?)\s*:\s+\d+\s+\S+\s*$/, 10],
    ['dev_mcast', /^(\d+)\s+(\S+)\s+\d+\s+\d+\s+[0-9a-f]+$/, 10],
    ['if_inet6', /^[0-9a-f]{32} ([0-9a-f]+) [0-9a-f]+ [0-9a-f]+ [0-9a-f]+\s+(\S+)$/, 16],
  ];
  for (const [file, pattern, radix] of sources) {
    for (const line of (files.get(file) ?? '').split('\n')) {
      const match = pattern.exec(line);
      const ifindex = Number.parseInt(match?.[1] ?? '', radix);
      if (match && ifindex > 0 && !found.has(match[2] ?? '')) found.set(match[2] ?? '', ifindex);
    }
  }
  return found;
}

/** IFA_F_DADFAILED of include/uapi/linux/if_addr.h. */
const DADFAILED = 0x08;

function inet6Addresses(text: string): { device: string; address: InterfaceAddress }[] {
  return text.split('\n').flatMap((line) => {
    const match = /^([0-9a-f]{32}) [0-9a-f]+ ([0-9a-f]+) ([0-9a-f]+) ([0-9a-f]+)\s+(\S+)$/.exec(line);
    if (!match) return [];
    const [, hex = '', length = '', scope = '', flags = '', device = ''] = match;
    return [
      {
        device,
        address: {
          address: ipv6FromHex(hex),
          prefixLength: Number.parseInt(length, 16),
          family: 6 as const,
          // IPV6_ADDR_LOOPBACK, _LINKLOCAL, _SITELOCAL of include/net/ipv6.h.
          scope: { '10': 'host', '20': 'link', '40': 'site' }[scope] ?? 'global',
          ...((Number.parseInt(flags, 16) & DADFAILED) === 0 ? {} : { duplicate: true as const }),
        },
      },
    ];
  });
}

/** A lone device has every address; among several, the one whose connected route holds it. */
function deviceOfEach(
  addresses: readonly string[],
  devices: readonly string[],
  route: string,
): Map<string, string> {
  const only = devices.length === 1 ? devices[0] : undefined;
  if (only !== undefined) return new Map(addresses.map((address) => [address, only]));
  const connected = route.split('\n').flatMap((line) => {
    const [device = '', dst = '', gateway = '', , , , , mask = ''] = line.trim().split(/\s+/);
    if (gateway !== '00000000' || !/^[0-9A-F]{8}$/.test(dst) || !/^[0-9A-F]{8}$/.test(mask)) return [];
    const bits = Number.parseInt(mask, 16).toString(2).replaceAll('0', '').length;
    return [{ device, network: ipv4FromLittleEndianHex(dst), bits }];
  });
  connected.sort((a, b) => b.bits - a.bits);
  const owners = new Map<string, string>();
  for (const address of addresses) {
    const holder = connected.find(({ network, bits }) => bits > 0 && ipv4InPrefix(address, network, bits));
    if (holder) owners.set(address, holder.device);
  }
  // A /32 lies in no subnet. It is the one device's that has routes but no subnet: tunl0, which the kernel puts into
  // every namespace (net.core.fb_tunnels_only_for_init_net), has none, and Multus's net1 has its own subnet.
  const subnets = new Set(owners.values());
  const [device, second] = new Set(connected.map((one) => one.device).filter((one) => !subnets.has(one)));
  if (device !== undefined && second === undefined) {
    for (const address of addresses) if (!owners.has(address)) owners.set(address, device);
  }
  return owners;
}

/** A connected route has the address's own prefix length; a /32 has none. */
function prefixOf(address: string, leaves: readonly FibLeaf[]): number {
  const connected = leaves
    .filter(({ type, scope }) => type === 'UNICAST' && scope === 'link')
    .filter((leaf) => leaf.prefixLength > 0 && ipv4InPrefix(address, leaf.address, leaf.prefixLength))
    .map(({ prefixLength }) => prefixLength);
  return connected.length === 0 ? 32 : Math.max(...connected);
}
