// `hopscope collect`: the script for a machine that no SSH leads to. --paste reads what it prints.
import { Command } from 'commander';
import { collectScript } from '../../app/probe/discovery-script.ts';

export function collectCommand(): Command {
  return new Command('collect')
    .description('print a script that reads a node from its console; discover --paste reads its output')
    .exitOverride()
    .action(() => {
      process.stdout.write(collectScript());
    });
}
