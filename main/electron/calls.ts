// The only place that touches ipcMain: one channel, every sender checked before its payload is looked at.
import { ipcMain, type BrowserWindow, type WebFrameMain } from 'electron';
import { CALL_CHANNEL, type CallReply } from '../preload/channels.ts';
import { dispatchCall, isOurPage, type CallHandlers } from './call-dispatch.ts';
import { complain } from './complain.ts';

export type PageCaller = WebFrameMain;

/** Answers the window's calls until it is closed. */
export function answerCalls(window: BrowserWindow, handlers: CallHandlers<PageCaller>): Disposable {
  ipcMain.handle(CALL_CHANNEL, async (event, name: unknown, request: unknown): Promise<CallReply> => {
    // Electron 33 types it as always present, later ones as null when the frame has gone meanwhile.
    const sender: WebFrameMain | null = event.senderFrame;
    if (window.isDestroyed() || !isOurPage(sender, window.webContents.mainFrame)) {
      return { ok: false, sentence: 'Only the page of the Hopscope window may ask for that.' };
    }
    try {
      return await dispatchCall(handlers, name, request, sender);
    } catch (error) {
      // A bug, not a refusal: the page gets a sentence, the terminal the reason.
      complain(`the call ${String(name)} failed inside Hopscope`, error);
      return { ok: false, sentence: 'Hopscope failed to do that because of a fault of its own.' };
    }
  });
  return {
    [Symbol.dispose]: () => {
      ipcMain.removeHandler(CALL_CHANNEL);
    },
  };
}
