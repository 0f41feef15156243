// Whether the kernel's answer for a route is what our model says. Its errors are ambiguous: several reasons share one, and kernels differ in
// which they give (app/route/kernel-lookup.ts lists them); of several paths any is right, since a hash decides.
import type { KernelRoute } from '../probe/kernel-routes.ts';
import type { KernelContradiction, TraceLookup } from './model.ts';

type Told = Exclude<KernelRoute, { kind: 'unasked' }>;

/** A sentence; null where they agree, or the kernel does not ask itself what our model does. */
export function kernelDisagreement(lookup: TraceLookup, told: Told): string | null {
  const { place, command, expected } = lookup;
  if (isUnaskedBy(lookup) || agrees(expected, told)) return null;
  return `${place}, ${command}: ${theirs(told)}, ${ours(expected)}.`;
}

/**
 * Where they disagree and no other reading is left: both know a way and it is another one, or one knows none. What the kernel refuses
 * with EINVAL or EHOSTUNREACH may have several reasons, of which settings that were not read are one.
 */
export function kernelContradiction(lookup: TraceLookup, told: Told): KernelContradiction | null {
  const { expected, node, netnsId, place, isPod, command, asked } = lookup;
  if (isUnaskedBy(lookup) || agrees(expected, told)) return null;
  const isPlain =
    told.kind === 'refused'
      ? expected.kind === 'route' && PLAIN_ERRORS.has(told.errno)
      : expected.kind === 'route' || BY_ROUTES.has(expected.why);
  if (!isPlain) return null;
  const { destination, family } = asked;
  const device = told.kind === 'route' ? told.dev : null;
  const words = { theirs: theirs(told), ours: ours(expected) };
  return { node, netnsId, place, isPod, command, destination, family, device, ...words };
}

/** No route, or throw; prohibit. */
const PLAIN_ERRORS: ReadonlySet<string> = new Set(['ENETUNREACH', 'EACCES']);
/** What rules and tables alone decide. */
const BY_ROUTES: ReadonlySet<string> = new Set(['no-route', 'blackhole', 'unreachable', 'prohibit']);

/** `ip -6 route get` does not ask whether the machine forwards. */
function isUnaskedBy({ expected, asked }: TraceLookup): boolean {
  return asked.family === 6 && expected.kind === 'refused' && expected.why === 'forwarding-off';
}

function ours(expected: TraceLookup['expected']): string {
  return expected.kind === 'refused'
    ? `our model refuses it (${expected.why})`
    : `our model goes ${expected.paths.map(pathText).join(' or ')}${typeText(expected.type)}`;
}

function theirs(told: Told): string {
  return told.kind === 'refused'
    ? `the kernel refuses it (${told.errno})`
    : `the kernel goes ${pathText(told)}${typeText(told.type)}`;
}

function agrees(expected: TraceLookup['expected'], told: Told): boolean {
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
