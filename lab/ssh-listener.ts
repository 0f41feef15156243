import { spawn } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { labEnvironment } from './command.ts';
import { serveContainerExec } from './container-exec.ts';
import { enterArguments } from './node-namespace.ts';
import { readLivingProcess } from './processes.ts';
import { runFolder } from './run-folder.ts';
import type { ListenerRequest } from './ssh-listener-control.ts';
import { listInstances, readState } from './state.ts';

// A process of its own, one an instance: the only door of the lab, and what stands for its kubelets (container-exec.ts). It listens on 127.0.0.1, a port a node, and hands
// each connection to an `sshd -i` inside that node's namespaces (sshd(8), -i: "run from inetd").
// Usage: ssh-listener.ts INSTANCE NODE...; prints {"ports":{NODE:PORT}} when every port is open.

/** Below the kernel's ephemeral range (32768-60999), where an outgoing connection could take a port away. */
const FIRST_PORT = 22150;
const LAST_PORT = 32767;

interface Door {
  readonly node: string;
  readonly port: number;
  server: Server | null;
  /** Connections that are accepted and then left unanswered, as a frozen machine does. */
  held: Socket[] | null;
}

const [instance = '', ...nodes] = process.argv.slice(2);
const folder = runFolder(instance);
const doors = new Map<string, Door>();

// A port that another instance has closed for a while (a fault, a reboot) is still its own.
const taken = new Set((await Promise.all((await listInstances()).map(portsOf))).flat());
let candidate = FIRST_PORT;
for (const node of nodes) {
  const { server, port } = await openNextPort(node);
  doors.set(node, { node, port, server, held: null });
}
serveContainerExec(folder);
const control = createServer((socket) => {
  socket.on('error', () => undefined);
  createInterface({ input: socket }).on('line', (line) => {
    const request = JSON.parse(line) as ListenerRequest;
    void carryOut(request).then((done) => socket.end(done ? 'done\n' : 'the port is taken\n'));
  });
});
control.listen(folder.listenerSocket, () => {
  chmodSync(folder.listenerSocket, 0o600);
  const ports = Object.fromEntries([...doors.values()].map(({ node, port }) => [node, port]));
  console.log(JSON.stringify({ ports }));
});

async function portsOf(other: string): Promise<number[]> {
  const state = await readState(runFolder(other));
  return state.ok ? Object.values(state.value.ports) : [];
}

async function openNextPort(node: string): Promise<{ server: Server; port: number }> {
  while (candidate <= LAST_PORT) {
    const port = candidate;
    candidate += 1;
    if (taken.has(port)) continue;
    const server = await openPort(node, port);
    if (server !== null) return { server, port };
  }
  throw new Error('no free port on 127.0.0.1');
}

async function openPort(node: string, port: number): Promise<Server | null> {
  // Not one byte may be read here: the connection is sshd's from its first.
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    socket.on('error', () => undefined);
    void accept(node, socket);
  });
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code === 'EADDRINUSE') resolve(null);
      else reject(cause);
    });
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      resolve(server);
    });
  });
}

async function accept(node: string, socket: Socket): Promise<void> {
  const held = doors.get(node)?.held;
  if (held) {
    held.push(socket);
    return;
  }
  const init = await readLivingProcess(folder.node(node).pid);
  if (init !== null && !socket.destroyed) {
    const args = [...enterArguments(init), '/usr/sbin/sshd', '-i'];
    const child = spawn('nsenter', args, {
      env: labEnvironment(folder.path),
      cwd: '/',
      stdio: [socket, socket, 'ignore'],
    });
    child.on('error', (cause) => {
      console.error(`nsenter for ${node}: ${cause.message}`);
    });
  }
  // sshd has its own copy of the descriptor; this closes ours without a shutdown.
  socket.destroy();
}

/** @returns false when the port belongs to somebody else by now. */
async function carryOut({ operation, node }: ListenerRequest): Promise<boolean> {
  const door = doors.get(node);
  if (door === undefined) return true;
  if (operation === 'close') {
    door.server?.close();
    door.server = null;
  } else if (operation === 'open') {
    door.server ??= await openPort(node, door.port);
  } else if (operation === 'hold') {
    door.held ??= [];
  } else {
    const held = door.held ?? [];
    door.held = null;
    for (const socket of held) await accept(node, socket);
  }
  return operation !== 'open' || door.server !== null;
}
