import type { HopscopeBridge } from '../../app/contract/calls.ts';

declare global {
  interface Window {
    /** Put there by the preload script; the only way out of the page. */
    readonly hopscope: HopscopeBridge;
  }
}
