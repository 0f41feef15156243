// Runs sandboxed before the page: no Node, one bundled CommonJS file. It forwards and decides nothing;
// main checks the sender and parses every payload (main/electron/calls.ts).
import { contextBridge, ipcRenderer } from 'electron';
import type { CallName, CallRequest, CallResponse, HopscopeBridge } from '../../app/contract/calls.ts';
import { CALL_CHANNEL, PORT_CHANNEL, type CallReply } from './channels.ts';

/** The two things of the DOM used here; the rest of main is compiled without one. */
declare const window: {
  readonly location: { readonly origin: string };
  postMessage(message: unknown, targetOrigin: string, transfer: readonly unknown[]): void;
};

const bridge: HopscopeBridge = {
  async call<N extends CallName>(name: N, request: CallRequest<N>): Promise<CallResponse<N>> {
    const reply = (await ipcRenderer.invoke(CALL_CHANNEL, name, request)) as CallReply;
    if (!reply.ok) throw new Error(reply.sentence);
    return reply.value as CallResponse<N>;
  },
};

contextBridge.exposeInMainWorld('hopscope', bridge);

// contextBridge cannot carry ports; a window message can. The nonce, chosen by the page, says which one it is
// (the habit of VS Code's preload), and the target origin keeps it from any other document.
ipcRenderer.on(PORT_CHANNEL, (event, nonce: unknown) => {
  window.postMessage({ hopscopePort: nonce }, window.location.origin, event.ports);
});
