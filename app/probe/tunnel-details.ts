// What `ip -d` tells of a tunnel: iproute2 ip/iplink_vxlan.c, iplink_geneve.c and tunnel.c, as JSON (`info_data`) and text.
import { z } from 'zod';
import type { Tunnel } from './facts.ts';

/** Never fails: what is odd is left out, and the device is still a tunnel. */
export const tunnelSchema = z
  .object({
    id: z.number().optional().catch(undefined),
    port: z.number().optional().catch(undefined),
    local: z.string().optional().catch(undefined),
    local6: z.string().optional().catch(undefined),
    remote: z.string().optional().catch(undefined),
    remote6: z.string().optional().catch(undefined),
    link: z.string().optional().catch(undefined),
  })
  .optional()
  .catch(undefined);

export function tunnelOfJson(
  kind: string | undefined,
  about: z.infer<typeof tunnelSchema>,
): Tunnel | undefined {
  if (kind === undefined || !TUNNELS.has(kind)) return undefined;
  return {
    vni: about?.id ?? null,
    port: about?.port ?? null,
    local: endpoint(about?.local6 ?? about?.local),
    remote: endpoint(about?.remote6 ?? about?.remote),
    lower: about?.link ?? null,
  };
}

/** `text`: the line that begins with the kind. */
export function tunnelOfText(kind: string | undefined, text: string): Tunnel | undefined {
  if (kind === undefined || !TUNNELS.has(kind)) return undefined;
  const words = text.trim().split(/\s+/);
  const after = (key: string): string | undefined => {
    const at = words.indexOf(key, 1);
    return at < 0 ? undefined : words[at + 1];
  };
  const number = (key: string): number | null => {
    const word = after(key);
    return word !== undefined && /^\d{1,9}$/.test(word) ? Number(word) : null;
  };
  return {
    vni: number('id'),
    port: number('dstport'),
    local: endpoint(after('local')),
    remote: endpoint(after('remote')),
    lower: after('dev') ?? null,
  };
}

const TUNNELS = new Set(['vxlan', 'geneve', 'ipip', 'sit', 'gre', 'gretap', 'ip6tnl', 'ip6gre']);

function endpoint(address: string | undefined): string | null {
  return address === undefined || address === 'any' ? null : address;
}
