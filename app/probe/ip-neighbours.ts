// `ip -j -s neigh show` (iproute2 ip/ipneigh.c print_neigh) and its text form.
import { z } from 'zod';
import { fail, ok, type Result } from '../result.ts';
import type { Neighbour } from './facts.ts';
import { parseToolJson } from './tool-json.ts';

const neighbourSchema = z.object({
  dst: z.string(),
  dev: z.string().optional(),
  lladdr: z.string().optional(),
  state: z.array(z.string()).optional(),
  used: z.number().optional().catch(undefined),
  updated: z.number().optional().catch(undefined),
});

/**
 * s. Whoever waits for an answer sends again after 1, 2, 4, 8, 16 s (TCP), and each time the kernel asks anew. An entry that nobody uses stays
 * as it failed for days, since fewer than gc_thresh1 are never collected (net/core/neighbour.c neigh_periodic_work).
 */
const IDLE_S = 30;

/** @param ages s since a packet needed it, and since its state changed. */
function idleness(state: string, ages: readonly (number | undefined)[]): Pick<Neighbour, 'idle'> {
  const failed = /FAILED|INCOMPLETE/.test(state);
  return failed && ages.every((age) => age !== undefined && age > IDLE_S) ? { idle: true } : {};
}

export function parseNeighboursJson(output: string): Result<Neighbour[], string> {
  const json = parseToolJson(output);
  if (!json.ok) return json;
  const entries = z.array(z.union([neighbourSchema, z.strictObject({})])).safeParse(json.value);
  if (!entries.success) return fail(z.prettifyError(entries.error).slice(0, 300));
  return ok(
    entries.data
      .filter((entry) => 'dst' in entry)
      .map(({ dst, dev = '', lladdr = null, state: states = [], used, updated }) => {
        const state = states.join(',');
        return { dst, dev, mac: lladdr, state, ...idleness(state, [used, updated]) };
      }),
  );
}

/** s since it was used, confirmed and updated; iproute2 6.1 leaves no space behind them. */
const AGES = /\bused (\d{1,10})\/\d{1,10}\/(\d{1,10})(?:probes)?\b/;

// 10.0.0.2 dev eth0 lladdr 02:00:00:00:00:02 REACHABLE
// 10.0.0.3 dev eth0  used 615/675/612probes 6 FAILED
export function parseNeighboursText(output: string): Neighbour[] {
  return output.split('\n').flatMap((line) => {
    const words = line.trim().split(/\s+/);
    const at = words.indexOf('dev');
    const dst = words[0];
    if (at < 1 || dst === undefined || !/^[0-9a-f.:]+$/.test(dst)) return [];
    const mac = words.indexOf('lladdr');
    const state = words
      .slice(at + 2)
      .filter((word) => /^[A-Z]+$/.test(word))
      .join(',');
    const [, used, updated] = AGES.exec(line) ?? [];
    return [
      {
        dst,
        dev: words[at + 1] ?? '',
        mac: mac < 0 ? null : (words[mac + 1] ?? null),
        state,
        ...idleness(
          state,
          [used, updated].map((age) => (age === undefined ? undefined : Number(age))),
        ),
      },
    ];
  });
}
