// `hopscope node-wrapper`: what an operator installs on a node for tier 2 (README, "with which rights").
import { Command, InvalidArgumentError } from 'commander';
import { nodeWrapper } from '../node/node-wrapper.ts';
import { sudoersLine, wrapperText } from '../node/wrapper.ts';

export function nodeWrapperCommand(): Command {
  return new Command('node-wrapper')
    .description('print the root-owned script that a login with sudo may run on a node')
    .option('--sudoers <LOGIN>', 'print the sudoers line for that login instead', loginLine)
    .exitOverride()
    .action((options: { sudoers?: string }) => {
      process.stdout.write(options.sudoers ?? wrapperText(nodeWrapper));
    });
}

function loginLine(login: string): string {
  try {
    return sudoersLine(login);
  } catch {
    throw new InvalidArgumentError('It takes the name of a login, as in /etc/passwd.');
  }
}
