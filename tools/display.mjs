// A display of our own (Xvfb) for machines without one, open to who holds its cookie only, and gone when we are.
import { spawn } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { hasCommand } from './system-packages.mjs';

const START_MS = 15_000;
const END_MS = 5000;
const FAMILY_WILD = 65535;

/** Whether the user has a display. macOS and Windows always do. */
export const hasDisplay = (env = process.env) =>
  process.platform !== 'linux' || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);

/** An Xauthority file with one cookie for any host and display (Xau(3): lengths in network byte order). */
function authority(cookie) {
  const counted = (bytes) => Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
  const empty = Buffer.alloc(0);
  return Buffer.concat([
    Buffer.from([FAMILY_WILD >> 8, FAMILY_WILD & 255]),
    counted(empty),
    counted(empty),
    counted(Buffer.from('MIT-MAGIC-COOKIE-1')),
    counted(cookie),
  ]);
}

/**
 * Starts an Xvfb that picks its own number. `user` (`{ uid, gid }` or null) may read the cookie.
 * Resolves to `{ env: { DISPLAY, XAUTHORITY }, [Symbol.asyncDispose] }`, or throws one sentence.
 */
export async function startDisplay({ user = null, width = 1600, height = 1000 } = {}) {
  if (!hasCommand('Xvfb')) {
    throw new Error(
      'There is no display here, and no Xvfb to make one: install xvfb, or set DISPLAY, and try again.',
    );
  }
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hopscope-display-'));
  const cookieFile = path.join(folder, 'Xauthority');
  fs.writeFileSync(cookieFile, authority(crypto.randomBytes(16)), { mode: 0o600 });
  const screen = ['-screen', '0', `${width}x${height}x24`];
  const xvfb = ['Xvfb', '-displayfd', '3', '-nolisten', 'tcp', '-auth', cookieFile, ...screen];
  // Should this process be killed outright, the kernel ends the display.
  const [program, ...args] = hasCommand('setpriv') ? ['setpriv', '--pdeathsig', 'TERM', ...xvfb] : xvfb;
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe', 'pipe'], detached: true });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const dispose = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    const kill = setTimeout(() => child.kill('SIGKILL'), END_MS);
    await ended;
    clearTimeout(kill);
    fs.rmSync(folder, { recursive: true, force: true });
  };
  try {
    const number = await displayNumber(child);
    if (user !== null) {
      // The folder stays ours: we and Xvfb go by the file's name again.
      fs.chownSync(cookieFile, user.uid, user.gid);
      fs.chmodSync(folder, 0o711);
    }
    return { env: { DISPLAY: `:${number}`, XAUTHORITY: cookieFile }, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** What Xvfb writes to descriptor 3 once it listens. */
function displayNumber(child) {
  return new Promise((resolve, reject) => {
    let text = '';
    let complaint = '';
    const timer = setTimeout(() => reject(new Error('Xvfb did not start within 15 s.')), START_MS);
    child.stderr.on('data', (chunk) => (complaint = (complaint + chunk).slice(-2000)));
    child.stdio[3].on('data', (chunk) => {
      text += chunk;
      if (!text.includes('\n')) return;
      clearTimeout(timer);
      resolve(Number(text));
    });
    child.once('error', reject);
    child.once('close', () => {
      clearTimeout(timer);
      reject(new Error(`Xvfb did not start: ${complaint.trim() || 'it said nothing'}`));
    });
  });
}
