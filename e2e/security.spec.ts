// The page is treated as hostile: whatever it tries, it reaches neither Node, nor the network, nor another page.
import { createServer } from 'node:http';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Page } from '@playwright/test';
import type { HopscopeBridge } from '../app/contract/calls.ts';
import { clusterFile } from './fixtures/cluster-files.ts';
import { expect, test } from './fixtures/test.ts';
import { whenDrawn } from './fixtures/window-page.ts';

declare global {
  interface Window {
    readonly hopscope: HopscopeBridge;
  }
}

const PAGE = /^app:\/\/hopscope\//;

test('the page has no Node, one bridge function, and runs in the sandbox as nobody special', async ({
  launch,
}) => {
  const { page, pids } = await launched(await launch());
  const reach = await page.evaluate(async () => ({
    node: ['process', 'require', 'module', 'global', 'Buffer', 'electron', 'ipcRenderer'].filter(
      (name) => name in window,
    ),
    bridge: Object.keys(window.hopscope),
    frozen: Object.isFrozen(window.hopscope),
    // From a timer: what the debugger itself evaluates is exempt from the content policy.
    evaluated: await new Promise((resolve) => {
      setTimeout(() => {
        try {
          // oxlint-disable-next-line typescript/no-implied-eval, typescript/no-unsafe-call -- must be refused
          resolve(String(new Function('return 1')()));
        } catch (error) {
          resolve((error as Error).name);
        }
      });
    }),
  }));
  expect(reach).toEqual({ node: [], bridge: ['call'], frozen: true, evaluated: 'EvalError' });

  const [renderer] = await pids('renderer');
  const status = await readFile(`/proc/${String(renderer)}/status`, 'utf8');
  expect(status).toMatch(/^Seccomp:\t2$/m);
  expect(status).toMatch(/^NoNewPrivs:\t1$/m);
  expect(status).not.toMatch(/^Uid:\t0\t/m);
});

test('the page cannot leave, open windows, or be framed', async ({ launch }) => {
  const { page } = await launched(await launch());
  await using outside = await listener();
  const tries: readonly string[] = [
    outside.url,
    'https://example.com/',
    'file:///etc/passwd',
    'data:text/html,gone',
    'chrome://version',
    'app://elsewhere/index.html',
    'javascript:document.title="gone"',
  ];
  for (const url of tries) {
    await page.evaluate((target) => {
      location.href = target;
    }, url);
    await page.waitForTimeout(100);
    expect(page.url(), url).toMatch(PAGE);
  }
  const opened = await page.evaluate((target) => {
    const link = Object.assign(document.createElement('a'), { href: target, target: '_blank' });
    document.body.append(link);
    link.click();
    const form = Object.assign(document.createElement('form'), { action: target, method: 'post' });
    document.body.append(form);
    form.submit();
    return [window.open(target), window.open('app://hopscope/index.html'), window.open('about:blank')];
  }, outside.url);
  expect(opened).toEqual([null, null, null]);
  await page.waitForTimeout(300);
  expect(page.url()).toMatch(PAGE);
  expect(page.context().pages()).toHaveLength(1);
  expect(await page.title()).not.toBe('gone');
  expect(outside.met()).toEqual([]);
});

