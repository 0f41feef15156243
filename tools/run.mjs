// Child processes with a deadline. Every tool starts its programs through here, so none can hang a set-up or a test run.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';

/** What `run` has under way. Nothing of it outlives us when we end by `process.exit`. */
const running = new Set();
process.on('exit', () => {
  for (const child of running) signalGroup(child, 'SIGTERM');
});

/** The whole process group of `child`: it was started with `detached`. */
function signalGroup(child, name) {
  try {
    if (process.platform === 'win32') child.kill(name);
    else process.kill(-child.pid, name);
  } catch {
    // The group is gone already: that is what we want.
  }
}

/** First kindly. */
function endGroup(child, graceMilliseconds) {
  signalGroup(child, 'SIGTERM');
  const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), graceMilliseconds);
  timer.unref();
}

/** From now on a program and its children compute only when nobody else wants to. */
function giveWay(child) {
  const lowest = os.constants.priority.PRIORITY_LOW;
  try {
    os.setPriority(child.pid, lowest);
    // Linux shares time out between sessions first, and within one by niceness (sched(7), "The autogroup feature").
    fs.writeFileSync(`/proc/${child.pid}/autogroup`, `${lowest}`);
  } catch (error) {
    // The kernel takes one such wish of a user in a tenth of a second. Otherwise it ended already, or has no such groups.
    if (error.code === 'EAGAIN' && running.has(child)) setTimeout(giveWay, 200, child).unref();
  }
}

/**
 * Runs a program to its end.
 *
 * `timeout` is in milliseconds. `show` passes its output through; otherwise it is collected. `signal` ends it early.
 * `yielding` programs compute only when nobody else wants to.
 * Resolves to `{ code, signal, stdout, stderr, timedOut, milliseconds }`; a program that cannot be started has code 127.
 */
export function run(
  program,
  args,
  { cwd, env, timeout = 60_000, show = false, input, uid, gid, signal, yielding = false } = {},
) {
  return new Promise((resolve) => {
    const started = performance.now();
    const child = spawn(program, args, {
      cwd,
      env: env ?? process.env,
      uid,
      gid,
      stdio: [input === undefined ? 'ignore' : 'pipe', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'],
      detached: process.platform !== 'win32',
    });
    let timedOut = false;
    const output = { stdout: [], stderr: [] };
    for (const name of ['stdout', 'stderr']) child[name]?.on('data', (chunk) => output[name].push(chunk));
    const timer = setTimeout(() => {
      timedOut = true;
      endGroup(child, 5000);
    }, timeout);
    const onAbort = () => endGroup(child, 5000);
    signal?.addEventListener('abort', onAbort, { once: true });
    if (child.pid !== undefined) {
      running.add(child);
      if (yielding) giveWay(child);
    }
    if (signal?.aborted) onAbort();
    const finish = (code, endSignal, failure) => {
      running.delete(child);
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      resolve({
        code,
        signal: endSignal,
        stdout: Buffer.concat(output.stdout).toString('utf8'),
        stderr: Buffer.concat(output.stderr).toString('utf8') + (failure ? failure.message : ''),
        timedOut,
        milliseconds: performance.now() - started,
      });
    };
    child.on('error', (error) => finish(127, null, error));
    child.on('close', (code, endSignal) => finish(code ?? 1, endSignal));
    if (input !== undefined) {
      child.stdin.on('error', () => {}); // It may end without reading: its exit code says so.
      child.stdin.end(input);
    }
  });
}

/** Like `run`, but anything but exit code 0 throws with the end of what it wrote. */
export async function mustRun(program, args, options) {
  const result = await run(program, args, options);
  if (result.code !== 0) {
    const why = result.timedOut ? `did not end within ${options.timeout} ms` : `exit code ${result.code}`;
    throw new Error(`${program} ${args.join(' ')}: ${why}\n${(result.stderr || result.stdout).slice(-2000)}`);
  }
  return result;
}
