// One kind of traffic on a watched lab, what is done to it, and what its trails must say.
import type { TrailView } from '../../../app/contract/trails.ts';
import { TO, type Seen, type TrailsOfLab } from './trails-of-lab.ts';

export const [ONE, OTHER] = ['k8s-worker-1', 'k8s-worker-2'];
export const NIC = 'ens192';
export const NODES = ['k8s-master', ONE, OTHER];
export const modes = ['bgp', 'vxlan', 'bridge', 'flannel', 'dual stack'] as const;
export type Mode = (typeof modes)[number];
/** Places where a packet from Pod to Pod is seen. */
export const LANES: Readonly<Record<Mode, number>> = {
  bgp: 6,
  vxlan: 8,
  bridge: 8,
  flannel: 10,
  'dual stack': 6,
};
/** Of tunnels that captures look into. */
export const TUNNEL_PORTS: Readonly<Partial<Record<Mode, number>>> = { vxlan: 4789, flannel: 8472 };

export interface Case {
  readonly what: string;
  /** Verbs of the lab before it is watched. */
  readonly first: readonly (readonly string[])[];
  /** Once it is watched, before that is sent. */
  readonly before?: (of: TrailsOfLab, mode: Mode) => Promise<void>;
  /** Of `lab traffic send`. */
  readonly words: readonly string[];
  /** What happens while that is sent. */
  readonly meanwhile?: (of: TrailsOfLab) => Promise<void>;
  readonly look: (seen: Seen, mode: Mode, of: TrailsOfLab) => void | Promise<void>;
}

export const words = (line: string): readonly string[] => line.split(' ');
export const UDP = words(`--to ${TO} --count 1500 --rate 1500`);

export const count = (trails: readonly TrailView[], verdict: TrailView['verdict']): number =>
  trails.filter((trail) => trail.verdict === verdict).length;

export function bytes(trails: readonly TrailView[]): number {
  return trails.reduce((sum, trail) => sum + trail.bytes, 0);
}

/** It went from Pod to Pod by all that there is between. */
export function isWhole({ verdict, sightings }: TrailView, lanes: number): boolean {
  return verdict === 'delivered' && sightings.length === lanes;
}