test('the page reaches nothing outside, by no means that Chromium knows', async ({ launch }) => {
  const { page } = await launched(await launch());
  await using outside = await listener();
  const results = await page.evaluate(
    async ({ http, ws, stun }) => {
      const said = (work: Promise<unknown>): Promise<string> =>
        work.then(
          () => 'reached',
          () => 'refused',
        );
      const loaded = (element: HTMLElement): Promise<string> =>
        new Promise((resolve) => {
          element.onload = (): void => {
            resolve('reached');
          };
          element.onerror = (): void => {
            resolve('refused');
          };
          setTimeout(() => {
            resolve('silent');
          }, 1_000);
          document.head.append(element);
        });
      const socket = (): Promise<string> =>
        new Promise((resolve) => {
          try {
            const web = new WebSocket(ws);
            web.onopen = (): void => {
              resolve('reached');
            };
            web.onerror = (): void => {
              resolve('refused');
            };
          } catch {
            resolve('refused');
          }
        });
      const rtc = (): Promise<string> =>
        new Promise((resolve) => {
          const connection = new RTCPeerConnection({ iceServers: [{ urls: stun }] });
          connection.onicecandidate = ({ candidate }): void => {
            if (candidate !== null && candidate.candidate !== '') resolve(`reached ${candidate.candidate}`);
          };
          connection.createDataChannel('x');
          void connection.createOffer().then((offer) => connection.setLocalDescription(offer));
          setTimeout(() => {
            resolve('refused');
          }, 1_500);
        });
      navigator.sendBeacon(`${http}/beacon`, 'x');
      return {
        fetch: await said(fetch(`${http}/fetch`)),
        noCors: await said(fetch(`${http}/no-cors`, { mode: 'no-cors' })),
        file: await said(fetch('file:///etc/passwd')),
        image: await loaded(Object.assign(new Image(), { src: `${http}/image` })),
        script: await loaded(Object.assign(document.createElement('script'), { src: `${http}/script` })),
        style: await loaded(
          Object.assign(document.createElement('link'), { rel: 'stylesheet', href: `${http}/style` }),
        ),
        frame: await loaded(Object.assign(document.createElement('iframe'), { src: `${http}/frame` })),
        socket: await socket(),
        rtc: await rtc(),
      };
    },
    { http: outside.http, ws: outside.ws, stun: outside.stun },
  );
  for (const [means, result] of Object.entries(results)) {
    // A blocked frame shows Chromium's own error page, which counts as loaded: the listener below is the judge.
    if (means !== 'frame') expect(result, means).toMatch(/^(refused|silent)$/);
  }
  expect(outside.met()).toEqual([]);
});

test('permissions are denied', async ({ launch }) => {
  const { page } = await launched(await launch());
  const states = await page.evaluate(async () => {
    const names = ['geolocation', 'notifications', 'camera', 'microphone', 'clipboard-read', 'midi'];
    const state = async (name: string): Promise<string> =>
      (await navigator.permissions.query({ name: name as PermissionName })).state;
    return await Promise.all(names.map(state));
  });
  expect(new Set(states)).toEqual(new Set(['denied']));
});

test('every file comes with the content policy, and none from outside the page folder', async ({
  launch,
}) => {
  const { page } = await launched(await launch());
  const answers = await page.evaluate(async () => {
    const ask = async (path: string): Promise<[number, string | null, string | null]> => {
      const answer = await fetch(path);
      const { headers } = answer;
      return [answer.status, headers.get('content-security-policy'), headers.get('x-content-type-options')];
    };
    const outside = ['/../../package.json', '/..%2f..%2fpackage.json', '/%2e%2e%2f%2e%2e%2fpackage.json', '/%00', 'app://hopscope//etc/passwd', '/..%5c..%5cpackage.json', '/assets']; // prettier-ignore
    return { index: await ask('/index.html'), outside: await Promise.all(outside.map(ask)) };
  });
  const [status, policy, sniff] = answers.index;
  expect(status).toBe(200);
  expect(policy).toContain(
    "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; img-src 'self' data:; " +
      "font-src 'self'; style-src 'self' 'unsafe-inline'",
  );
  expect(policy).not.toMatch(/unsafe-eval|https?:|\*/);
  expect(sniff).toBe('nosniff');
  for (const [each, itsPolicy] of answers.outside) {
    expect([400, 403, 404]).toContain(each);
    expect(itsPolicy).toBe(policy);
  }
});

