// Whether the kernel's answer for a route is what our model says. Its errors are ambiguous: several reasons share one, and kernels differ in
// which they give (app/route/kernel-lookup.ts lists them); of several paths any is right, since a hash decides.
import type { KernelRoute } from '../probe/kernel-routes.ts';
import type { TraceLookup } from './model.ts';

/** A sentence; null where they agree, or the kernel does not ask itself what our model does. */
export function kernelDisagreement(
  { place, command, expected, asked }: TraceLookup,
  told: Exclude<KernelRoute, { kind: 'unasked' }>,
): string | null {
  // `ip -6 route get` does not ask whether the machine forwards.
  if (asked.family === 6 && expected.kind === 'refused' && expected.why === 'forwarding-off') return null;
  const ours =
    expected.kind === 'refused'
      ? `our model refuses it (${expected.why})`
      : `our model goes ${expected.paths.map(pathText).join(' or ')}${typeText(expected.type)}`;
  const theirs =
    told.kind === 'refused'
      ? `the kernel refuses it (${told.errno})`
      : `the kernel goes ${pathText(told)}${typeText(told.type)}`;
  return agrees(expected, told) ? null : `${place}, ${command}: ${theirs}, ${ours}.`;
}

function agrees(expected: TraceLookup['expected'], told: Exclude<KernelRoute, { kind: 'unasked' }>): boolean {
  if (expected.kind === 'refused') return told.kind === 'refused' && expected.errnos.includes(told.errno);
  if (told.kind === 'refused') return false;
  // What stays here is said to leave by lo, whichever device has the address.
  if (expected.type === 'local' || told.type === 'local') return expected.type === told.type;
  return expected.paths.some(({ dev, via }) => dev === told.dev && via === told.via);
}

function pathText({ dev, via }: { readonly dev: string; readonly via: string | null }): string {
  return via === null ? `out of ${dev}` : `by ${dev} to ${via}`;
}

function typeText(type: string): string {
  return type === 'unicast' ? '' : ` (${type})`;
}
