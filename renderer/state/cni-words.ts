import type { CniState } from '../../app/topology/model.ts';

/** "Calico · VXLAN"; null when nothing tells who made the Pod network. */
export function cniWords({ name, mode }: CniState): string | null {
  if (name === null && mode === null) return null;
  return [name ?? 'unknown network', ...(mode === null ? [] : [mode])].join(' · ');
}
