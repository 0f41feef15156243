import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { removeOld } from './window-folder.mjs';

it('keeps the folder of a window that still runs, however old', () => {
  const store = fs.mkdtempSync(path.join(os.tmpdir(), 'hopscope-store-'));
  onTestFinished(() => fs.rmSync(store, { recursive: true }));
  const old = new Date(Date.now() - 25 * 60 * 60 * 1000);
  for (const name of ['running', 'left', 'fresh', 'current']) {
    fs.mkdirSync(path.join(store, name));
    if (name !== 'fresh') fs.utimesSync(path.join(store, name), old, old);
  }
  // As a window is started: its program, and its folder as an argument.
  const window = spawn('sh', ['-c', 'read line', path.join(store, 'running')]);
  onTestFinished(() => void window.kill());
  removeOld(store, path.join(store, 'current'));
  expect(fs.readdirSync(store).sort()).toEqual(['current', 'fresh', 'running']);
});
