// The root wrapper of tier 2, filled with the very script and streams that the engine runs elsewhere, so that
// the two cannot drift apart: its version is part of the file, and an older one is told apart.
import { DISCOVERY_PARTS, discoveryBody } from '../../app/probe/discovery-script.ts';
import { doorbellStream } from '../../app/probe/doorbell.ts';
import { wrapperText, wrapperVersion, type WrapperContents } from '../node/wrapper.ts';

const contents: WrapperContents = {
  // The script makes its own nonce: the login that starts the verb must not be able to choose it.
  discoveryScript: [
    'read -r nonce </proc/sys/kernel/random/uuid; a=; while [ -n "$nonce" ]; do a=$a${nonce%%-*}',
    'case $nonce in *-*) nonce=${nonce#*-};; *) nonce=;; esac; done; nonce=$a',
    `parts='${DISCOVERY_PARTS.join(' ')}'`,
    discoveryBody,
  ].join('\n'),
  streams: [{ name: 'doorbell', command: doorbellStream.command }],
};

export const installedWrapper = {
  text: wrapperText(contents),
  version: wrapperVersion(contents),
};

/** The nonce that a verb chose: it stands in the first mark, and nothing comes before that. Empty when there is none. */
export function verbNonce(stdout: Uint8Array): string {
  const start = new TextDecoder().decode(stdout.subarray(0, 200));
  return /^\s*#([0-9a-f]{32}) begin meta /.exec(start)?.[1] ?? '';
}
