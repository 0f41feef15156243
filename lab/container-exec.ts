// The kubelet's part of `kubectl exec`: runs a command in the namespaces of a Pod of a node, over a WebSocket that the API server
// hands on. On the host, since a node's processes cannot enter those of another.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { EXEC_CHANNELS, EXEC_PROTOCOLS, execStatus } from '../app/probe/exec-channels.ts';
import { webSocketFrame, WebSocketReader } from '../app/probe/websocket-frames.ts';
import { labEnvironment } from './command.ts';
import { hostPath } from './node-namespace.ts';
import { readLivingProcess } from './processes.ts';
import type { RunFolder } from './run-folder.ts';

const MOST_BYTES = 1024 * 1024;
/** RFC 6455 §1.3. */
const ACCEPT = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** Listens on `folder.kubeletSocket` for `GET /exec/NODE/POD?container=…&command=…`. */
export function serveContainerExec(folder: RunFolder): void {
  const server = createServer((_, response) => {
    response.writeHead(400).end('exec is asked over a WebSocket\n');
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    exec(folder, request, socket, head).catch((error: unknown) => {
      refuse(socket, 500, error instanceof Error ? error.message : String(error));
    });
  });
  server.listen(folder.kubeletSocket, () => {
    chmodSync(folder.kubeletSocket, 0o600);
  });
}

function refuse(socket: Duplex, code: number, message: string): void {
  const body = JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, message });
  const head = `HTTP/1.1 ${code} Refused\r\ncontent-type: application/json\r\nconnection: close\r\n`;
  socket.end(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

async function exec(
  folder: RunFolder,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://kubelet');
  const [, , node = '', pod = ''] = pathname.split('/').map((part) => decodeURIComponent(part));
  const command = searchParams.getAll('command');
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(/\s*,\s*/);
  const protocol = EXEC_PROTOCOLS.find((one) => offered.includes(one));
  const key = request.headers['sec-websocket-key'];
  if (protocol === undefined || key === undefined) {
    refuse(socket, 400, `exec here speaks ${EXEC_PROTOCOLS.join(' and ')} over a WebSocket only`);
    return;
  }
  if (searchParams.get('tty') === 'true') {
    refuse(socket, 501, 'exec here has no terminal: leave -t out');
    return;
  }
  const enter = await namespacesOf(folder, node, pod, searchParams.get('container') ?? '');
  if (enter === null) {
    refuse(socket, 404, `no process of Pod ${pod} runs on ${node}`);
    return;
  }
  const accept = createHash('sha1').update(`${key}${ACCEPT}`).digest('base64');
  const lines = ['Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${accept}`];
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\nSec-WebSocket-Protocol: ${protocol}\r\n\r\n`,
  );
  run(socket, head, [...enter, '--', ...command], labEnvironment(folder.path));
}

/** Arguments of nsenter; null where the Pod has no process. */
async function namespacesOf(
  folder: RunFolder,
  node: string,
  pod: string,
  container: string,
): Promise<string[] | null> {
  if (!/^[a-z0-9.-]{1,253}$/.test(pod) || !/^[a-z0-9-]{0,63}$/.test(container)) return null;
  if (!/^[a-z0-9.-]{1,63}$/.test(node)) return null;
  const init = await readLivingProcess(folder.node(node).pid);
  if (init === null) return null;
  const read = async (path: string): Promise<string> =>
    (await readFile(hostPath(init, path), 'utf8').catch(() => '')).trim();
  const pid = await read(`/run/lab/pods/${pod}`);
  if (!/^\d+$/.test(pid)) return null;
  // By the node's own /proc, which numbers it so; one that has more of its own (sh/container-init.sh), by the Pod's.
  const own = await read(`/run/lab/containers/${pod}.${container}`);
  const process = hostPath(init, `/proc/${pid}${/^\d+$/.test(own) ? `/root/proc/${own}` : ''}`);
  const kinds = { pid: 'pid', mount: 'mnt', uts: 'uts', ipc: 'ipc', net: 'net' };
  return [
    ...Object.entries(kinds).map(([option, file]) => `--${option}=${process}/ns/${file}`),
    `--wd=${process}/root/`,
  ];
}

/** Like a container runtime, it lets a command go on whose client is gone: only its pipes are closed. */
function run(socket: Duplex, head: Buffer, args: readonly string[], env: NodeJS.ProcessEnv): void {
  const child = spawn('nsenter', args, { env, cwd: '/', stdio: ['pipe', 'pipe', 'pipe'] });
  const send = (channel: number, bytes: Uint8Array): boolean =>
    socket.write(webSocketFrame('binary', Uint8Array.from([channel, ...bytes]), null));
  for (const [channel, stream] of [
    [EXEC_CHANNELS.stdout, child.stdout],
    [EXEC_CHANNELS.stderr, child.stderr],
  ] as const)
    stream.on('data', (chunk: Buffer) => {
      if (send(channel, chunk)) return;
      stream.pause();
      socket.once('drain', () => stream.resume());
    });
  child.stdin.on('error', () => undefined);
  child.on('error', (error) => socket.destroy(error));
  child.on('close', (code, signal) => {
    if (socket.destroyed) return;
    send(EXEC_CHANNELS.status, Buffer.from(execStatus(code ?? (signal === 'SIGTERM' ? 143 : 137))));
    socket.end(webSocketFrame('close', Uint8Array.from([3, 232]), null));
  });
  const reader = new WebSocketReader(MOST_BYTES);
  const take = (bytes: Uint8Array): void => {
    for (const { kind, payload } of reader.push(bytes)) {
      const [channel] = payload;
      if (kind === 'ping') socket.write(webSocketFrame('pong', payload, null));
      else if (kind === 'close') socket.end();
      else if (channel === EXEC_CHANNELS.stdin) child.stdin.write(payload.subarray(1));
      else if (channel === EXEC_CHANNELS.close) child.stdin.end();
    }
    if (reader.broken !== null) socket.destroy();
  };
  take(head);
  socket.on('data', take);
  socket.on('close', () => {
    for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe.destroy();
  });
}
