// A topology that is being drawn: what its namespaces will hold, for random-topology.ts and the faults that change it.
import type { Random } from './random.ts';

/** What faults change. */
export interface Space {
  readonly name: string;
  readonly machine: string;
  /** Paths below /proc/sys/net. */
  readonly sysctls: Map<string, string>;
  /** Devices that it makes itself, for `ip`. */
  readonly made: string[];
  readonly addresses: string[];
  /** Devices that are set up. */
  readonly up: string[];
  readonly routes: string[];
  readonly neighbours: string[];
  /** Of `bridge fdb`. */
  readonly fdb: string[];
  /** Lines of `ip` at the end. */
  readonly last: string[];
  readonly nft: string[];
  /** Of `iptables-restore`. */
  readonly iptables: string[];
}

export interface Draft {
  readonly random: Random;
  readonly layout: (typeof LAYOUTS)[number];
  readonly family: 4 | 6;
  readonly spaces: ReadonlyMap<string, Space>;
  /** Each `link add` with what is changed of it behind. */
  readonly links: string[];
  readonly faults: string[];
  readonly addresses: Readonly<Record<'c' | 's' | 'a' | 'b', string>>;
  sender: string;
  target: string;
  /** 0.0.0.0, 127.0.0.1, or nobody listens. */
  listening: 'any' | 'loopback' | 'none';
  ttl: number;
  /** Bytes of the IP packet, UDP and ICMP. */
  size: number;
  readonly vxlan: { vniOfB: number; portOfB: number };
}

export const LAYOUTS = ['wire', 'wires', 'router', 'bridge', 'vxlan'] as const;

export const PORT = 8080;
const MACS: Readonly<Record<string, string>> = {
  c: '02:00:00:00:0c:01',
  s: '02:00:00:00:0d:01',
  ca: 'ee:ee:ee:ee:ee:ee',
  cb: 'ee:ee:ee:ee:ee:ee',
  a: '02:00:00:00:0a:01',
  b: '02:00:00:00:0b:01',
  a2: '02:00:00:00:0a:02',
  b2: '02:00:00:00:0b:02',
  ra: '02:00:00:00:0e:0a',
  rb: '02:00:00:00:0e:0b',
  va: '02:00:00:00:aa:aa',
  vb: '02:00:00:00:bb:bb',
  bra: '02:00:00:00:ca:01',
  brb: '02:00:00:00:cb:01',
};
export const mac = (name: string): string => MACS[name] ?? '';

/** @param text of IPv4, of IPv6. */
export const of = <T>(family: 4 | 6, four: T, six: T): T => (family === 4 ? four : six);

export function at(draft: Draft, name: string): Space {
  const found = draft.spaces.get(name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
}

/** Nodes that it passes, in order. */
export const nodesOf = ({ layout }: Draft): readonly string[] =>
  layout === 'router' ? ['a', 'r', 'b'] : ['a', 'b'];
