import { readFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { resetClock, setClock } from './clock.ts';
import { accept, decimalNumber, say, wholeNumber } from './command-line.ts';
import { down, downAll } from './down.ts';
import { execOnNode } from './exec.ts';
import { fault, FAULTS, heal } from './faults.ts';
import { readLosses } from './faults-loss.ts';
import { ETCD_MODES, type EtcdMode, NETWORK_MODES, type NetworkMode } from './lab-plan.ts';
import { removeOrphans } from './maker.ts';
import { NETWORKS } from './network/networks.ts';
import { DEFAULT_SHAPE } from './plan.ts';
import { addPod, deletePod, recreatePod } from './pod-changes.ts';
import { rebootNode } from './reboot.ts';
import { listInstances } from './state.ts';
import { describeStatus, instanceStatus } from './status.ts';
import { addTrafficCommands } from './traffic-commands.ts';
import { up } from './up.ts';

// `hopscope lab …`: a program of its own. Exit codes: 0 done, 1 a failure of the lab's own, 2 refused.

interface UpFlags {
  readonly name: string;
  readonly nodes?: number;
  readonly pods?: number;
  readonly mode?: NetworkMode;
  readonly ipv6?: true;
  readonly etcd?: EtcdMode;
  readonly reflectors?: number;
  readonly owner: number;
  readonly wrapper?: string;
  readonly for?: number;
  readonly json?: true;
}

const program = new Command('lab')
  .description('A real cluster in network namespaces of this machine.')
  .exitOverride()
  .enablePositionalOptions()
  .hook('preAction', (_, action) => {
    // `up` undoes what it began; a program of `exec` gets the terminal's signals itself.
    if (action.name() !== 'up' && action.name() !== 'exec') endAtOnce();
  });

program
  .command('up')
  .description('start a lab, or start it anew after a crash')
  .option('--name <name>', 'the instance', 'default')
  .option('--nodes <n>', `machines, the master among them (${DEFAULT_SHAPE.nodes})`, wholeNumber)
  .option('--pods <n>', `Pods on each worker (${DEFAULT_SHAPE.pods})`, wholeNumber)
  .addOption(
    new Option('--mode <mode>', `how Pods are networked:\n${modeList()}\n(${DEFAULT_SHAPE.mode})`).choices(
      NETWORK_MODES,
    ),
  )
  .option('--ipv6', 'nodes and Pods have an IPv6 address, too')
  .addOption(
    new Option(
      '--etcd <how>',
      `the master's etcd, with certificates or without (${DEFAULT_SHAPE.etcd})`,
    ).choices(ETCD_MODES),
  )
  .option(
    '--reflectors <n>',
    `so many nodes reflect BGP routes for the others, and there is no mesh (${DEFAULT_SHAPE.reflectors})`,
    wholeNumber,
  )
  .option('--owner <uid>', "the user who may read the client's files", wholeNumber, defaultOwner())
  .option('--wrapper <file>', "the program that worker 1's user may run through sudo")
  .option(
    '--for <pid>',
    'a process that it goes with: once that has ended, the next `up` of any lab ends it',
    wholeNumber,
  )
  .option('--json', 'for machines')
  .action(async (flags: UpFlags) => {
    for (const name of await removeOrphans(console.error))
      console.error(`lab "${name}" was left behind, and is down`);
    const wrapper = flags.wrapper === undefined ? {} : { wrapper: await readFile(flags.wrapper, 'utf8') };
    const { nodes, pods, mode, ipv6, etcd, reflectors } = flags;
    const shape = {
      ...(nodes === undefined ? {} : { nodes }),
      ...(pods === undefined ? {} : { pods }),
      ...(mode === undefined ? {} : { mode }),
      ...(ipv6 === undefined ? {} : { ipv6 }),
      ...(etcd === undefined ? {} : { etcd }),
      ...(reflectors === undefined ? {} : { reflectors }),
    };
    const running = accept(
      await up({
        name: flags.name,
        shape,
        owner: flags.owner,
        maker: flags.for ?? null,
        progress: console.error,
        signal: untilInterrupted(),
        ...wrapper,
      }),
    );
    if (running === null) return;
    const { reused } = running;
    const status = accept(await instanceStatus(flags.name));
    if (status === null) return;
    if (flags.json === true) {
      console.log(JSON.stringify({ schema: 1, reused, instance: status }, null, 2));
      return;
    }
    const verb = reused ? 'was up already' : `up and converged in ${(running.elapsedMs / 1000).toFixed(1)} s`;
    console.log(`lab "${flags.name}" ${verb}\n${describeStatus(status)}`);
  });

program
  .command('down')
  .description('end a lab and remove all it made')
  .option('--name <name>', 'the instance', 'default')
  .option('--all', 'every instance')
  .action(async (flags: { name: string; all?: true }) => {
    const ended = accept(flags.all === true ? await downAll() : await down(flags.name));
    for (const name of ended ?? []) console.log(`lab "${name}" is down`);
  });

program
  .command('status')
  .description('what runs')
  .option('--name <name>', 'one instance')
  .option('--json', 'for machines')
  .action(async (flags: { name?: string; json?: true }) => {
    const names = flags.name === undefined ? await listInstances() : [flags.name];
    const read = await Promise.all(names.map(instanceStatus));
    const statuses = read.filter((status) => status.ok).map(({ value }) => value);
    for (const status of read) {
      // No lab is an answer; one whose state is damaged is told, and does not hide the others.
      if (status.ok || status.failure.kind === 'no-lab') continue;
      if (status.failure.kind === 'unreadable' && statuses.length > 0) console.error(status.failure.sentence);
      else accept(status);
    }
    if (flags.json === true) console.log(JSON.stringify({ schema: 1, instances: statuses }, null, 2));
    else if (statuses.length > 0) console.log(statuses.map(describeStatus).join('\n'));
    else if (process.exitCode === undefined) console.log('no lab is up');
  });

program
  .command('fault')
  .description(`break a node:\n${faultList()}`)
  .argument('<name>', 'a fault, or the verb that mends it')
  .argument('[value]', 'what the fault asks for')
  .option('--on <node>', 'where (k8s-worker-1)')
  .addOption(new Option('--node <name>', 'the same').hideHelp())
  .option('--name <name>', 'the instance', 'default')
  .action(
    async (name: string, value: string | undefined, flags: { on?: string; node?: string; name: string }) => {
      say(await fault(flags.name, name, flags.on ?? flags.node ?? 'k8s-worker-1', value));
    },
  );

program
  .command('heal')
  .description('mend one fault, or all')
  .argument('[name]', 'a fault')
  .option('--on <node>', 'only there')
  .addOption(new Option('--node <name>', 'the same').hideHelp())
  .option('--name <name>', 'the instance', 'default')
  .action(async (name: string | undefined, flags: { on?: string; node?: string; name: string }) => {
    const names = name === undefined ? {} : { names: [name] };
    say(await heal(flags.name, { node: flags.on ?? flags.node, ...names }));
  });

program
  .command('losses')
  .description('what each fault loss has dropped so far, of how many that came by')
  .option('--json', 'for machines')
  .option('--name <name>', 'the instance', 'default')
  .action(async (flags: { json?: true; name: string }) => {
    const losses = accept(await readLosses(flags.name));
    if (losses === null) return;
    if (flags.json === true) console.log(JSON.stringify({ schema: 1, losses }, null, 2));
    for (const { node, argument, seen, dropped } of flags.json === true ? [] : losses)
      console.log(`${node}: ${argument}: ${dropped} of ${seen} dropped`);
  });

const pod = program.command('pod').description('add, delete or recreate a Pod');
pod
  .command('add')
  .argument('<pod>')
  .option('--node <name>', 'where', 'k8s-worker-1')
  .option('--label <key=value...>', 'labels that the API says it has, whatever they hold', keyValues, {})
  .option('--name <name>', 'the instance', 'default')
  .action(async (name: string, flags: { node: string; label: Record<string, string>; name: string }) => {
    const added = accept(await addPod(flags.name, name, flags.node, flags.label));
    if (added !== null) console.log(`${added.name} ${added.address} ${added.hostInterface} on ${flags.node}`);
  });
pod
  .command('delete')
  .argument('<pod>')
  .option('--name <name>', 'the instance', 'default')
  .action(async (name: string, flags: { name: string }) => {
    const deleted = accept(await deletePod(flags.name, name));
    if (deleted !== null) console.log(`${deleted.name} deleted`);
  });
pod
  .command('recreate')
  .description('delete a Pod and make it again, with its name, address and ifindexes')
  .argument('<pod>')
  .option('--until-identity-repeats', "with the old one's netns inode too")
  .option('--name <name>', 'the instance', 'default')
  .action(async (name: string, flags: { untilIdentityRepeats?: true; name: string }) => {
    const made = accept(await recreatePod(flags.name, name, flags.untilIdentityRepeats === true));
    if (made === null) return;
    const { before, after, tries } = made;
    console.log(
      `${name}: netns ${before.netnsInode} -> ${after.netnsInode}, ifindex ${before.hostIfindex} -> ${after.hostIfindex}, tries ${tries}`,
    );
  });

program
  .command('node')
  .description('switch a machine')
  .command('reboot')
  .argument('<node>')
  .option('--hard', 'pull the plug: its peers are not told')
  .option('--name <name>', 'the instance', 'default')
  .action(async (node: string, flags: { hard?: true; name: string }) => {
    const rebooted = accept(await rebootNode(flags.name, node, flags.hard === true));
    if (rebooted !== null)
      console.log(
        `${node} is back after ${(rebooted.elapsedMs / 1000).toFixed(1)} s, boot id ${rebooted.bootId}`,
      );
  });

addTrafficCommands(program);

program
  .command('clock')
  .description(
    "make a node's clock wrong, for date, ip -ts monitor and tcpdump -w - there; without options: what it is",
  )
  .argument('<node>')
  .option('--offset <ms>', 'ahead of the machine, or behind it', decimalNumber)
  .option('--step <ms>', 'by so much more, at once', decimalNumber)
  .option('--drift <ppm>', 'what it gains, parts per million', decimalNumber)
  .option('--right', "the machine's own again")
  .option('--json', 'for machines')
  .option('--name <name>', 'the instance', 'default')
  .action(
    async (
      node: string,
      flags: { offset?: number; step?: number; drift?: number; right?: true; json?: true; name: string },
    ) => {
      const { offset, step, drift } = flags;
      const change = {
        ...(offset === undefined ? {} : { offsetMs: offset }),
        ...(step === undefined ? {} : { stepMs: step }),
        ...(drift === undefined ? {} : { driftPpm: drift }),
      };
      const done = await (flags.right === true
        ? resetClock(flags.name, node)
        : setClock(flags.name, node, change));
      const clock = accept(done);
      if (clock === null) return;
      const ppm = clock.stretches.at(-1)?.driftPpm ?? 0;
      if (flags.json === true) console.log(JSON.stringify(clock));
      else console.log(`${node} is ${(clock.aheadUs / 1000).toFixed(3)} ms ahead, and gains ${ppm} ppm`);
    },
  );

program
  .command('exec')
  .description("run a program on a node as root, without SSH; its exit code is this one's")
  .argument('<node>')
  .argument('<program...>')
  .option('--name <name>', 'the instance', 'default')
  .passThroughOptions()
  .action(async (node: string, command: string[], flags: { name: string }) => {
    // Commander leaves a `--` after the first argument in its place.
    const words = command[0] === '--' ? command.slice(1) : command;
    const done = accept(await execOnNode(flags.name, node, words));
    if (done !== null) process.exitCode = done;
  });

/** Ctrl-C ends a command with all that it started, so that nothing goes on without its lock. */
function endAtOnce(): void {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(name, () => process.exit(128 + constants.signals[name]));
  }
}

