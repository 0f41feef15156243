// ProxyJump of ssh_config(5): `[user@]host[:port]` or `ssh://[user@]host[:port]`, comma separated, visited in order.
import { fail, ok, type Result } from '../../app/result.ts';

export interface JumpHost {
  readonly host: string;
  readonly port: number | null;
  readonly user: string | null;
}

/** More hops than anybody has, and a bound on what a broken config can make us do. */
export const MAX_JUMPS = 8;

/** Empty for `none`. The failure is a clause that quotes the entry which makes no sense. */
export function parseJumpList(text: string): Result<readonly JumpHost[], string> {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.toLowerCase() === 'none') return ok([]);
  const hops: JumpHost[] = [];
  for (const entry of trimmed.split(',')) {
    const hop = parseHop(entry.trim());
    if (hop === null) return fail(`the jump host "${entry.trim().slice(0, 80)}" is not [user@]host[:port]`);
    hops.push(hop);
  }
  return hops.length > MAX_JUMPS ? fail(`${hops.length} jump hosts are more than ${MAX_JUMPS}`) : ok(hops);
}

function parseHop(entry: string): JumpHost | null {
  const bare = entry.replace(/^ssh:\/\//i, '').replace(/\/$/, '');
  // The user may hold an @ of its own (user@domain@host): the last one divides.
  const at = bare.lastIndexOf('@');
  const user = at < 0 ? null : bare.slice(0, at);
  const place = bare.slice(at + 1);
  const bracketed = /^\[([0-9A-Za-z:.%_-]+)\](?::(\d+))?$/.exec(place);
  const plain = /^([0-9A-Za-z._-]+)(?::(\d+))?$/.exec(place);
  // More than one colon without brackets: an IPv6 address that cannot carry a port.
  const ipv6 = /^[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%[0-9A-Za-z_-]+)?$/.test(place)
    ? place
    : undefined;
  const host = bracketed?.[1] ?? plain?.[1] ?? ipv6;
  if (host === undefined || host.startsWith('-') || user === '' || user?.startsWith('-') === true)
    return null;
  const digits = bracketed?.[2] ?? plain?.[2];
  const port = digits === undefined ? null : Number(digits);
  if (port !== null && (port < 1 || port > 65_535)) return null;
  return { host, port, user };
}
