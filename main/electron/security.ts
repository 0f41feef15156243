// What no page of ours may do, whichever session it runs in (electronjs.org/docs/latest/tutorial/security).
import { app, type Session, type WebContents } from 'electron';
import { PAGE_SCHEME } from './page-address.ts';

/** The page's own files and DevTools' bundled ones; everything else would be remote content. */
const allowedProtocols: ReadonlySet<string> = new Set([`${PAGE_SCHEME}:`, 'devtools:']);

/** Must run before the app is ready, so that the first session is already covered. */
export function lockDown(): void {
  app.enableSandbox();
  // Nothing here is ever looked up by Chromium; what slips past every other rule still finds no address.
  app.commandLine.appendSwitch('host-resolver-rules', 'MAP * ~NOTFOUND');
  app.commandLine.appendSwitch('disable-background-networking');
  app.commandLine.appendSwitch('disable-component-update');
  app.on('session-created', lockSession);
  app.on('web-contents-created', (_event, contents) => {
    lockContents(contents);
  });
}

function lockSession(session: Session): void {
  session.setPermissionRequestHandler((_contents, _permission, callback) => {
    callback(false);
  });
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  session.setSpellCheckerEnabled(false);
  session.on('will-download', (event) => {
    event.preventDefault();
  });
  session.webRequest.onBeforeRequest((details, callback) => {
    const allowed = URL.canParse(details.url) && allowedProtocols.has(new URL(details.url).protocol);
    callback({ cancel: !allowed });
  });
}

function lockContents(contents: WebContents): void {
  const refuse = (event: { preventDefault(): void }): void => {
    event.preventDefault();
  };
  contents.on('will-navigate', refuse);
  contents.on('will-frame-navigate', refuse);
  contents.on('will-redirect', refuse);
  contents.on('will-attach-webview', refuse);
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  // WebRTC answers to no connect-src: without a proxy this leaves it no socket.
  contents.setWebRTCIPHandlingPolicy('disable_non_proxied_udp');
}