/** Ctrl-C ends a start in an orderly way: what was begun is removed. */
function untilInterrupted(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(name, () => {
      controller.abort(new Error(`interrupted by ${name}`));
    });
  }
  return controller.signal;
}

function modeList(): string {
  return NETWORK_MODES.map((mode) => `${mode}: ${NETWORKS[mode].summary}`).join('\n');
}

function faultList(): string {
  return Object.entries(FAULTS)
    .map(
      ([name, { summary, argument, modes, mendedBy }]) =>
        `  ${name}${argument === undefined ? '' : ` (${argument})`}: ${summary}${modes === undefined ? '' : `; in mode ${modes.join(', ')}`}; mended by ${mendedBy ?? `heal ${name}`}`,
    )
    .join('\n');
}

function keyValues(text: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Not KEY=VALUE.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

/** Who called sudo, else root. */
function defaultOwner(): number {
  return Number(process.env['SUDO_UID'] ?? 0);
}

try {
  await program.parseAsync();
} catch (cause) {
  if (cause instanceof Error && 'code' in cause && String(cause.code).startsWith('commander.')) {
    process.exitCode = 'exitCode' in cause && cause.exitCode === 0 ? 0 : 2;
  } else {
    console.error(cause instanceof Error ? cause.message : String(cause));
    process.exitCode = 1;
  }
}
