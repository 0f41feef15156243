import { call, sentenceOf } from '../bridge/call.ts';
import { tell } from './ui.ts';

/** Asks for a cluster file and opens it. Cancelling is no failure. */
export async function openClusterFile(): Promise<void> {
  try {
    const outcome = await call('session.pickAndOpen', undefined);
    if (!outcome.ok && outcome.sentence !== '') tell('error', outcome.sentence);
  } catch (error) {
    tell('error', sentenceOf(error));
  }
}
