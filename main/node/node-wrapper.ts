// What the root wrapper of this version holds: the discovery, and the doorbell of all namespaces.
import { discoveryBody } from '../../app/probe/discovery-script.ts';
import { doorbellCommand } from '../../app/probe/doorbell.ts';
import type { WrapperContents } from './wrapper.ts';

/** For wrapperText() and wrapperVersion(). Its stream is followed as `{ name: 'doorbell', command: null }`. */
export const nodeWrapper: WrapperContents = {
  discoveryBody,
  streams: [{ name: 'doorbell', command: doorbellCommand({ allNamespaces: true }) }],
};
