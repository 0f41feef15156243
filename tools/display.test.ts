import fs from 'node:fs';
import { expect, it } from 'vitest';
import { hasDisplay, startDisplay } from './display.mjs';
import { run } from './run.mjs';

it('knows whether there is a display', () => {
  expect(hasDisplay({ DISPLAY: ':0' })).toBe(true);
  expect(hasDisplay({ WAYLAND_DISPLAY: 'wayland-0' })).toBe(true);
  expect(hasDisplay({ DISPLAY: '' })).toBe(process.platform !== 'linux');
});

it.runIf(process.platform === 'linux')(
  'starts a display that only its cookie opens, and leaves nothing',
  async () => {
    const display = await startDisplay();
    const { DISPLAY, XAUTHORITY } = display.env;
    const socket = `/tmp/.X11-unix/X${DISPLAY.slice(1)}`;
    expect(DISPLAY).toMatch(/^:\d+$/);
    expect(fs.statSync(XAUTHORITY).mode & 0o777).toBe(0o600);
    expect(fs.existsSync(socket)).toBe(true);
    // The X11 connection set-up without a cookie (little-endian, version 11.0): the first byte of the answer is 0, "failed".
    const asked = `const s = require('net').connect('${socket}'); s.on('data', (d) => { console.log(d[0]); s.end(); });
    s.write(Buffer.from([0x6c, 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0]));`;
    expect((await run(process.execPath, ['-e', asked], { timeout: 5000 })).stdout).toBe('0\n');
    await display[Symbol.asyncDispose]();
    expect(fs.existsSync(socket)).toBe(false);
    expect(fs.existsSync(XAUTHORITY)).toBe(false);
  },
);
