import { callAndForget } from '../bridge/call.ts';
import { tell } from './ui.ts';

export function copyText(text: string): void {
  callAndForget('clipboard.write', { text }, (sentence) => {
    tell('error', sentence);
  });
}
