// `ip -br addr` (a device a line, its addresses behind its state) and `ip -o addr` (an address a line, the device before it):
// iproute2 ip/ipaddress.c, brief and oneline.
import type { InterfaceAddress } from '../probe/facts.ts';

/** By device, in order. Scopes that the brief form leaves out are those that the addresses themselves have. */
export function addressRows(text: string): Map<string, InterfaceAddress[]> {
  const byName = new Map<string, InterfaceAddress[]>();
  for (const whole of text.split('\n')) {
    // The length of a prefix stands behind the address of the other end: `10.0.0.1 peer 10.0.0.2/32`.
    const line = whole.replace(/ peer [0-9a-f:.]{2,45}(?=[/\s]|$)/g, '');
    const one = /^\d{1,9}: (\S{1,40}?)(?:@\S+)?\s+inet6? (\S+).*?\bscope (\w+)/.exec(line);
    const brief = one === null ? /^(\S{1,40}?)(?:@\S+)?\s+[A-Z]+\s+(\S.*)$/.exec(line) : null;
    const name = one?.[1] ?? brief?.[1];
    if (name === undefined) continue;
    const told = one === null ? (brief?.[2] ?? '').split(/\s+/) : [one[2] ?? ''];
    const found = told.flatMap((word) => addressOf(word, one?.[3] ?? null) ?? []);
    const before = byName.get(name);
    if (before === undefined) byName.set(name, found);
    else before.push(...found);
  }
  return byName;
}

function addressOf(word: string, scope: string | null): InterfaceAddress | null {
  const [, address = '', length] = /^([0-9a-f:.]{2,45})(?:\/(\d{1,3}))?$/.exec(word) ?? [];
  if (!/[.:]/.test(address)) return null;
  const family = address.includes(':') ? 6 : 4;
  return {
    address,
    prefixLength: Number(length ?? (family === 4 ? 32 : 128)),
    family,
    scope: scope ?? (/^127\.|^::1$/.test(address) ? 'host' : address.startsWith('fe80:') ? 'link' : 'global'),
  };
}
