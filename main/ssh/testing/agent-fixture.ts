// A real ssh-agent with a socket of its own.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

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

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    if (this.#process.kill()) await ended;
  }
}
