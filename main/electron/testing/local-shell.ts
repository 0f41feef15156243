// A terminal channel whose other end is a real shell on this machine: what SSH does, without a node.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ChannelExit, TerminalChannel, TerminalSize } from '../../ssh/transport.ts';

export interface LocalShell extends TerminalChannel {
  readonly pid: number;
  readonly sizes: readonly TerminalSize[];
  /** True once the feed has let go of it. */
  readonly disposed: () => boolean;
}

export function localShell(script: string): LocalShell {
  const child = spawn('sh', ['-c', script], { stdio: ['pipe', 'pipe', 'ignore'] });
  if (child.pid === undefined) throw new Error('sh could not be started');
  child.stdin.on('error', () => undefined);
  const sizes: TerminalSize[] = [];
  let disposed = false;
  const exit = new Promise<ChannelExit>((resolve) => {
    child.on('exit', (code, signal) => {
      resolve(signal === null ? { kind: 'exit', code: code ?? 0 } : { kind: 'signal', signal });
    });
  });
  return {
    pid: child.pid,
    sizes,
    disposed: () => disposed,
    stdout: child.stdout,
    stderr: (async function* none(): AsyncGenerator<Uint8Array> {})(),
    write: async (bytes) => {
      if (!child.stdin.write(bytes)) await once(child.stdin, 'drain').catch(() => undefined);
    },
    end: () => {
      child.stdin.end();
    },
    exit,
    resize: (size) => {
      sizes.push(size);
    },
    [Symbol.asyncDispose]: async () => {
      disposed = true;
      child.kill('SIGKILL');
      await exit;
    },
  };
}
