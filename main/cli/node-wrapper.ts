// `hopscope node-wrapper`: what an operator installs on a node for tier 2 (README, "with which rights").
import { Command } from 'commander';
import { nodeWrapper } from '../node/node-wrapper.ts';
import { sudoersLine, wrapperText } from '../node/wrapper.ts';

export function nodeWrapperCommand(): Command {
  return new Command('node-wrapper')
    .description('print the root-owned script that a login with sudo may run on a node')
    .option('--sudoers <LOGIN>', 'print the sudoers line for that login instead')
    .exitOverride()
    .action((options: { sudoers?: string }) => {
      process.stdout.write(
        options.sudoers === undefined ? wrapperText(nodeWrapper) : sudoersLine(options.sudoers),
      );
    });
}
