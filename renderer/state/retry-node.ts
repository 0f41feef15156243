import { callAndForget } from '../bridge/call.ts';
import { tell } from './ui.ts';

/** Connect again now instead of at the end of the back-off. */
export function retryNode(label: string): void {
  callAndForget('session.retryNode', { label }, (sentence) => {
    tell('error', sentence);
  });
}
