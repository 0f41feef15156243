// From the kernel over SSH into the store, followed from place to place and written to a case file: `hopscope watch` at nine tenths of the
// rate at which plain SSH into files still keeps all.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { byHopscope, bySsh, type Captured, type Traffic, type Watched } from './fixtures/captured.ts';
import { median, report, ROUNDS, rounds, tellLoad } from './fixtures/figures.ts';
import { startLab } from './fixtures/lab.ts';
import { findPod, hear } from './fixtures/pod-udp.ts';

/** Share of the sent packets that every vantage point must have. */
const KEPT = 0.999;
const BELOW_HIGHEST = 0.9;
/** Of the wanted rate: with less the sender was the limit. */
const REACHED = 0.95;
const FIRST_RATE = 4_000;
const RATE_STEP = 1.5;
/** No machine of ours sends more; it bounds the search. */
const LAST_RATE = 500_000;
const HALVINGS = 3;
const TRAFFIC_S = 2;
/** Whose addresses the traffic is between. */
const PODS = ['web-2', 'web-1'] as const;

tellLoad('at the start');
const folder = await mkdtemp(path.join(tmpdir(), 'hopscope-bench-'));
try {
  await captureBench();
} finally {
  await rm(folder, { recursive: true, force: true });
}
tellLoad('at the end');

async function captureBench(): Promise<void> {
  await using lab = await startLab('pipeline', { nodes: 3, pods: 2 });
  await lab.traffic(0);
  const [, other, node] = lab.nodes;
  if (node === undefined || other === undefined) throw new Error('the lab has no two workers');
  const from = await findPod(node, '192.168.2.2');
  await using farEnd = await hear(await findPod(other, '192.168.1.3'));
  const to = farEnd.place;
  const at = (rate: number): Traffic => ({ from, to, rate: Math.round(rate), seconds: TRAFFIC_S });
  const highest = await highestRate((rate) => bySsh(lab, at(rate), folder));
  console.log(
    `plain SSH into files keeps ${KEPT * 100} % of up to ${highest.toFixed(0)} packets a second at 6 vantage points`,
  );

  const rate = BELOW_HIGHEST * highest;
  const watched: Watched[] = [];
  const values = await rounds(ROUNDS, {
    ours: async () => {
      const result = await byHopscope(lab, PODS, at(rate), folder);
      watched.push(result);
      return result.share * 100;
    },
    ssh: async () => (await bySsh(lab, at(rate), folder)).share * 100,
  });
  const losses = watched.map(({ kernelLoss, ours }) => `${kernelLoss} + ${ours}`);
  console.log(`losses that hopscope itself told, kernel + its own: ${losses.join(', ')}`);
  const reached = median(watched.map((one) => one.rate));
  if (reached < REACHED * rate) {
    console.log(
      `MISS: beside hopscope only ${reached.toFixed(0)} of ${rate.toFixed(0)} packets a second could be sent`,
    );
    process.exitCode = 1;
  }
  const reference = { name: '`ssh NODE tcpdump > file` at the same rate', values: values.ssh };
  const kept = `SSH → decode → correlate → record at ${reached.toFixed(0)} packets a second`;
  report({
    name: `${kept}, kept of the packets sent`,
    ...{ measured: values.ours, unit: '%', reference },
    budget: { of: 'value', atLeast: KEPT * 100 },
  });
  report({
    name: `${kept}, one trail through all 6 vantage points`,
    ...{ measured: watched.map(({ followed }) => followed * 100), unit: '%', reference },
    budget: { of: 'value', atLeast: KEPT * 100 },
  });
}

/** Upwards by half as much until it fails twice, then by halves in between. What was really sent counts. */
async function highestRate(run: (rate: number) => Promise<Captured>): Promise<number> {
  const keeps = async (rate: number): Promise<number | null> => {
    for (let attempt = 0; attempt < 2; attempt++) {
      const { share, rate: real } = await run(rate);
      console.log(`  ${real.toFixed(0)} packets a second: ${(share * 100).toFixed(2)} % kept`);
      if (real < rate * REACHED) {
        console.log('  … which is all that the sender can');
        break;
      }
      if (share >= KEPT) return real;
    }
    return null;
  };
  let good = 0;
  let wanted = FIRST_RATE;
  let bad = LAST_RATE;
  while (wanted < bad) {
    const real = await keeps(wanted);
    if (real === null) bad = wanted;
    else {
      good = real;
      wanted *= RATE_STEP;
    }
  }
  if (good === 0)
    throw new Error(`plain SSH does not keep ${KEPT * 100} % of ${FIRST_RATE} packets a second`);
  for (let halving = 0; halving < HALVINGS; halving++) {
    const middle = (good + bad) / 2;
    const real = await keeps(middle);
    if (real === null) bad = middle;
    else good = real;
  }
  return good;
}
