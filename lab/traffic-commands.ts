import { type Command, Option } from 'commander';
import { accept, decimalNumber, say, wholeNumber, wholeNumbers } from './command-line.ts';
import { setTraffic } from './traffic.ts';
import { sendTraffic } from './tagged-traffic.ts';
import { type AskedTraffic, DEFAULT_ORDER } from './traffic-order.ts';
import { TRAFFIC_PROTOCOLS } from './traffic-places.ts';
import type { TrafficReport } from './traffic-report.ts';
import { setTrafficServices } from './traffic-services.ts';

export function addTrafficCommands(program: Command): void {
  const traffic = program
    .command('traffic')
    .description(
      'how often c2c-network-demo fetches from c2c-network-demo-w2; and traffic of which every packet is known',
    )
    .option('--interval <ms>', 'milliseconds between two fetches, 0 for none', wholeNumber)
    .option('--name <name>', 'the instance', 'default')
    .enablePositionalOptions()
    .action(async (flags: { interval?: number; name: string }, command: Command) => {
      if (flags.interval === undefined)
        command.error('lab traffic needs --interval MS, or one of: send, services');
      else say(await setTraffic(flags.name, flags.interval));
    });
  addSend(traffic);
  traffic
    .command('services')
    .description(
      'Services for what is sent: traffic-tcp and traffic-udp (port 7000), traffic-dns (port 53), each with a node port',
    )
    .argument('<on|off>')
    .option('--name <name>', 'the instance', 'default')
    .action(async (word: string, flags: { name: string }, command: Command) => {
      if (word !== 'on' && word !== 'off') command.error('lab traffic services on, or off');
      else say(await setTrafficServices(flags.name, word === 'on'));
    });
}

function addSend(traffic: Command): void {
  traffic
    .command('send')
    .description(
      'send packets that each carry a number, and say which were sent, which came and which were lost; ends when it is over',
    )
    .requiredOption('--from <pod>', 'a Pod, or a node')
    .requiredOption(
      '--to <whom>',
      'a Pod, a node, a Service, an address or localhost, with or without :PORT (7000; DNS 53)',
    )
    .addOption(
      new Option('--protocol <name>', 'what is sent')
        .choices(TRAFFIC_PROTOCOLS)
        .default(DEFAULT_ORDER.protocol),
    )
    .option('--count <n>', 'how many packets, of TCP: records', wholeNumber, DEFAULT_ORDER.count)
    .option('--rate <n>', 'how many a second, 0: as fast as can be', wholeNumber, DEFAULT_ORDER.rate)
    .option('--seconds <s>', 'at most so long', wholeNumber, DEFAULT_ORDER.seconds)
    .option('--sizes <bytes,…>', 'of payloads, in turn; beyond the MTU in fragments', wholeNumbers, [
      ...DEFAULT_ORDER.sizes,
    ])
    .option('--flows <n>', 'among so many sockets', wholeNumber, DEFAULT_ORDER.flows)
    .option('--linger <s>', 'so long it waits for the last ones', decimalNumber, DEFAULT_ORDER.linger)
    .option('--answer', 'who hears UDP gives it back, who hears DNS answers')
    .option('--plain', 'no numbers: each packet like the others')
    .option('--loose', 'UDP of sockets that are not connected: IP id 0')
    .option('--unheard', 'nobody listens there')
    .option('--ipv6', "to a Pod's or node's IPv6 address")
    .option('--json', 'for machines')
    .option('--name <name>', 'the instance', 'default')
    .action(async ({ name, json, ...order }: AskedTraffic & { name: string; json?: true }) => {
      const report = accept(await sendTraffic(name, order));
      if (report === null) return;
      console.log(json === true ? JSON.stringify(report) : described(report));
    });
}

function described({ to, sender, hearers, totals, protocol }: TrafficReport): string {
  const rate = sender.seconds > 0 ? Math.round(totals.sent / sender.seconds) : 0;
  const heard = hearers.map(
    (one) =>
      `heard at ${one.pod ?? one.node}: ${one.heard.reduce((sum, [a, b]) => sum + b - a + 1, one.plainHeard)}`,
  );
  const errors = Object.entries(sender.errors).map(([error, count]) => `${error} ${count} times`);
  return [
    `${protocol} to ${to.address}${to.port === 0 ? '' : ` port ${to.port}`}: ${totals.sent} sent, ${rate} a second`,
    ...heard,
    ...(totals.lost === null ? [] : [`lost: ${totals.lost}`]),
    ...(totals.answered === 0 ? [] : [`answered: ${totals.answered}`]),
    ...(errors.length === 0 ? [] : [`sending failed: ${errors.join(', ')}`]),
  ].join('\n');
}
