// What a second start with the same profile hands to the first, and what the first does with it.
import path from 'node:path';
import type { SessionView } from '../../app/contract/session.ts';

/** Exit code of a start whose cluster the window of an earlier one was asked to show: its lab must stay up. */
export const HANDED_OVER = 3;

export interface SecondStart {
  /** Absolute; null when none was named. */
  readonly clusterFile: string | null;
}

export type SecondStartAnswer =
  | { readonly kind: 'show' }
  | { readonly kind: 'open'; readonly clusterFile: string }
  /** Another cluster's session is open: nobody ends it from another terminal. */
  | { readonly kind: 'keep'; readonly sentence: string };

export function answerSecondStart(view: SessionView, handed: unknown): SecondStartAnswer {
  const clusterFile = clusterFileOf(handed);
  if (clusterFile === null) return { kind: 'show' };
  if (view.phase !== 'open') return { kind: 'open', clusterFile };
  if (view.clusterFile !== clusterFile) {
    return {
      kind: 'keep',
      sentence:
        `Another start of Hopscope asked for ${clusterFile}. This window keeps ${view.cluster ?? 'its cluster'}: ` +
        'open that file from here, or end this window and start again.',
    };
  }
  // A session that works loses nothing, least of all its terminals; one that does not may be a lab that was made anew.
  const works = view.nodes.some((node) => node.state === 'connected');
  return works ? { kind: 'show' } : { kind: 'open', clusterFile };
}

/** It comes from another process of the same user: parsed like any message. */
function clusterFileOf(handed: unknown): string | null {
  if (typeof handed !== 'object' || handed === null || !('clusterFile' in handed)) return null;
  const { clusterFile } = handed;
  return typeof clusterFile === 'string' && path.isAbsolute(clusterFile) ? clusterFile : null;
}
