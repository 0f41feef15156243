// `ip -j addr show` (iproute2 ip/ipaddress.c print_addrinfo) and its text form.
import { z } from 'zod';
import { fail, ok, type Result } from '../result.ts';
import type { InterfaceAddress, LinkAddresses } from './facts.ts';
import { parseToolJson } from './tool-json.ts';

const addressSchema = z.object({
  ifindex: z.number(),
  ifname: z.string(),
  addr_info: z
    .array(
      z.object({
        family: z.string().optional(),
        local: z.string().optional(),
        prefixlen: z.number().optional(),
        scope: z.union([z.string(), z.number()]).optional(),
        dadfailed: z.boolean().optional(),
      }),
    )
    .default([]),
});

export function parseAddressesJson(text: string): Result<LinkAddresses[], string> {
  const json = parseToolJson(text);
  if (!json.ok) return json;
  const entries = z.array(z.union([addressSchema, z.strictObject({})])).safeParse(json.value);
  if (!entries.success) return fail(z.prettifyError(entries.error).slice(0, 300));
  return ok(
    entries.data
      .filter((entry) => 'ifindex' in entry)
      .map(({ ifindex, ifname, addr_info }) => ({
        ifindex,
        name: ifname,
        addresses: addr_info.flatMap((one): InterfaceAddress[] => {
          if (one.local === undefined || one.prefixlen === undefined) return [];
          if (one.family !== 'inet' && one.family !== 'inet6') return [];
          return [
            {
              address: one.local,
              prefixLength: one.prefixlen,
              family: one.family === 'inet' ? 4 : 6,
              scope: String(one.scope ?? 'global'),
              ...(one.dadfailed === true ? { duplicate: true } : {}),
            },
          ];
        }),
      })),
  );
}

//     inet 10.0.0.1 peer 10.0.0.2/32 brd 10.0.0.255 scope global eth0
const ADDRESS = /^\s+(inet6?) ([0-9a-f.:]+)(?: peer [0-9a-f.:]+)?(?:\/(\d+))?\b.*? scope (\S+)/;

export function parseAddressesText(text: string): LinkAddresses[] {
  const found: { ifindex: number; name: string; addresses: InterfaceAddress[] }[] = [];
  for (const line of text.split('\n')) {
    const header = /^(\d+): ([^ ]+?)(?:@[^ ]+)?: </.exec(line);
    if (header) {
      found.push({ ifindex: Number(header[1]), name: header[2] ?? '', addresses: [] });
      continue;
    }
    const match = ADDRESS.exec(line);
    if (!match) continue;
    const family = match[1] === 'inet' ? 4 : 6;
    found.at(-1)?.addresses.push({
      address: match[2] ?? '',
      prefixLength: match[3] === undefined ? (family === 4 ? 32 : 128) : Number(match[3]),
      family,
      scope: match[4] ?? 'global',
      ...(/\bdadfailed\b/.test(line) ? { duplicate: true } : {}),
    });
  }
  return found;
}
