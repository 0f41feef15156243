// What the watched half of a report on the lab must show, for the smoke test of `npm start`: a case file that Wireshark
// reads, with packets of every vantage point, and a picture on which packets move.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { movingPixels } from './graph-picture.mjs';
import { mustRun } from './run.mjs';
import { unzip } from './unzip.mjs';

/** From inside the client over both nodes into its server (lab/README.md). */
const POINTS = [
  'k8s-worker-1/c2c-network-demo/eth0',
  'k8s-worker-1/calid9d486e54a8',
  'k8s-worker-1/ens192',
  'k8s-worker-2/ens192',
  'k8s-worker-2/calia4d5046802b',
  'k8s-worker-2/c2c-network-demo-w2/eth0',
];
const SYN = 'ip.dst == 192.168.2.3 && tcp.dstport == 8080 && tcp.flags.syn == 1 && tcp.flags.ack == 0';
/** One dot is some 30 of them, and several move at once. */
const MOVING_PIXELS = 40;

/** Throws when what was left in `folder` does not show the lab's client being watched. */
export async function checkWatch(folder) {
  const opened = fs.mkdtempSync(path.join(os.tmpdir(), 'hopscope-case-'));
  try {
    await unzip(path.join(folder, 'demo.hopscope.zip'), opened);
    await checkPackets(path.join(opened, 'packets.pcapng'));
  } finally {
    fs.rmSync(opened, { recursive: true, force: true });
  }
  const [still, moving] = ['window.png', 'watch.png'].map((name) => fs.readFileSync(path.join(folder, name)));
  const pixels = movingPixels(moving) - movingPixels(still);
  console.log(`watch.png: ${pixels} pixels in the colour of moving packets`);
  if (pixels < MOVING_PIXELS) throw new Error('watch.png shows no moving packets.');
}

async function checkPackets(file) {
  const counted = await mustRun('capinfos', ['-M', '-c', file]);
  const packets = Number(/Number of packets:\s+(\d+)/.exec(counted.stdout)?.[1] ?? 0);
  if (packets === 0 || counted.stderr !== '')
    throw new Error(`capinfos does not read packets.pcapng: ${counted.stderr}`);
  const fields = ['-T', 'fields', '-e', 'frame.interface_name'];
  const { stdout } = await mustRun('tshark', ['-n', '-r', file, '-Y', SYN, ...fields]);
  const seen = new Set(stdout.trim().split('\n'));
  const missing = POINTS.filter((point) => !seen.has(point));
  console.log(
    `demo.hopscope.zip: ${packets} packets, a SYN at ${POINTS.length - missing.length} vantage points`,
  );
  if (missing.length > 0)
    throw new Error(`packets.pcapng has no SYN to the server at ${missing.join(', ')}.`);
}
