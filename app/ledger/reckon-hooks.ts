// Rules at devices (nftables, family netdev or inet) drop where no counter of IP looks: frames that a device received never arrive, packets
// that IP transmitted never leave. What a device received and what IP did cannot be set against each other, beside ARP, GRO, bridges
// and drivers that count late (ADR 22): the rules' own counters tell, of rules that count exactly what they drop.
import type { CountersReading } from '../probe/counter-facts.ts';
import type { DeviceHookRule } from '../probe/device-hooks.ts';
import { rise } from './counter-rise.ts';
import type { DropEntry } from './drop-entry.ts';

/** Rules that are named in one sentence. */
const MOST_RULES = 3;

export function reckonHooks(before: CountersReading, after: CountersReading): DropEntry[] {
  const older = new Map((before.hooks ?? []).map((rule) => [ruleKey(rule), rule.dropped]));
  return (after.hooks ?? []).flatMap((rule): DropEntry[] => {
    const was = older.get(ruleKey(rule)) ?? null;
    if (was === null || rule.dropped === null) return [];
    const packets = rise(was, rule.dropped);
    if (packets === 0) return [];
    return [
      {
        reason: rule.direction === 'ingress' ? 'hook-in' : 'hook-out',
        namespace: null,
        device: rule.devices.length === 1 ? (rule.devices[0] ?? null) : null,
        packets,
        proof: [{ counter: `nft ${rule.table} ${rule.chain}: ${rule.text}`, rise: packets }],
      },
    ];
  });
}

/** What such rules drop that nobody can know; null when all of them count and were listed. */
export function uncountedSentence({ hooks, hooksCut }: CountersReading): string | null {
  const cut = 'Not all rules at interfaces were listed: what the others drop is not known.';
  const silent = (hooks ?? []).filter(({ dropped }) => dropped === null);
  if (silent.length === 0) return hooksCut ? cut : null;
  const named = silent.slice(0, MOST_RULES).map(({ table, chain, text, direction, devices }) => {
    return `“${text}” in nft ${table} ${chain}, ${direction} of ${devices.join(', ')}`;
  });
  const more = silent.length > MOST_RULES ? `; ${String(silent.length - MOST_RULES)} more` : '';
  return `What these rules drop is not known, since no counter of their own counts just that: ${named.join('; ')}${more}. Put “counter” before their verdict, and it is told here.${hooksCut ? ` ${cut}` : ''}`;
}

/** A rule that was put in again has another number. */
function ruleKey({ table, chain, handle, direction, devices }: DeviceHookRule): string {
  return JSON.stringify([table, chain, handle, direction, devices]);
}