test('a call with a bad payload is refused in a sentence, and the program lives on', async ({ launch }) => {
  const { page } = await launched(await launch());
  const bad: readonly (readonly [string, unknown])[] = [
    ['no.such.call', {}],
    ['__proto__', {}],
    ['constructor', {}],
    ['app.describe', { extra: 1 }],
    ['session.lookAt', { label: 7, podId: null }],
    ['session.answerHostKey', { promptId: 'x', answer: 'maybe' }],
    ['terminal.open', { target: { kind: 'node', nodeLabel: '' }, cols: 80, rows: 24 }],
    ['terminal.open', { target: { kind: 'node', nodeLabel: 'x' }, cols: -1, rows: 1e9 }],
    ['stream.open', { nonce: 'short', stream: { kind: 'session' } }],
    ['stream.open', { nonce: 'long enough to be one', stream: { kind: 'file', path: '/etc/passwd' } }],
    ['clipboard.write', { text: null }],
    ['evidence.read', { id: 'x'.repeat(10_000) }],
  ];
  const answers = await page.evaluate(async (tries) => {
    const bridge = window.hopscope as unknown as {
      call: (name: string, request: unknown) => Promise<unknown>;
    };
    return await Promise.all(
      tries.map(([name, request]) =>
        bridge.call(name, request).then(
          () => 'accepted',
          (error: unknown) => (error as Error).message,
        ),
      ),
    );
  }, bad);
  for (const [index, answer] of answers.entries()) {
    expect(answer, JSON.stringify(bad[index])).toMatch(
      /^The window (asked for something|sent a malformed) .*\.$/,
    );
  }
  const described = await page.evaluate(() => window.hopscope.call('app.describe', undefined));
  expect(described.version).toMatch(/^\d+\.\d+\.\d+/);
});

test('a call from a frame that is not our page is refused', async ({ launch }) => {
  const program = await launched(await launch());
  // A frame inside the page has no bridge at all …
  const inner = await program.page.evaluate(() => {
    const frame = document.createElement('iframe');
    document.body.append(frame);
    return frame.contentWindow !== null && 'hopscope' in frame.contentWindow;
  });
  expect(inner).toBe(false);
  // … and a foreign document in its place has one that main does not answer. (Chromium lets nobody refuse a page's way
  // to about:blank; the program notices and brings its own page back.)
  const said: string[] = [];
  program.page.on('console', (message) => said.push(message.text()));
  const session = await program.page.context().newCDPSession(program.page);
  await session.send('Page.enable');
  await session.send('Page.addScriptToEvaluateOnNewDocument', {
    // In a task of its own: this runs before the preload script has put the bridge there.
    source: `if (location.href === 'about:blank') setTimeout(() => {
      const tell = (work) => work.then(() => console.log('foreign: accepted'), (error) => console.log('foreign: ' + error.message));
      void tell(hopscope.call('app.describe', undefined));
      void tell(hopscope.call('stream.open', { nonce: 'a nonce that is long enough', stream: { kind: 'session' } }));
    })`,
  });
  await program.page.evaluate(() => {
    location.href = 'about:blank';
  });
  const refusal = 'foreign: Only the page of the Hopscope window may ask for that.';
  await expect.poll(() => said.filter((line) => line.startsWith('foreign'))).toEqual([refusal, refusal]);
  await expect(program.page).toHaveURL(PAGE);
  await program.page.waitForFunction(() => 'hopscope' in window);
});

test("without Chromium's sandbox it refuses a cluster, and names the mend", async ({ start, lab }) => {
  const child = await start({ args: ['--no-sandbox', '--cluster', lab.client.cluster] });
  expect(await child.ended).toEqual({ code: 2, signal: null });
  expect(child.output).toMatch(
    /hopscope: Chromium's sandbox is off.*ordinary user.*kernel\.unprivileged_userns_clone/,
  );
});

