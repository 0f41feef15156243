#!/usr/bin/env node
// The same job without a window (DESIGN §8). Exit codes: 0 fine, 1 a finding of severity error, 2 usage or connection.
import { Command, CommanderError } from 'commander';
import { discoverCommand } from './cli/discover.ts';
import { labCommand } from './cli/lab.ts';
import { nodeWrapperCommand } from './cli/node-wrapper.ts';

const program = new Command('hopscope')
  .description(
    'Shows where a packet goes in a Kubernetes cluster, hop by hop and live, and where it stops and why.',
  )
  .version('0.1.0')
  .showHelpAfterError('(hopscope --help lists what there is)')
  .exitOverride()
  .addCommand(discoverCommand())
  .addCommand(labCommand())
  .addCommand(nodeWrapperCommand());

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}
