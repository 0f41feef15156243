// What a node of a real lab sees, decoded field by field beside tshark: BGP from its first OPEN on, ARP, echoes and ICMP
// errors, HTTP, DNS, IPv6's neighbours, and all of that in a VXLAN between two nodes.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLab, type Lab } from '../engine/testing/lab.ts';
import { ourFields, tsharkFields } from './testing/fields.ts';

const run = promisify(execFile);
const WORKERS = ['k8s-worker-1', 'k8s-worker-2'] as const;
const ADDRESSES = ['10.12.22.151', '10.12.22.152'] as const;
const VNI = 4096;
/** The traffic takes about three of them, BIRD's session as long again. */
const SECONDS = 8;
/** `A` of c2c.example, as a resolver asks. */
const QUESTION = String.raw`\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03c2c\x07example\x00\x00\x01\x00\x01`;

interface Recorded {
  readonly device: string;
  readonly snaplen: number;
}

const RECORDED: readonly Recorded[] = [
  { device: 'any', snaplen: 262_144 },
  { device: 'any', snaplen: 128 },
  { device: 'ens192', snaplen: 262_144 },
];

let lab: Lab;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hopscope-decode-lab-'));
  lab = await startLab('decode-test');
}, 90_000);
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

function fileThere({ device, snaplen }: Recorded): string {
  return `/tmp/${device}-${snaplen}.pcap`;
}

/** What the first worker sees of the traffic below, at all of its interfaces or at its NIC. */
async function record({ device, snaplen }: Recorded): Promise<string> {
  const there = fileThere({ device, snaplen });
  const packed = await lab.exec(
    WORKERS[0],
    ...['sh', '-c'],
    `timeout --preserve-status ${SECONDS} tcpdump -i ${device} -s ${snaplen} -U -w ${there} 2>/dev/null; gzip -c ${there} | base64`,
  );
  const file = join(folder, `${device}-${snaplen}.pcap`);
  await writeFile(file, gunzipSync(Buffer.from(packed, 'base64')));
  return file;
}

async function traffic(): Promise<void> {
  const sh = (node: string, script: string): Promise<string> => lab.exec(node, 'sh', '-c', script);
  for (const [index, node] of WORKERS.entries()) {
    const other = ADDRESSES[1 - index] ?? '';
    await sh(
      node,
      `ip link add vx0 type vxlan id ${VNI} dstport 4789 local ${ADDRESSES[index] ?? ''} remote ${other}
       ip addr add 172.30.0.${index + 1}/24 dev vx0; ip addr add fd00::${index + 1}/64 dev vx0 nodad; ip link set vx0 up`,
    );
  }
  const [here] = WORKERS;
  // Each capture listens once its file has a header.
  const files = RECORDED.map(fileThere).join(' ');
  await sh(here, `for file in ${files}; do until [ -s $file ]; do sleep 0.1; done; done`);
  await sh(
    here,
    `birdcl -s /var/run/calico/bird.ctl restart all >/dev/null
     ip neigh flush all
     ping -c 3 -i 0.2 192.168.2.3; ping -c 2 -i 0.2 172.30.0.2; ping -6 -c 2 -i 0.2 fd00::2
     bash -c 'printf "${QUESTION}" > /dev/udp/192.168.2.3/53'
     bash -c 'printf "${QUESTION}" > /dev/udp/172.30.0.2/53'
     bash -c 'exec 3<>/dev/tcp/192.168.2.3/8080; printf "GET /lab HTTP/1.1\\r\\nHost: c2c.example\\r\\n\\r\\n" >&3; timeout 1 cat <&3'
     true`,
  );
}

describe('a capture of the lab', () => {
  it('says what tshark says, at every packet and in every field', async () => {
    const [files] = await Promise.all([Promise.all(RECORDED.map(record)), traffic()]);
    for (const file of files) {
      const theirs = await tsharkFields(file);
      expect(theirs.length).toBeGreaterThan(100);
      expect(await ourFields(file)).toEqual(theirs);
    }
    // It holds what the test is about.
    const { stdout } = await run('tshark', [
      '-n',
      '-r',
      files[0] ?? '',
      '-T',
      'fields',
      '-e',
      'frame.protocols',
    ]);
    for (const protocol of ['bgp', 'arp', 'icmp', 'icmpv6', 'http', 'dns', 'vxlan']) {
      const lines = stdout.split('\n').filter((line) => line.split(':').includes(protocol));
      expect(lines, protocol).not.toHaveLength(0);
    }
  }, 90_000);
});
