// `hopscope decode` as a whole process on captures that are generated here: against tcpdump and tshark on the same file, for
// the smallest and the largest packets, and its memory. Columns are consumed by a checksum.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { report, ROUNDS, rounds, tellLoad } from './fixtures/figures.ts';
import { writeMixedTraffic, type MixedTraffic } from './fixtures/mixed-traffic.ts';
import { cli, finish, hopscope } from './fixtures/program.ts';

const PACKETS = 2_000_000;
const FLOWS = 5000;
const TCPDUMP_BUDGET = 15;
const TSHARK_BUDGET = 100;
const MEMORY_BUDGET_MIB = 150;
/** tshark gets a part of the file; its start is measured on few packets and not multiplied. */
const SLICE = 40_000;
const FEW = 10;

/** As its reference options (DESIGN §10), with all fields that `decode --fields` must have at least. */
const TSHARK = [
  ...['-n', '-T', 'fields', '-E', 'occurrence=a'],
  ...['-o', 'tcp.desegment_tcp_streams:FALSE', '-o', 'tcp.analyze_sequence_numbers:FALSE'],
  ...['-o', 'ip.defragment:FALSE', '-o', 'ipv6.defragment:FALSE'],
  ...[
    ...['frame.number', 'frame.time_epoch', 'frame.cap_len', 'frame.len', 'eth.src', 'eth.dst', 'eth.type'],
    ...['vlan.id', 'ip.src', 'ip.dst', 'ip.ttl', 'ip.id', 'ip.proto', 'ipv6.src', 'ipv6.dst', 'arp.opcode'],
    ...['icmp.type', 'icmp.code', 'tcp.srcport', 'tcp.dstport', 'tcp.flags', 'tcp.seq_raw', 'tcp.ack_raw'],
    ...['tcp.len', 'udp.srcport', 'udp.dstport', 'vxlan.vni', 'dns.qry.name', 'http.request.method'],
    ...['http.host', 'http.response.code', 'tls.handshake.extensions_server_name', 'bgp.type'],
  ].flatMap((field) => ['-e', field]),
];

tellLoad('at the start');
const folder = await mkdtemp(path.join(tmpdir(), 'hopscope-bench-'));
try {
  await referenceBench();
  await sizesBench();
  await memoryBench();
} finally {
  await rm(folder, { recursive: true, force: true });
}
tellLoad('at the end');

async function referenceBench(): Promise<void> {
  const mixed = await traffic('mixed', PACKETS);
  const [slice, few] = [await traffic('mixed', SLICE), await traffic('mixed', FEW)];
  const values = await rounds(ROUNDS, {
    ours: () => decode(mixed, PACKETS),
    tcpdump: () => silent('tcpdump', ['-nn', '-S', '-r', mixed]),
    tshark: async () => {
      const start = await silent('tshark', ['-r', few, ...TSHARK]);
      const all = await silent('tshark', ['-r', slice, ...TSHARK]);
      return start + ((all - start) * PACKETS) / SLICE;
    },
    startUp: async () => (await hopscope(['decode', '--help'])).ms,
  });
  const rate = (times: readonly number[]): number[] => times.map((ms) => PACKETS / ms);
  report({
    name: `decode ${PACKETS} packets of mixed protocols and sizes to columns, whole process`,
    measured: rate(values.ours),
    unit: 'kpps',
    reference: { name: '`tcpdump -nn -S -r`', values: rate(values.tcpdump) },
    budget: { of: 'ratio', atLeast: TCPDUMP_BUDGET },
  });
  report({
    name: 'the same, whole process',
    measured: rate(values.ours),
    unit: 'kpps',
    reference: {
      name: `\`tshark -T fields\`, all fields, scaled from ${SLICE} packets`,
      values: rate(values.tshark),
    },
    budget: { of: 'ratio', atLeast: TSHARK_BUDGET },
  });
  report({
    name: 'our own start-up (`hopscope decode --help`)',
    measured: values.startUp,
    unit: 'ms',
    reference: { name: 'decoding all', values: values.ours },
    budget: null,
  });
}

async function memoryBench(): Promise<void> {
  const [small, large] = [await traffic('mixed', PACKETS / 4), await traffic('mixed', PACKETS)];
  const values = await rounds(ROUNDS, { small: () => peakMemory(small), large: () => peakMemory(large) });
  report({
    name: `peak memory of decoding ${PACKETS} packets`,
    measured: values.large,
    unit: 'MiB',
    reference: { name: 'a quarter of them', values: values.small },
    budget: { of: 'value', atMost: MEMORY_BUDGET_MIB },
  });
}

async function sizesBench(): Promise<void> {
  const packets = PACKETS / 4;
  const [smallest, largest] = [await traffic('smallest', packets), await traffic('largest', packets)];
  const values = await rounds(ROUNDS, {
    smallest: () => decode(smallest, packets),
    largest: () => decode(largest, packets),
    tcpdumpSmallest: () => silent('tcpdump', ['-nn', '-S', '-r', smallest]),
    tcpdumpLargest: () => silent('tcpdump', ['-nn', '-S', '-r', largest]),
  });
  const rate = (times: readonly number[]): number[] => times.map((ms) => packets / ms);
  for (const [name, ours, theirs] of [
    ['smallest packets (headers only)', values.smallest, values.tcpdumpSmallest],
    ['largest packets (1,400 bytes of payload)', values.largest, values.tcpdumpLargest],
  ] as const) {
    report({
      name: `decode ${packets} of the ${name}, whole process`,
      measured: rate(ours),
      unit: 'kpps',
      reference: { name: '`tcpdump -nn -S -r`', values: rate(theirs) },
      budget: null,
    });
  }
}

/** Its path; in the page cache, for all alike. */
async function traffic(sizes: MixedTraffic['sizes'], packets: number): Promise<string> {
  const file = path.join(folder, `${sizes}-${packets}.pcap`);
  writeMixedTraffic(file, { packets, flows: FLOWS, sizes });
  await readFile(file);
  return file;
}

function wholeDecode(file: string): readonly string[] {
  return [cli, 'decode', file, '--count', '--checksum', '--json'];
}

/** ms. Decodes all to columns and reads all of them; prints totals only. */
async function decode(file: string, packets: number): Promise<number> {
  const { ms, stdout } = await finish(process.execPath, wholeDecode(file));
  const counted = (JSON.parse(stdout) as { packets: number }).packets;
  if (counted !== packets) throw new Error(`hopscope decode counted ${counted} packets of ${packets}`);
  return ms;
}

/** MiB resident at most, as the kernel has it. */
async function peakMemory(file: string): Promise<number> {
  const child = spawn(process.execPath, wholeDecode(file), { stdio: 'ignore' });
  const ended = once(child, 'close');
  let kibibytes = 0;
  while (child.exitCode === null && child.signalCode === null) {
    const status = await readFile(`/proc/${child.pid ?? 0}/status`, 'utf8').catch(() => '');
    kibibytes = Math.max(kibibytes, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
    await setTimeout(5);
  }
  await ended;
  return kibibytes / 1024;
}

/** ms, wall clock; what it prints goes nowhere, which is the least that printing can cost. */
async function silent(command: string, args: readonly string[]): Promise<number> {
  const started = performance.now();
  const child = spawn(command, [...args], { stdio: 'ignore' });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}`);
  return performance.now() - started;
}
