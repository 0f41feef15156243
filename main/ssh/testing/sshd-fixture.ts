// A real sshd on 127.0.0.1 with a configuration, keys and a home of its own, for tests. Root not needed for one's own
// account. Everything it starts ends with it, by process id.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

export interface SshdOptions {
  /** Lines of sshd_config that go before the fixture's own (the first value of a keyword wins). */
  readonly config?: readonly string[];
  /** Types of host keys to make. */
  readonly hostKeys?: readonly ('ed25519' | 'ecdsa' | 'rsa')[];
  /** Port to listen on; a free one is found otherwise. */
  readonly port?: number;
}

/** prctl(2) PR_SET_PDEATHSIG: a test that hangs or is killed leaves no sshd behind. */
const DIES_WITH_US = ['--pdeathsig', 'KILL', '--'];

export class SshdFixture implements AsyncDisposable {
  /** Everything of this fixture lies in here and goes with it. */
  readonly folder: string;
  readonly port: number;
  readonly user = userInfo().username;
  readonly host = '127.0.0.1';
  #process: ChildProcess | null = null;

  private constructor(folder: string, port: number) {
    this.folder = folder;
    this.port = port;
  }

  static async start(options: SshdOptions = {}): Promise<SshdFixture> {
    const folder = mkdtempSync(join(tmpdir(), 'hopscope-sshd-'));
    const fixture = new SshdFixture(folder, options.port ?? (await freePort()));
    try {
      mkdirSync(fixture.home, { mode: 0o700 });
      mkdirSync(fixture.#shellHome, { mode: 0o700 });
      fixture.makeKey('login');
      fixture.authorize('login');
      const types = options.hostKeys ?? ['ed25519'];
      for (const type of types) fixture.makeKey(`host_${type}`, { type });
      fixture.writeKnownHosts(types.map((type) => fixture.knownHostsLine(type)));
      writeFileSync(join(folder, 'sshd_config'), fixture.#config(options, types));
      await fixture.listen();
    } catch (error) {
      await fixture[Symbol.asyncDispose]();
      throw error;
    }
    return fixture;
  }

  /** What its logins' shells take for theirs: a .bashrc of the machine may start a hundred programs a command. */
  get #shellHome(): string {
    return join(this.folder, 'shell-home');
  }

  /** A home folder for the client: empty, so that nothing of the machine's own ~/.ssh is used. */
  get home(): string {
    return join(this.folder, 'home');
  }

  get knownHosts(): string {
    return join(this.folder, 'known_hosts');
  }

  /** The private key that may log in. */
  get loginKey(): string {
    return join(this.folder, 'login');
  }

  get pid(): number {
    const pid = this.#process?.pid;
    if (pid === undefined) throw new Error('this sshd is not running');
    return pid;
  }

  #config(options: SshdOptions, types: readonly string[]): string {
    return [
      ...(options.config ?? []),
      `ListenAddress ${this.host}:${this.port}`,
      ...types.map((type) => `HostKey ${join(this.folder, `host_${type}`)}`),
      `PidFile none`,
      `AuthorizedKeysFile ${join(this.folder, 'authorized_keys')}`,
      // The folder lies in a world-writable /tmp, which sshd would hold against it.
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PermitRootLogin yes',
      'PermitUserRC no',
      `SetEnv HOME=${this.#shellHome}`,
      'LogLevel VERBOSE',
      '',
    ].join('\n');
  }

  /** Starts sshd (again) and waits until it answers. */
  async listen(): Promise<void> {
    if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
    const args = ['-D', '-e', '-f', join(this.folder, 'sshd_config')];
    const child = spawn('setpriv', [...DIES_WITH_US, sshdPath(), ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#process = child;
    let log = '';
    child.stderr.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-65_536)));
    this.#log = () => log;
    for (let attempt = 0; attempt < 100; attempt++) {
      if (child.exitCode !== null) throw new Error(`sshd ended: ${log}`);
      if (await answers(this.host, this.port)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`sshd did not listen within 5 s: ${log}`);
  }

  #log: () => string = () => '';

  /** What sshd has logged since it was last started. */
  get log(): string {
    return this.#log();
  }

  /** Process ids of the sessions under this sshd, and what they started, sshd's own first. */
  sessions(): readonly number[] {
    return this.#process?.pid === undefined ? [] : descendants(this.#process.pid);
  }

  /** Sends `signal` to every session process, not to the listener. */
  signalSessions(signal: NodeJS.Signals): void {
    for (const pid of this.sessions()) kill(pid, signal);
  }

  /** Ends the listener alone, or with its sessions. */
  async stop(options: { sessions: boolean } = { sessions: true }): Promise<void> {
    const child = this.#process;
    if (child?.pid === undefined) return;
    const sessions = options.sessions ? this.sessions() : [];
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const running = child.exitCode === null && child.signalCode === null;
    kill(child.pid, 'SIGKILL');
    for (const pid of sessions) kill(pid, 'SIGKILL');
    if (running) await ended;
    this.#process = null;
  }

  makeKey(name: string, options: { type?: string; passphrase?: string } = {}): string {
    const path = join(this.folder, name);
    const { type = 'ed25519', passphrase = '' } = options;
    const size = type === 'rsa' ? ['-b', '2048'] : [];
    execFileSync('ssh-keygen', ['-q', '-t', type, ...size, '-N', passphrase, '-C', name, '-f', path]);
    return path;
  }

  /** Only these keys may log in from now on. */
  authorize(...names: readonly string[]): void {
    const lines = names.map((name) => readFileSync(join(this.folder, `${name}.pub`), 'utf8'));
    writeFileSync(join(this.folder, 'authorized_keys'), lines.join(''), { mode: 0o600 });
  }

  knownHostsLine(type = 'ed25519'): string {
    const [keyType = '', key = ''] = readFileSync(join(this.folder, `host_${type}.pub`), 'utf8').split(' ');
    return `[${this.host}]:${this.port} ${keyType} ${key}`;
  }

  writeKnownHosts(lines: readonly string[]): void {
    writeFileSync(this.knownHosts, lines.map((line) => `${line}\n`).join(''), { mode: 0o600 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address !== null
          ? resolve(address.port)
          : reject(new Error('no port')),
      );
    });
  });
}

function sshdPath(): string {
  // It must be started by its absolute path (sshd re-executes itself).
  return execFileSync('sh', ['-c', 'PATH=$PATH:/usr/sbin:/sbin command -v sshd'], {
    encoding: 'utf8',
  }).trim();
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}

/** Parents first, read from /proc. */
function descendants(root: number): readonly number[] {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
    } catch {
      // It ended while the list was read.
    }
  }
  const below = (pid: number): number[] =>
    (children.get(pid) ?? []).flatMap((child) => [child, ...below(child)]);
  return below(root);
}
