// Filters of tc at interfaces (tc(8); net/sched/cls_*.c, act_*.c) at their hooks ingress and egress: which drop or send elsewhere, and how many
// packets each took. Programs of eBPF decide by themselves: that there is one is all that is known. From `tc -s -j -batch` of one line a hook.
import { z } from 'zod';
import type { HookDirection } from './device-hooks.ts';
import { parseToolJson } from './tool-json.ts';

export interface TcFilter {
  readonly device: string;
  readonly direction: HookDirection;
  /** `matchall`, `u32`, `flower`, `bpf` … */
  readonly kind: string;
  /** Lower ones are asked first. */
  readonly pref: number;
  /** `all`, `ip`, `ipv6`, `arp` … */
  readonly protocol: string;
  /** It takes every packet of its protocol. */
  readonly matchesAll: boolean;
  /** `other`: it lets pass, marks, counts, or that is not known. `program`: eBPF decides. */
  readonly does: 'drop' | 'limit' | 'redirect' | 'program' | 'other';
  /** What tells it from others of its kind at its place, with its chain; left out where tc does not say. */
  readonly handle?: string;
  /** To which interface it sends them. */
  readonly to: string | null;
  /** The packets that it dropped, by its own actions' counters; null where they do not tell. */
  readonly dropped: number | null;
}

export interface TcFilters {
  readonly filters: readonly TcFilter[];
  /** Not all hooks were listed. */
  readonly cut: boolean;
}

/** Real ones have a handful. */
const MOST_FILTERS = 2000;
const ASKED = /^filter show dev ([A-Za-z0-9_.:-]+) (ingress|egress)$/;

const action = z.object({
  kind: z.string(),
  control_action: z.object({ type: z.string() }).optional().catch(undefined),
  mirred_action: z.string().optional().catch(undefined),
  to_dev: z.string().optional().catch(undefined),
  stats: z.object({ drops: z.number() }).optional().catch(undefined),
});

const filter = z.object({
  protocol: z.string(),
  pref: z.number(),
  kind: z.string(),
  chain: z.number().optional().catch(undefined),
  options: z
    .object({
      order: z.number().optional().catch(undefined),
      handle: z
        .union([z.number(), z.string().max(32)])
        .optional()
        .catch(undefined),
      fh: z.string().max(32).optional().catch(undefined),
      match: z.object({ mask: z.string() }).optional().catch(undefined),
      keys: z.record(z.string(), z.unknown()).optional().catch(undefined),
      'direct-action': z.boolean().optional().catch(undefined),
      bpf_name: z.string().optional().catch(undefined),
      actions: z.array(action).optional().catch(undefined),
    })
    .optional(),
});

/** @param text what was asked, a line a hook, an empty line, then a JSON document for each. */
export function parseTcFilters(text: string): TcFilters {
  const [head = '', body = ''] = text.split(/\n\n(.*)/s);
  const lines = head.split('\n');
  const hooks = lines.flatMap((line) => {
    const [, device, direction] = ASKED.exec(line) ?? [];
    return device === undefined ? [] : [{ device, direction: direction as HookDirection }];
  });
  const documents = body.split('\n').filter((line) => line.trim() !== '');
  // An older tc writes the matches of u32 on lines of their own: behind such a one it is not known which document is which hook's.
  const broken = documents.findIndex((document) => !isList(document));
  const sure = documents.length > hooks.length ? 0 : broken === -1 ? documents.length : broken;
  const filters = hooks.slice(0, sure).flatMap((hook, at) => filtersOf(documents[at] ?? '', hook));
  return {
    filters: filters.slice(0, MOST_FILTERS),
    cut: lines.some((line) => line.startsWith('left out')) || sure < hooks.length,
  };
}

function isList(document: string): boolean {
  const json = parseToolJson(document);
  return json.ok && Array.isArray(json.value);
}

function filtersOf(
  document: string,
  hook: { readonly device: string; readonly direction: HookDirection },
): TcFilter[] {
  const json = parseToolJson(document);
  if (!json.ok || !Array.isArray(json.value)) return [];
  const entries = json.value.flatMap((entry) => filter.safeParse(entry).data ?? []);
  // tc writes each match of u32 under one and the same name: where a filter has several, the last alone is left of them.
  const isWhole = [...document.matchAll(/"match":/g)].length === entries.filter(matchOf).length;
  return entries.flatMap(({ protocol, pref, kind, chain = 0, options }): TcFilter[] => {
    if (options === undefined || (kind === 'u32' && options.order === undefined)) return [];
    const { actions = [], keys, match, fh, handle = fh } = options;
    // Into another chain than the first only what is sent there goes.
    const matchesAll =
      chain === 0 &&
      (kind === 'matchall' ||
        (kind === 'u32' && isWhole && match !== undefined && /^0+$/.test(match.mask)) ||
        (kind === 'flower' && keys !== undefined && Object.keys(keys).length === 0));
    const does = whatItDoes(
      kind,
      options['direct-action'] === true || options.bpf_name !== undefined,
      actions,
    );
    const counts = actions.flatMap(({ stats }) => (stats === undefined ? [] : [stats.drops]));
    return [
      {
        ...{ ...hook, kind, pref, protocol, matchesAll, does },
        ...(handle === undefined
          ? {}
          : { handle: `${chain === 0 ? '' : `${String(chain)} `}${String(handle)}` }),
        to: actions.find(({ to_dev: to }) => to !== undefined)?.to_dev ?? null,
        dropped: does === 'program' || counts.length === 0 ? null : counts.reduce((sum, one) => sum + one, 0),
      },
    ];
  });
}

function matchOf({ options }: z.infer<typeof filter>): boolean {
  return options?.match !== undefined;
}

/** The first action that ends a packet's way decides, where nothing before it does. */
function whatItDoes(
  kind: string,
  isProgram: boolean,
  actions: readonly z.infer<typeof action>[],
): TcFilter['does'] {
  if (kind === 'bpf' && (isProgram || actions.length === 0)) return 'program';
  for (const { kind: own, control_action: control, mirred_action: mirred } of actions) {
    if (own === 'bpf') return 'program';
    if (own === 'police') return 'limit';
    if (own === 'mirred' && mirred === 'redirect') return 'redirect';
    if (control?.type === 'drop') return 'drop';
    if (control?.type === 'pass') return 'other';
  }
  return 'other';
}
