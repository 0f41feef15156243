// The root wrapper of tier 2, filled with the very script and stream that the engine runs elsewhere, so that the
// two cannot drift apart: its version is part of the file, and an older one is told apart.
import { discoveryBody } from '../../app/probe/discovery-script.ts';
import { doorbellCommand } from '../../app/probe/doorbell.ts';
import { wrapperText, wrapperVersion, type WrapperContents } from '../node/wrapper.ts';

/** Name of the stream that says when to read again. */
export const doorbell = 'doorbell';

const contents: WrapperContents = {
  discoveryBody,
  streams: [{ name: doorbell, command: doorbellCommand({ allNamespaces: true }) }],
};

export const installedWrapper = { text: wrapperText(contents), version: wrapperVersion(contents) };
