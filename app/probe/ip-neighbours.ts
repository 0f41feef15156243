// `ip -j neigh show` (iproute2 ip/ipneigh.c print_neigh) and its text form.
import { z } from 'zod';
import { fail, ok, type Result } from '../result.ts';
import type { Neighbour } from './facts.ts';
import { parseToolJson } from './tool-json.ts';

const neighbourSchema = z.object({
  dst: z.string(),
  dev: z.string().optional(),
  lladdr: z.string().optional(),
  state: z.array(z.string()).optional(),
});

export function parseNeighboursJson(output: string): Result<Neighbour[], string> {
  const json = parseToolJson(output);
  if (!json.ok) return json;
  const entries = z.array(z.union([neighbourSchema, z.strictObject({})])).safeParse(json.value);
  if (!entries.success) return fail(z.prettifyError(entries.error).slice(0, 300));
  return ok(
    entries.data
      .filter((entry) => 'dst' in entry)
      .map((entry) => ({
        dst: entry.dst,
        dev: entry.dev ?? '',
        mac: entry.lladdr ?? null,
        state: entry.state?.join(',') ?? '',
      })),
  );
}

// 10.0.0.2 dev eth0 lladdr 02:00:00:00:00:02 REACHABLE
export function parseNeighboursText(output: string): Neighbour[] {
  return output.split('\n').flatMap((line) => {
    const words = line.trim().split(/\s+/);
    const at = words.indexOf('dev');
    const dst = words[0];
    if (at < 1 || dst === undefined || !/^[0-9a-f.:]+$/.test(dst)) return [];
    const mac = words.indexOf('lladdr');
    return [
      {
        dst,
        dev: words[at + 1] ?? '',
        mac: mac < 0 ? null : (words[mac + 1] ?? null),
        state: words
          .slice(at + 2)
          .filter((word) => /^[A-Z]+$/.test(word))
          .join(','),
      },
    ];
  });
}
