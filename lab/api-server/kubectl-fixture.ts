// For tests: a server on 127.0.0.1 and the machine's real kubectl pointed at it, with a home of its own.
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json } from './json.ts';
import { ApiServer, type ApiServerOptions } from './server.ts';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const KUBECTL_TIMEOUT_MS = 30_000;

export class KubectlFixture {
  readonly server: ApiServer;
  readonly folder: string;
  readonly control: string;

  private constructor(server: ApiServer, folder: string, control: string) {
    this.server = server;
    this.folder = folder;
    this.control = control;
  }

  static async start(options: Partial<ApiServerOptions> = {}): Promise<KubectlFixture> {
    const folder = mkdtempSync(join(tmpdir(), 'lab-api-'));
    const control = join(folder, 'control.sock');
    const started = await ApiServer.start({ listen: [{ host: '127.0.0.1', port: 0 }], control, ...options });
    if (!started.ok) throw new Error(started.failure.sentence);
    const fixture = new KubectlFixture(started.value, folder, control);
    writeFileSync(
      join(folder, 'kubeconfig'),
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ name: 'lab', cluster: { server: fixture.url } }],
        contexts: [{ name: 'lab', context: { cluster: 'lab', user: '' } }],
        'current-context': 'lab',
      }),
    );
    return fixture;
  }

  get url(): string {
    return `http://${this.server.addresses[0] ?? ''}`;
  }

  #environment(): NodeJS.ProcessEnv {
    return { PATH: process.env['PATH'], HOME: this.folder, KUBECONFIG: join(this.folder, 'kubeconfig') };
  }

  /** Runs kubectl to its end; a code other than 0 is an answer, not an exception. */
  run(args: readonly string[], input = ''): Promise<Ran> {
    return new Promise((resolve) => {
      const options = { env: this.#environment(), timeout: KUBECTL_TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024 };
      const child = execFile('kubectl', args, options, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ code, stdout, stderr: error === null ? stderr : stderr || error.message });
      });
      child.stdin?.end(input);
    });
  }

  /** The output of a kubectl that has to succeed. */
  async ok(args: readonly string[], input = ''): Promise<string> {
    const ran = await this.run(args, input);
    if (ran.code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${ran.stderr}`);
    return ran.stdout;
  }

  /** A kubectl that goes on: its lines so far, and a wait for more of them. */
  follow(args: readonly string[]): Following {
    return new Following('kubectl', args, this.#environment());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export class Following {
  readonly lines: string[] = [];
  readonly #child;
  readonly #ended: Promise<void>;
  #rest = '';
  #wake: () => void = () => undefined;
  hasEnded = false;

  constructor(file: string, args: readonly string[], environment: NodeJS.ProcessEnv) {
    this.#child = spawn(file, args, { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const parts = `${this.#rest}${text}`.split('\n');
      this.#rest = parts.pop() ?? '';
      this.lines.push(...parts);
      this.#wake();
    });
    this.#ended = new Promise((resolve) => {
      this.#child.once('close', () => {
        this.hasEnded = true;
        this.#wake();
        resolve();
      });
    });
  }

  /** Waits for `count` lines in all, and returns them. */
  async until(count: number, timeoutMs = 15_000): Promise<string[]> {
    const deadline = Date.now() + timeoutMs;
    while (this.lines.length < count) {
      const left = deadline - Date.now();
      if (left <= 0 || this.hasEnded) {
        throw new Error(`${String(count)} lines wanted, have: ${this.lines.join('\n')}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.lines;
  }

  async events(count: number): Promise<Json[]> {
    return (await this.until(count)).map((line) => JSON.parse(line) as Json);
  }

  ended(): Promise<void> {
    return this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}
