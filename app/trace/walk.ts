// A packet on its way through one namespace, and what was decided so far. Each stage takes a walk and what comes next, and gives the
// passages that it ends in: one, or several where the kernel chooses among paths or rules by chance.
import type { HookContext } from '../firewall/hook-context.ts';
import { shellWord } from '../probe/shell-word.ts';
import type { TraceStep } from './model.ts';
import type { TracedNamespace } from './namespace.ts';
import type { TracedPacket } from './packet.ts';
import { stepOf } from './step.ts';
import type {
  Departure,
  Passage,
  PassOptions,
  RouteLookup,
  StopReason,
  TrackedConnection,
} from './passage.ts';

/** Where the packet walks. */
export interface Ground {
  readonly at: TracedNamespace;
  readonly options: PassOptions;
  readonly context: HookContext;
}

/** What conntrack makes of the packet. */
export type Tracking =
  /** Not yet asked, or a rule said not to. */
  | { readonly kind: 'none' }
  /** `first`: as the packet was before any translation. */
  | { readonly kind: 'new'; readonly first: TracedPacket }
  | {
      readonly kind: 'known';
      readonly connection: TrackedConnection;
      readonly direction: 'original' | 'reply';
    }
  | { readonly kind: 'invalid' };

export interface Walk {
  readonly share: number;
  readonly packet: TracedPacket;
  readonly tracking: Tracking;
  readonly steps: readonly TraceStep[];
  readonly lookups: readonly RouteLookup[];
  /** Where it was last seen; null: nowhere yet. */
  readonly seenAt: string | null;
}

export type Next = (walk: Walk) => readonly Passage[];

export type StepWords = Parameters<typeof stepOf>[0];

export function passes(walk: Walk, words: StepWords): Walk {
  return { ...walk, steps: [...walk.steps, stepOf(words)] };
}

/** `rejected`: whoever sends it is told. */
export function stops(
  walk: Walk,
  how: 'dropped' | 'rejected',
  reason: StopReason,
  words: StepWords,
): Passage[] {
  const step = stepOf({ device: walk.seenAt, ...words, outcome: 'stops' });
  return ends({ ...walk, steps: [...walk.steps, step] }, { kind: how, device: walk.seenAt, reason });
}

export function unknown(walk: Walk, words: StepWords): Passage[] {
  const step = stepOf({ device: walk.seenAt, ...words, outcome: 'unknown' });
  return ends({ ...walk, steps: [...walk.steps, step] }, { kind: 'unknown', why: words.sentence });
}

export function ends(walk: Walk, departure: Departure): Passage[] {
  const { share, steps, lookups } = walk;
  const arrived = departure.kind === 'leaves' || departure.kind === 'delivered';
  return [{ share, steps, departure, lookups, tracked: arrived ? rememberedOf(walk) : null }];
}

/** What conntrack keeps once the packet has passed (nf_conntrack_confirm): only what came through is kept. */
export function rememberedOf({ tracking, packet }: Walk): TrackedConnection | null {
  switch (tracking.kind) {
    case 'none':
    case 'invalid':
      return null;
    case 'known':
      return tracking.connection;
    case 'new': {
      const { first } = tracking;
      const reply: TracedPacket = {
        ...packet,
        src: packet.dst,
        dst: packet.src,
        sport: packet.dport,
        dport: packet.sport,
        connection: { ...packet.connection, state: 'established', direction: 'reply' },
      };
      return { protocol: packet.protocol, original: first, reply };
    }
  }
}

/** The evidence of these kinds of facts, as far as there is any. */
export function evidenceOf({ evidence }: TracedNamespace, ...kinds: readonly string[]): string[] {
  return kinds.flatMap((kind) => evidence.get(kind) ?? []);
}

/** As one types it on the node: inside a Pod through a process of it. */
export function commandIn({ isPod, pid }: TracedNamespace, ...words: readonly (string | number)[]): string {
  const command = words.map((word) => shellWord(String(word))).join(' ');
  if (!isPod || pid === null) return command;
  return `nsenter -t ${pid} -n ${command}`;
}

/** @param path below /proc/sys/net. A device's name may hold dots: then it is written with slashes. */
export function sysctlIn(at: TracedNamespace, path: string): string {
  const whole = `net/${path}`;
  return commandIn(at, 'sysctl', whole.includes('.') ? whole : whole.replaceAll('/', '.'));
}
