#!/usr/bin/env node
// The same job without a window (DESIGN §8). Exit codes: 0 fine, 1 a finding of severity error, 2 usage or connection.
import { Command, CommanderError } from 'commander';
import { plainText } from '../app/plain-text.ts';
import { withAuditOption } from './cli/audit-option.ts';

/** In the order in which help lists them. Loaded when they are asked for: all of them take longer than decoding a million packets. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  decode: async () => (await import('./cli/decode.ts')).decodeCommand(),
  discover: async () => (await import('./cli/discover.ts')).discoverCommand(),
  route: async () => (await import('./cli/route.ts')).routeCommand(),
  doctor: async () => (await import('./cli/doctor.ts')).doctorCommand(),
  trace: async () => (await import('./cli/trace.ts')).traceCommand(),
  'what-if': async () => (await import('./cli/what-if.ts')).whatIfCommand(),
  scope: async () => (await import('./cli/scope.ts')).scopeCommand(),
  probe: async () => (await import('./cli/probe.ts')).probeCommand(),
  bgp: async () => (await import('./cli/bgp.ts')).bgpCommand(),
  etcd: async () => (await import('./cli/etcd.ts')).etcdCommand(),
  collect: async () => (await import('./cli/collect.ts')).collectCommand(),
  watch: async () => (await import('./cli/watch.ts')).watchCommand(),
  drops: async () => (await import('./cli/drops.ts')).dropsCommand(),
  firewall: async () => (await import('./cli/firewall.ts')).firewallCommand(),
  lab: async () => (await import('./cli/lab.ts')).labCommand(),
  'node-wrapper': async () => (await import('./cli/node-wrapper.ts')).nodeWrapperCommand(),
};

const program = new Command('hopscope')
  .description(
    'Shows where a packet goes in a Kubernetes cluster, hop by hop and live, and where it stops and why.',
  )
  .version('0.1.0')
  .showHelpAfterError('(hopscope --help lists what there is)')
  .exitOverride();

// `hopscope … | head`: who read has enough. The exit code is still the command's.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE')
      end(`the output cannot be written (${error.message}); choose another place for it`);
  });
}
process.on('uncaughtException', broken);

try {
  const [, , asked = ''] = process.argv;
  const one = Object.hasOwn(commands, asked) ? commands[asked] : undefined;
  for (const load of one === undefined ? Object.values(commands) : [one])
    program.addCommand(withAuditOption(await load()));
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) broken(error);
  else process.exitCode = error.exitCode === 0 ? 0 : 2;
}

function broken(error: unknown): void {
  end(`this should not happen, please report it: ${error instanceof Error ? error.message : String(error)}`);
}

/** Node's own exit code for this would be 1, which means a finding. */
function end(reason: string): void {
  process.exitCode = 2;
  process.stderr.write(`hopscope: ${plainText(reason)}\n`, () => process.exit());
}
