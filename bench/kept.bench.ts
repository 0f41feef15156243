// What a million kept packets cost: bytes of memory each, what the process grows by, and what it costs that older ones go
// to the disk.
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { report, ROUNDS, tellLoad } from './fixtures/figures.ts';
import { writeMixedTraffic } from './fixtures/mixed-traffic.ts';
import type { Keeping } from './fixtures/keep-packets.ts';
import { finish } from './fixtures/program.ts';

const PACKETS = 1_000_000;
const MIB = 1024 * 1024;
/** Nothing leaves. */
const ALL = 512 * MIB;
/** Most leaves. */
const FEW = 32 * MIB;
const SPILL = 2048 * MIB;
/** DESIGN §9. */
const COLUMNS = 60;
const GROWTH = 1.1;
const PCAP_HEADER = 24;
const RECORD_HEADER = 16;

async function keeping(file: string, maxBytes: number, spillBytes: number): Promise<Keeping> {
  const child = path.join(import.meta.dirname, 'fixtures', 'keep-packets.ts');
  const args = ['--expose-gc', '--import', 'tsx', child, file, String(maxBytes), String(spillBytes)];
  const { stdout } = await finish(process.execPath, args);
  return JSON.parse(stdout) as Keeping;
}

tellLoad('at the start');
const folder = await mkdtemp(path.join(tmpdir(), 'hopscope-bench-'));
try {
  const file = path.join(folder, 'traffic.pcap');
  // Headers alone, as a capture without payload keeps them.
  writeMixedTraffic(file, { packets: PACKETS, flows: 4000, sizes: 'smallest' });
  const stored = (await stat(file)).size - PCAP_HEADER - PACKETS * RECORD_HEADER;
  const inMemory: Keeping[] = [];
  const spilled: Keeping[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    inMemory.push(await keeping(file, ALL, 0));
    spilled.push(await keeping(file, FEW, SPILL));
  }
  for (const { total, kept } of [...inMemory, ...spilled])
    if (total !== PACKETS || kept !== PACKETS) throw new Error(`${kept} of ${total} packets were kept`);
  report({
    name: 'memory of a kept packet beside its stored bytes: columns, addresses, and what is unused',
    measured: inMemory.map(({ bytes }) => (bytes - stored) / PACKETS),
    unit: 'B',
    reference: { name: 'stored bytes', values: inMemory.map(() => stored / PACKETS) },
    // Columns are 60 B by test; what the whole takes is held below.
    budget: null,
  });
  report({
    name: `what the process grows by with ${PACKETS} packets`,
    measured: inMemory.map(({ growth }) => growth / MIB),
    unit: 'MiB',
    reference: {
      name: `${COLUMNS} B each and their stored bytes`,
      values: inMemory.map(() => (PACKETS * COLUMNS + stored) / MIB),
    },
    budget: { of: 'ratio', atMost: GROWTH },
  });
  report({
    name: `… of which ${FEW / MIB} MiB stay in memory, the others on the disk`,
    measured: spilled.map(({ growth }) => growth / MIB),
    unit: 'MiB',
    reference: { name: 'the memory', values: spilled.map(({ bytes }) => bytes / MIB) },
    budget: null,
  });
  report({
    name: 'decoded while older ones go to the disk',
    measured: spilled.map(({ ms }) => PACKETS / ms),
    unit: 'kpps',
    reference: { name: 'while all stay in memory', values: inMemory.map(({ ms }) => PACKETS / ms) },
    budget: null,
  });
} finally {
  await rm(folder, { recursive: true });
}
tellLoad('at the end');
