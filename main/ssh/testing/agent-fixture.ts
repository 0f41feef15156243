// A real ssh-agent with a socket of its own.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';

/** SSH_AGENTC_SIGN_REQUEST, the byte after the length (draft-miller-ssh-agent §3). */
const SIGN_REQUEST = 13;

export class AgentFixture implements AsyncDisposable {
  readonly socket: string;
  readonly #process: ChildProcess;

  private constructor(socket: string, process: ChildProcess) {
    this.socket = socket;
    this.#process = process;
  }

  static async start(folder: string, name = 'agent'): Promise<AgentFixture> {
    const socket = join(folder, `${name}.sock`);
    const agent = new AgentFixture(socket, spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' }));
    for (let attempt = 0; attempt < 100 && !existsSync(socket); attempt++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return agent;
  }

  add(...keys: readonly string[]): void {
    execFileSync('ssh-add', ['-q', ...keys], {
      env: { ...process.env, SSH_AUTH_SOCK: this.socket },
      stdio: 'ignore',
    });
  }

  /** Another socket of this agent, at which each signature takes `ms`: as when a person is asked for it. */
  async asking(ms: number): Promise<{ readonly socket: string } & Disposable> {
    const socket = `${this.socket}-asking`;
    const server = createServer((near) => {
      const far = connect(this.socket);
      for (const side of [near, far]) side.on('error', () => undefined);
      far.pipe(near);
      near.on('data', (request) => {
        setTimeout(() => far.write(request), request[4] === SIGN_REQUEST ? ms : 0);
      });
      near.on('close', () => far.destroy());
    }).listen(socket);
    await once(server, 'listening');
    return { socket, [Symbol.dispose]: () => void server.close() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    if (this.#process.kill()) await ended;
  }
}
