// A NodeTransport whose node is this machine: each channel is a child process, as sshd would start it (a session
// leader with pipes). A frozen peer is then simply nobody who writes, and no SSH is needed to test a guard.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { fail, ok } from '../../../app/result.ts';
import type { Channel, ChannelExit, NodeTransport } from '../../ssh/transport.ts';

export interface LocalTransport extends NodeTransport {
  /** Process ids of the channels' shells, in the order they were opened. */
  readonly pids: readonly number[];
}

function channelOf(child: ChildProcessWithoutNullStreams): Channel {
  const exit = new Promise<ChannelExit>((resolve) => {
    child.once('error', (error) => {
      resolve({ kind: 'lost', failure: { kind: 'lost', sentence: error.message, retry: false } });
    });
    child.once('close', (code, signal) => {
      resolve(
        signal === null ? { kind: 'exit', code: code ?? 0 } : { kind: 'signal', signal: signal.slice(3) },
      );
    });
  });
  child.stdin.on('error', () => undefined); // EPIPE: shows in `exit`
  let ended = false;
  void exit.then(() => (ended = true));
  return {
    stdout: child.stdout as AsyncIterable<Uint8Array>,
    stderr: child.stderr as AsyncIterable<Uint8Array>,
    exit,
    write: (bytes) =>
      new Promise((resolve) => {
        if (ended || child.stdin.destroyed || child.stdin.writableEnded) resolve();
        else if (child.stdin.write(bytes)) resolve();
        else {
          child.stdin.once('drain', resolve);
          void exit.then(() => {
            resolve();
          });
        }
      }),
    end: () => {
      child.stdin.end();
    },
    [Symbol.asyncDispose]: async () => {
      child.stdin.destroy();
      child.stdout.destroy();
      child.stderr.destroy();
      await exit;
    },
  };
}

const loginShell = (command: string): readonly string[] => ['/bin/sh', '-c', command];

/**
 * `argv` turns a command into what is started; `leader: false` starts it inside our own process group.
 */
export function localTransport(
  options: { argv?: (command: string) => readonly string[]; leader?: boolean; env?: NodeJS.ProcessEnv } = {},
): LocalTransport {
  const { argv = loginShell, leader = true, env = process.env } = options;
  const pids: number[] = [];
  const never = new Promise<never>(() => undefined);
  return {
    pids,
    hostKeyFingerprint: 'SHA256:local',
    local: { address: '127.0.0.1', port: 0 },
    remote: { address: '127.0.0.1', port: 0 },
    channelLimit: null,
    openTerminals: 0,
    closed: never,
    open: (command, { signal }) => {
      if (signal.aborted) return Promise.resolve(fail({ kind: 'cancelled', sentence: 'cancelled' }));
      const [file = '/bin/sh', ...args] = argv(command);
      const child = spawn(file, args, { detached: leader, stdio: 'pipe', env });
      if (child.pid !== undefined) pids.push(child.pid);
      return Promise.resolve(ok(channelOf(child)));
    },
    openTerminal: () => Promise.resolve(fail({ kind: 'refused', sentence: 'no terminals here' })),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
