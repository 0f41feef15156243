// Which of its own addresses a namespace takes as a source: net/ipv4/devinet.c inet_select_addr, net/ipv6/addrconf.c
// ipv6_dev_get_saddr (RFC 6724).
import { inPrefix, parseAddress, parsePrefix, type Address } from '../route/address.ts';
import type { InterfaceAddress, InterfaceEntity } from '../topology/model.ts';
import type { TracedNamespace } from './namespace.ts';

const SCOPES: Readonly<Record<string, number>> = { global: 0, site: 200, link: 253, host: 254, nowhere: 255 };
const LINK_SCOPE = 253;

/** rtnetlink's number of a scope: narrower ones are larger. */
export function scopeNumber(scope: string | null): number {
  if (scope === null) return 0;
  return SCOPES[scope] ?? (/^\d{1,3}$/.test(scope) ? Number(scope) : 0);
}

/**
 * Of the device's addresses the first whose prefix has `near` in it, else its first; with none, one of another device.
 * @param scope no narrower one is taken.
 */
export function selectSource4(
  { devices, fib }: TracedNamespace,
  device: string,
  near: Address | null,
  scope: number,
): Address | null {
  const own = devices.get(device);
  let first: Address | null = null;
  for (const one of addressesOf(own, 4)) {
    if (scopeNumber(one.scope) > scope) continue;
    const address = parseAddress(one.address);
    if (address === null || near === null) return address;
    if (hasInPrefix(one, near)) return address;
    first ??= address;
  }
  if (first !== null) return first;
  const vrf = fib[4]?.devices.vrfOf(device)?.name ?? null;
  for (const other of devices.values()) {
    if ((fib[4]?.devices.vrfOf(other.name)?.name ?? null) !== vrf) continue;
    for (const one of addressesOf(other, 4)) {
      const number = scopeNumber(one.scope);
      if (number !== LINK_SCOPE && number <= scope) return parseAddress(one.address);
    }
  }
  return null;
}

/** The first that is better than all before by the rules of RFC 6724 that can be told without the addresses' ages. */
export function selectSource6({ devices }: TracedNamespace, device: string, to: Address): Address | null {
  const wanted = scope6(to);
  let best: { readonly address: Address; readonly score: readonly number[] } | null = null;
  for (const each of devices.values()) {
    // A destination of the link is reached from an address of that link.
    if (wanted === LINK_LOCAL && each.name !== device) continue;
    for (const one of addressesOf(each, 6)) {
      const address = parseAddress(one.address);
      if (address === null || isLoopback6(address) || one.duplicate === true) continue;
      const scope = scope6(address);
      const score = [
        sharedBits(address, to) === 128 ? 1 : 0,
        // Rule 2: the narrowest that is wide enough, else the widest.
        scope >= wanted ? 1_000 - scope : scope - 1_000,
        each.name === device ? 1 : 0,
        label6(address) === label6(to) ? 1 : 0,
        Math.min(sharedBits(address, to), one.prefixLength),
      ];
      if (best === null || isBetter(score, best.score)) best = { address, score };
    }
  }
  return best?.address ?? null;
}

function isBetter(a: readonly number[], b: readonly number[]): boolean {
  for (const [at, value] of a.entries()) {
    const other = b[at] ?? 0;
    if (value !== other) return value > other;
  }
  return false;
}

const LINK_LOCAL = 2;
const GLOBAL = 14;

function scope6({ words: [first = 0, second = 0, third = 0, fourth = 0] }: Address): number {
  if (first >>> 22 === 0xfe80 >>> 6) return LINK_LOCAL;
  if (first >>> 24 === 0xff) return (first >>> 16) & 15;
  return first === 0 && second === 0 && third === 0 && fourth === 1 ? LINK_LOCAL : GLOBAL;
}

function isLoopback6({ words: [first = 0, second = 0, third = 0, fourth = 0] }: Address): boolean {
  return first === 0 && second === 0 && third === 0 && fourth === 1;
}

/** net/ipv6/addrlabel.c: unique local, 6to4 and Teredo addresses are told from global ones. */
function label6({ words: [first = 0] }: Address): number {
  if (first >>> 25 === 0xfc >>> 1) return 5;
  if (first >>> 16 === 0x2002) return 2;
  return first === 0x20010000 ? 6 : 1;
}

function sharedBits(a: Address, b: Address): number {
  for (let at = 0; at < 4; at += 1) {
    const differ = ((a.words[at] ?? 0) ^ (b.words[at] ?? 0)) >>> 0;
    if (differ !== 0) return at * 32 + Math.clz32(differ);
  }
  return 128;
}

export function hasInPrefix({ address, prefixLength }: InterfaceAddress, other: Address): boolean {
  const prefix = parsePrefix(`${address}/${prefixLength}`);
  return prefix !== null && inPrefix(other, prefix);
}

export function addressesOf(device: InterfaceEntity | undefined, family: 4 | 6): readonly InterfaceAddress[] {
  return device?.addresses.filter((one) => one.family === family) ?? [];
}
