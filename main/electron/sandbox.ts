// Chromium's sandbox is what stands between a hostile packet's bytes and this machine. Without it the program runs
// only on a lab that the same command made, with a banner that never goes (DESIGN §10 "As root").

export const NO_SANDBOX_BANNER =
  "Chromium's sandbox is off. Use this window for the lab only, and start Hopscope as an ordinary user for a real cluster.";

/** Why a window with that banner opens no other file. */
export const LAB_ONLY =
  "Chromium's sandbox is off, so this window opens its own lab and nothing else: start Hopscope as an ordinary user for " +
  'a real cluster.';

/** Where the lab keeps its instances (RUN_ROOT in lab/run-folder.ts); only root adds one. */
const LAB_ROOT = '/run/hopscope-lab/';

/** @param file absolute, its links resolved. */
export function isLabFile(file: string): boolean {
  return file.startsWith(LAB_ROOT);
}

export type SandboxState =
  | { readonly kind: 'on' }
  | { readonly kind: 'banner'; readonly banner: string }
  | { readonly kind: 'refused'; readonly sentence: string };

export function judgeSandbox(how: {
  /** `--no-sandbox` among Chromium's switches, or Electron's environment variable for it. */
  readonly off: boolean;
  /** `--no-sandbox-banner`: who started us knows, and opens its own lab. */
  readonly accepted: boolean;
  readonly packaged: boolean;
}): SandboxState {
  if (!how.off) return { kind: 'on' };
  if (how.accepted && !how.packaged) return { kind: 'banner', banner: NO_SANDBOX_BANNER };
  return {
    kind: 'refused',
    sentence:
      "Chromium's sandbox is off, and Hopscope does not open a cluster without it: start it as an ordinary user, " +
      'not as root, and allow user namespaces (sysctl -w kernel.unprivileged_userns_clone=1, and on Ubuntu ' +
      'kernel.apparmor_restrict_unprivileged_userns=0), without --no-sandbox.',
  };
}
