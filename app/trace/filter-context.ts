// What packet filters ask of a namespace around a packet (net/ipv4/fib_frontend.c inet_addr_type, net/netfilter/xt_addrtype.c,
// net/ipv4/netfilter/ipt_rpfilter.c, net/netfilter/nf_nat_masquerade.c).
import type { HookContext } from '../firewall/hook-context.ts';
import { addressText, inPrefix, parseAddress, parsePrefix, type Address } from '../route/address.ts';
import type { Fib } from '../route/fib.ts';
import { NO_FIELDS } from '../route/flow.ts';
import { bearingOfPart } from '../route/part-of-routes.ts';
import { isPart, type TracedNamespace } from './namespace.ts';
import { addressesOf, selectSource4, selectSource6 } from './source-address.ts';

const known = new WeakMap<TracedNamespace, HookContext>();

export function filterContext(at: TracedNamespace): HookContext {
  let context = known.get(at);
  if (context === undefined) known.set(at, (context = contextOf(at)));
  return context;
}

function contextOf(at: TracedNamespace): HookContext {
  return {
    ...(at.filters?.queues === undefined ? {} : { queues: at.filters.queues }),
    ...(at.filtersAt === undefined ? {} : { now: at.filtersAt }),
    addressTypes(address, device) {
      const fib = at.fib[address.family];
      if (fib === null) return isOwnAddress(at, address) ? ['local'] : 'unknown';
      return [fib.family === 4 ? type4(fib, address, device) : type6(at, fib, address, device)];
    },
    sourceFor(device, destination) {
      if (!at.devices.has(device)) return 'unknown';
      if (destination.family === 6) return selectSource6(at, device, destination);
      const found = at.fib[4]?.lookup({ ...NO_FIELDS, dst: destination, oif: device });
      const route = found?.kind === 'route' ? found.route : null;
      const via = route?.via ?? route?.nexthops.find(({ dev }) => dev === device)?.via ?? null;
      return selectSource4(at, device, (via === null ? null : parseAddress(via)) ?? destination, 0);
    },
    addressOf(device, family) {
      const one = at.devices.get(device);
      if (one === undefined) return 'unknown';
      const [first] = addressesOf(one, family);
      return first === undefined ? null : parseAddress(first.address);
    },
    routeTo(destination, source, { mark, tos, device }) {
      const fib = at.fib[destination.family];
      if (fib === null) return 'unknown';
      const found = fib.lookup({ ...NO_FIELDS, dst: destination, src: source, mark, tos, oif: device });
      if (isPart(at, destination.family) && bearingOfPart(found) === 'unknown') return 'unknown';
      if (found.kind === 'none') return null;
      if (found.kind === 'rejected') return { type: found.type, devices: [] };
      const { type, dev, nexthops } = found.route;
      return { type, devices: [...(dev === null ? [] : [dev]), ...nexthops.map((hop) => hop.dev)] };
    },
    device(name) {
      const one = at.devices.get(name);
      if (one === undefined) return at.devices.size === 0 ? 'unknown' : null;
      const devices = (at.fib[4] ?? at.fib[6])?.devices;
      return {
        ifindex: one.ifindex,
        group: devices?.known === true ? devices.groupOf(name) : null,
        kind: one.kernelKind ?? (one.kind === 'other' ? null : one.kind),
      };
    },
  };
}

/** Only table local is asked, which is one with main until the first rule of one's own. */
function type4(fib: Fib, address: Address, device: string | null): string {
  const [word = 0] = address.words;
  if (word === 0 || word === 0xffffffff) return 'broadcast';
  if (word >>> 28 === 0xe) return 'multicast';
  const found = fib.tables.get('local')?.lookup({ ...NO_FIELDS, dst: address });
  if (found === null || found === undefined || REJECTING.has(found.type)) return 'unicast';
  return device === null || found.route.dev === device ? found.type : 'unicast';
}

const REJECTING: ReadonlySet<string> = new Set(['blackhole', 'unreachable', 'prohibit', 'throw']);

function type6(at: TracedNamespace, fib: Fib, address: Address, device: string | null): string {
  if ((address.words[0] ?? 0) >>> 24 === 0xff) return 'multicast';
  if (device !== null) {
    const text = addressText(address);
    return addressesOf(at.devices.get(device), 6).some((one) => one.address === text) ? 'local' : 'unicast';
  }
  const found = fib.lookup({ ...NO_FIELDS, dst: address });
  if (found.kind === 'none') return 'unreachable';
  return found.kind === 'rejected' ? found.type : found.route.type;
}

/** By the addresses of its devices, where its table local was not read. */
export function isOwnAddress(at: TracedNamespace, address: Address): boolean {
  const fib = at.fib[address.family];
  if (fib?.tables.has('local') === true) return fib.isLocal(address);
  if (LOOPBACK !== null && inPrefix(address, LOOPBACK)) return true;
  const text = addressText(address);
  for (const { addresses } of at.devices.values())
    if (addresses.some((one) => one.address === text)) return true;
  return false;
}

const LOOPBACK = parsePrefix('127.0.0.0/8');
