// `bridge -j fdb show` (iproute2 bridge/fdb.c print_fdb) and its text form: behind which port of a bridge a MAC lives, and
// to which node a tunnel sends it.
import { z } from 'zod';
import { fail, ok, type Result } from '../result.ts';
import type { ForwardingEntry } from './facts.ts';
import { parseToolJson } from './tool-json.ts';
import { EntryList, type ReadEntries } from './unread.ts';

const entrySchema = z.object({
  mac: z.string().regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i),
  ifname: z.string(),
  dst: z.string().optional(),
  master: z.string().optional(),
  vlan: z.number().optional(),
  port: z.number().optional(),
  vni: z.number().optional(),
  state: z.string().optional(),
});

export function parseFdbJson(output: string): Result<ReadEntries<ForwardingEntry>, string> {
  const json = parseToolJson(output);
  if (!json.ok) return json;
  if (!Array.isArray(json.value)) return fail('not a list');
  const entries = new EntryList<ForwardingEntry>();
  for (const [at, value] of json.value.entries()) {
    const read = entrySchema.safeParse(value);
    if (!read.success) {
      entries.notUnderstood(`entry ${at + 1}`, JSON.stringify(value));
      continue;
    }
    const { mac, ifname, dst, master, vlan, port, vni, state } = read.data;
    if (isGroup(mac)) continue;
    entries.entries.push({
      mac: mac.toLowerCase(),
      dev: ifname,
      dst: dst ?? null,
      ...(port === undefined ? {} : { port }),
      ...(vni === undefined ? {} : { vni }),
      master: master ?? null,
      vlan: vlan ?? null,
      permanent: state === 'permanent',
    });
  }
  return ok(entries);
}

// 66:c1:04:0a:0c:02 dev flannel.1 dst 10.12.22.152 self permanent
export function parseFdbText(output: string): ReadEntries<ForwardingEntry> {
  const entries = new EntryList<ForwardingEntry>();
  for (const [at, line] of output.split('\n').entries()) {
    if (line.trim() === '') continue;
    const words = line.trim().split(/[ \t]+/);
    const [mac = '', dev, name = ''] = words;
    if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(mac) || dev !== 'dev' || name === '') {
      entries.notUnderstood(`line ${at + 1}`, line);
      continue;
    }
    if (isGroup(mac)) continue;
    const after = (key: string): string | null => {
      const found = words.indexOf(key, 3);
      return found < 0 ? null : (words[found + 1] ?? null);
    };
    const number = (key: string, digits: number): number | null => {
      const word = after(key);
      return word !== null && word.length <= digits && /^\d+$/.test(word) ? Number(word) : null;
    };
    const [port, vni] = [number('port', 5), number('vni', 8)];
    entries.entries.push({
      mac: mac.toLowerCase(),
      dev: name,
      dst: after('dst'),
      ...(port === null ? {} : { port }),
      ...(vni === null ? {} : { vni }),
      master: after('master'),
      vlan: number('vlan', 4),
      permanent: words.includes('permanent', 3),
    });
  }
  return entries;
}

/** A multicast address, of which every device has some: it is nobody's. */
function isGroup(mac: string): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1;
}
