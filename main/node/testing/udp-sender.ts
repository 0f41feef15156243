// Packets to capture: UDP on lo, 200 a second, and as fast as it gets when it is told to.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Bytes of a packet: more than are captured of it. */
const SOURCE = `
  const { createSocket } = require('node:dgram');
  const to = createSocket('udp4'), from = createSocket('udp4'), bytes = Buffer.alloc(200, 'x');
  to.bind(0, '127.0.0.1', () => from.bind(0, '127.0.0.1', () => console.log(to.address().port)));
  const send = () => from.send(bytes, to.address().port, '127.0.0.1');
  to.once('listening', () => setInterval(send, 5));
  let flooding = false;
  const flood = () => { if (!flooding) return; for (let i = 0; i < 1000; i++) send(); setTimeout(flood, 10); };
  process.stdin.on('data', (word) => { const was = flooding; flooding = /flood/.test(word); if (!was) flood(); });
  process.stdin.on('end', () => process.exit());`;

export interface UdpSender extends Disposable {
  readonly pid: number;
  /** Its packets go to this port of 127.0.0.1. */
  readonly port: number;
  flood(on: boolean): void;
}

/** `inside`: words before the program, as to enter a namespace. */
export async function udpSender(...inside: readonly string[]): Promise<UdpSender> {
  const words = [...inside, process.execPath, '-e', SOURCE];
  const child = spawn(words[0] ?? '', words.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return {
    pid: child.pid ?? 0,
    port: Number(line.toString()),
    flood: (on) => {
      child.stdin.write(on ? 'flood\n' : 'calm\n');
    },
    [Symbol.dispose]() {
      child.kill('SIGKILL');
    },
  };
}
