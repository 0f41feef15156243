import { expect, it } from 'vitest';
import { npmCommand } from './node-modules.mjs';

it('runs the npm that called us, by this Node', () => {
  const env = { npm_execpath: '/usr/lib/node_modules/npm/bin/npm-cli.js' };
  expect(npmCommand(env, 'linux', '/usr/bin/node')).toEqual(['/usr/bin/node', env.npm_execpath]);
});

it('never names npm.cmd, which Windows starts in a shell only', () => {
  const node = 'C:\\Program Files\\nodejs\\node.exe';
  const script = 'C:\\Program Files\\nodejs\\node_modules\\npm\\bin\\npm-cli.js';
  expect(npmCommand({}, 'win32', node)).toEqual([node, script]);
  expect(npmCommand({ npm_execpath: 'C:\\pnpm\\pnpm.cjs' }, 'win32', node)).toEqual([node, script]);
  expect(npmCommand({}, 'linux', '/usr/bin/node')).toEqual(['npm']);
});
