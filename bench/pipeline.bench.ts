// From a capture's bytes to columns: `hopscope decode` against tcpdump and tshark on the same file.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { report, ROUNDS, rounds, tellLoad } from './fixtures/figures.ts';
import { writeTraffic } from './fixtures/generated-traffic.ts';
import type { Link } from './fixtures/pcap-writer.ts';
import { cli, finish, hopscope } from './fixtures/program.ts';

const PACKETS = 1_000_000;
const FLOWS = 400;
const TCPDUMP_BUDGET = 15;
const TSHARK_BUDGET = 100;

/** tshark gets a part of the file; its start is measured on one packet and not multiplied. */
const SLICE = 50_000;
/** As its reference options (DESIGN §10); the fields are what our columns hold. */
const TSHARK = [
  ...['-n', '-T', 'fields', '-E', 'occurrence=a'],
  ...['-o', 'tcp.desegment_tcp_streams:FALSE', '-o', 'tcp.analyze_sequence_numbers:FALSE'],
  ...['-o', 'ip.defragment:FALSE', '-o', 'ipv6.defragment:FALSE'],
  ...[
    'frame.time_epoch',
    'sll.ifindex',
    'sll.pkttype',
    'frame.len',
    'frame.cap_len',
    'ip.src',
    'ip.dst',
    'ip.proto',
  ],
  ...['tcp.srcport', 'tcp.dstport', 'udp.srcport', 'udp.dstport', 'tcp.flags', 'tcp.seq_raw', 'tcp.ack_raw'],
  ...['icmp.type', 'icmp.code'],
].flatMap((word) => (/^(frame|sll|ip|tcp|udp|icmp)\.[a-z_]+$/.test(word) ? ['-e', word] : [word]));

tellLoad('at the start');
const folder = await mkdtemp(path.join(tmpdir(), 'hopscope-bench-'));
try {
  await decodeBench();
} finally {
  await rm(folder, { recursive: true, force: true });
}
tellLoad('at the end');

async function decodeBench(): Promise<void> {
  const [cooked, slice, one] = [traffic('sll2', PACKETS), traffic('sll2', SLICE), traffic('sll2', 2)];
  const ethernet = traffic('ethernet', PACKETS);
  for (const file of [cooked, ethernet, slice, one]) await readFile(file); // a warm cache for all alike
  const values = await rounds(ROUNDS, {
    ours: () => decode(cooked),
    tcpdump: () => silent('tcpdump', ['-nn', '-S', '-r', cooked]),
    tshark: async () => {
      const start = await silent('tshark', ['-r', one, ...TSHARK]);
      const all = await silent('tshark', ['-r', slice, ...TSHARK]);
      return start + ((all - start) * PACKETS) / SLICE;
    },
    oursEthernet: () => decode(ethernet),
    tcpdumpEthernet: () => silent('tcpdump', ['-nn', '-S', '-r', ethernet]),
    startUp: async () => (await hopscope(['--version'])).ms,
  });
  const rate = (times: readonly number[]): number[] => times.map((ms) => PACKETS / ms);
  const tcpdump = '`tcpdump -nn -S -r`';
  report({
    name: `decode ${PACKETS} packets of \`-i any\` (SLL2) to columns, whole process`,
    measured: rate(values.ours),
    unit: 'kpps',
    reference: { name: tcpdump, values: rate(values.tcpdump) },
    budget: { of: 'ratio', atLeast: TCPDUMP_BUDGET },
  });
  report({
    name: 'the same, whole process',
    measured: rate(values.ours),
    unit: 'kpps',
    reference: { name: `\`tshark -T fields\`, scaled from ${SLICE} packets`, values: rate(values.tshark) },
    budget: { of: 'ratio', atLeast: TSHARK_BUDGET },
  });
  // tcpdump looks each SLL2 packet's interface up in the kernel; without that it is the faster reference.
  report({
    name: 'the same packets under Ethernet headers, whole process',
    measured: rate(values.oursEthernet),
    unit: 'kpps',
    reference: { name: tcpdump, values: rate(values.tcpdumpEthernet) },
    budget: null,
  });
  report({
    name: 'our own start-up (`hopscope --version`)',
    measured: values.startUp,
    unit: 'ms',
    reference: { name: '`hopscope decode` of all', values: values.ours },
    budget: null,
  });
}

function traffic(link: Link, packets: number): string {
  const file = path.join(folder, `${link}-${packets}.pcap`);
  writeTraffic(file, { packets, flows: FLOWS, link });
  return file;
}

/** Decodes all to columns, prints totals only. */
async function decode(file: string): Promise<number> {
  const { ms, stdout } = await finish(process.execPath, [cli, 'decode', file, '--count']);
  if (!stdout.replaceAll(/[ ,_.]/g, '').includes(String(PACKETS))) {
    throw new Error(`hopscope decode counted otherwise than ${PACKETS} packets:\n${stdout.slice(0, 1000)}`);
  }
  return ms;
}

/** ms, wall clock; what it prints goes nowhere, which is the least that printing can cost. */
async function silent(command: string, args: readonly string[]): Promise<number> {
  const started = performance.now();
  const child = spawn(command, [...args], { stdio: 'ignore' });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}`);
  return performance.now() - started;
}