test("without Chromium's sandbox and with its banner it opens the lab, and nothing else by any way", async ({
  launch,
  launcher,
  start,
  lab,
}) => {
  const unsafe = ['--no-sandbox', '--no-sandbox-banner'];
  const home = await launcher.staged.freshFolder('home');
  const file = await clusterFile(launcher, home, lab);
  const other = await start({ home, args: [...unsafe, '--cluster', file] });
  expect(await other.ended).toEqual({ code: 2, signal: null });
  expect(other.output).toMatch(/opens its own lab and nothing else/);

  const { page } = await launched(await launch({ home, args: unsafe }));
  await expect(page.getByTestId('banner')).toContainText("Chromium's sandbox is off");
  const picked = await page.evaluate(() => window.hopscope.call('session.pickAndOpen', undefined));
  expect(picked).toMatchObject({ ok: false, sentence: expect.stringMatching(/nothing else/) });
  const second = await start({ home, args: [...unsafe, '--cluster', lab.client.cluster] });
  expect(await second.ended).toEqual({ code: 3, signal: null });
  await whenDrawn(
    page,
    lab.nodes.map((node) => node.name),
  );
});

test('a second start with the same profile shows the first window instead, and leaves its session alone', async ({
  launch,
  start,
  launcher,
  lab,
}) => {
  const home = await launcher.staged.freshFolder('home');
  const audit = path.join(home, 'audit.jsonl');
  const { page } = await launch({ home, args: ['--cluster', lab.client.cluster, '--audit', audit] });
  await whenDrawn(
    page,
    lab.nodes.map((node) => node.name),
  );
  // From its first command on, what runs on nodes is in the file, which the tab names.
  const entries = (await readFile(audit, 'utf8')).trimEnd().split('\n');
  expect(entries[0]).toContain('"id":1,');
  for (const { name } of lab.nodes)
    expect(entries.some((line) => line.includes(`"node":"${name}"`) && line.includes('discovery: '))).toBe(
      true,
    );
  await page.getByTestId('dock-tab-audit').click();
  await expect(page.getByText(`also appended to ${audit}`)).toBeVisible();
  const file = await clusterFile(launcher, home, lab);
  const second = await start({ home, args: ['--cluster', file] });
  expect(await second.ended).toEqual({ code: 3, signal: null });
  expect(second.output).toContain('it is already running');
  await expect(page.getByTestId('notices')).toContainText(`Another start of Hopscope asked for ${file}`);
  await expect(page.getByTestId('cluster-menu')).not.toContainText('changed');
});

interface Launched {
  readonly page: Page;
  readonly pids: (kind: string) => Promise<number[]>;
}

async function launched(program: {
  readonly page: Page;
  pids(kind: string): Promise<number[]>;
}): Promise<Launched> {
  await program.page.waitForFunction(() => 'hopscope' in window);
  return { page: program.page, pids: (kind) => program.pids(kind) };
}

interface Listener extends AsyncDisposable {
  readonly url: string;
  readonly http: string;
  readonly ws: string;
  readonly stun: string;
  /** Every request or datagram that arrived. */
  readonly met: () => readonly string[];
}

/** A real server on this machine: what it never hears of, the page never reached. */
async function listener(): Promise<Listener> {
  const met: string[] = [];
  const server = createServer((request, response) => {
    met.push(`${request.method ?? ''} ${request.url ?? ''}`);
    response.end();
  });
  server.on('upgrade', (request, socket) => {
    met.push(`upgrade ${request.url ?? ''}`);
    socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const datagrams = createSocket('udp4', (message) => {
    met.push(`datagram of ${String(message.length)} bytes`);
  });
  datagrams.bind(0, '127.0.0.1');
  await once(datagrams, 'listening');
  const http = `http://127.0.0.1:${String(port)}`;
  // A listener that hears nothing would prove nothing.
  await fetch(`${http}/self`);
  if (met.splice(0).length !== 1) throw new Error('the listener is deaf');
  return {
    url: `${http}/page`,
    http,
    ws: `ws://127.0.0.1:${String(port)}/socket`,
    stun: `stun:127.0.0.1:${String(datagrams.address().port)}`,
    met: () => met,
    [Symbol.asyncDispose]: async () => {
      datagrams.close();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
