// `ip addr | grep inet` (iproute2 ip/ipaddress.c): an address a line, its device at the end.
import type { InterfaceAddress } from '../probe/facts.ts';

/** By device, whose number stands nowhere. */
export function addressLines(text: string): Map<string, InterfaceAddress[]> {
  const byName = new Map<string, InterfaceAddress[]>();
  for (const line of text.split('\n')) {
    const match = ADDRESS_LINE.exec(line);
    if (match === null) continue;
    const [, family, address = '', length, scope = 'global', name = ''] = match;
    const one: InterfaceAddress = {
      address,
      prefixLength: Number(length ?? (family === 'inet' ? 32 : 128)),
      family: family === 'inet' ? 4 : 6,
      scope,
    };
    const before = byName.get(name);
    if (before === undefined) byName.set(name, [one]);
    else before.push(one);
  }
  return byName;
}

const ADDRESS_LINE =
  /^\s*(inet6?) ([0-9a-f:.]{2,45})(?: peer [0-9a-f:.]{2,45})?(?:\/(\d{1,3}))?(?: brd \S+)? scope (\w+) (?:[a-z-]+ )*(\S{1,15})\s*$/;
