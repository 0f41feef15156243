// Display filters of column fields over a million packets: what each adds to `hopscope decode --count` of the same file.
// All packets pass each of them, so that the rest of the work stays the same.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { report, ROUNDS, rounds, tellLoad } from './fixtures/figures.ts';
import { writeMixedTraffic } from './fixtures/mixed-traffic.ts';
import { hopscope } from './fixtures/program.ts';

const PACKETS = 1_000_000;
const FLOWS = 4000;
/** For a million decoded packets. */
const BUDGET_MS = 100;

/** Passes all without a look at them: the language is loaded, and nothing else is done. */
const NOTHING = 'frame';
const FILTERS = [
  'ip.addr == 0.0.0.0/0 || !ip',
  '!(ip.addr == 203.0.113.0/24 && tcp.port == 8080)',
  '!(tcp.flags.syn == 1 && tcp.flags.ack == 1 && tcp.flags.reset == 1)',
  '!(tcp.flags & 0x800) && frame.len > 0',
  '!(udp.port in {1, 2, 3..9}) && !(ip.proto == 200) && !(tcp.seq_raw == 1 && tcp.len == 77777)',
];

tellLoad('at the start');
const folder = await mkdtemp(path.join(tmpdir(), 'hopscope-bench-'));
try {
  const file = path.join(folder, 'traffic.pcap');
  writeMixedTraffic(file, { packets: PACKETS, flows: FLOWS, sizes: 'mixed' });
  await readFile(file); // a warm cache for all alike
  const count = async (filter: string): Promise<number> =>
    (await hopscope(['decode', file, '--count', '--filter', filter])).ms;
  const values = await rounds(
    ROUNDS,
    Object.fromEntries([NOTHING, ...FILTERS].map((filter) => [filter, () => count(filter)])),
  );
  const plain = values[NOTHING] ?? [];
  for (const filter of FILTERS)
    report({
      name: `\`${filter}\` over ${PACKETS} packets, beside decoding them`,
      measured: (values[filter] ?? []).map((ms, round) => ms - (plain[round] ?? Number.NaN)),
      unit: 'ms',
      reference: { name: '`hopscope decode --count` of all', values: plain },
      budget: { of: 'value', atMost: BUDGET_MS },
    });
} finally {
  await rm(folder, { recursive: true, force: true });
}
tellLoad('at the end');
