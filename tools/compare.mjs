#!/usr/bin/env node
// Compares `hopscope decode --fields` with tshark, packet by packet, on captures of your own: `node tools/compare.mjs
// [--fields a,b,c] [--examples N] [--reference FOLDER] FILE|FOLDER…`. tshark runs as DESIGN says: nothing reassembled, every occurrence.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { build } from './build.mjs';
import { inClone } from './paths.mjs';

const run = promisify(execFile);

/** What the two must agree on (issue: the packet engine). */
const FIELDS = [
  ...['frame.number', 'frame.time_epoch', 'frame.cap_len', 'frame.len', 'eth.src', 'eth.dst', 'eth.type'],
  ...['vlan.id', 'ip.src', 'ip.dst', 'ip.ttl', 'ip.id', 'ip.proto', 'ipv6.src', 'ipv6.dst', 'arp.opcode'],
  ...['icmp.type', 'icmp.code', 'tcp.srcport', 'tcp.dstport', 'tcp.flags', 'tcp.seq_raw', 'tcp.ack_raw'],
  ...['tcp.len', 'udp.srcport', 'udp.dstport', 'vxlan.vni', 'dns.qry.name', 'http.request.method'],
  ...['http.host', 'http.response.code', 'tls.handshake.extensions_server_name', 'bgp.type'],
];
const OPTIONS = [
  ...[
    'tcp.desegment_tcp_streams',
    'tcp.analyze_sequence_numbers',
    'ip.defragment',
    'ipv6.defragment',
  ].flatMap((name) => ['-o', `${name}:FALSE`]),
  ...['-d', 'udp.port==8472,vxlan'],
];
const CAPTURE = /\.(pcap|pcapng|cap|ntar|dmp|trace)(\.gz)?$/;
const MOST_OUTPUT = 1024 ** 3;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    fields: { type: 'string', default: FIELDS.join(',') },
    examples: { type: 'string', default: '3' },
    /** A folder that keeps what tshark said: it starts slowly, and says the same each time. */
    reference: { type: 'string' },
  },
});
const fields = values.fields.split(',');
const mostExamples = Number(values.examples);
if (positionals.length === 0) {
  console.error(
    'usage: node tools/compare.mjs [--fields a,b,c] [--examples N] [--reference FOLDER] FILE|FOLDER…',
  );
  process.exit(2);
}

await build((line) => console.error(line), ['main']);
/** By field: packets and files in which the two differ. */
const tally = new Map(fields.map((field) => [field, { packets: 0, files: new Set() }]));
let packets = 0;
let differing = 0;
let files = 0;
let unreadable = 0;

for (const file of positionals.flatMap(capturesIn).sort()) {
  const [theirs, ours] = await Promise.all([
    reference(file),
    lines(process.execPath, [inClone('dist/main/cli.js'), 'decode', file, '--fields', values.fields]),
  ]);
  if (theirs.lines.length === 0 && ours.lines.length === 0) {
    unreadable += 1;
    continue;
  }
  files += 1;
  compare(file, theirs, ours);
}

console.log(
  `\n${packets} packets in ${files} files (${unreadable} more that neither reads), ${differing} differ`,
);
for (const [field, { packets: count, files: where }] of tally)
  if (count > 0) console.log(`${String(count).padStart(8)}  ${field} (${where.size} files)`);
process.exitCode = differing === 0 ? 0 : 1;

function compare(file, theirs, ours) {
  packets += theirs.lines.length;
  let told = 0;
  const tell = (text) => {
    if (told < mostExamples) console.log(told === 0 ? `${file}\n  ${text}` : `  ${text}`);
    told += 1;
  };
  if (theirs.lines.length !== ours.lines.length) {
    differing += Math.abs(theirs.lines.length - ours.lines.length);
    tell(
      `tshark reads ${theirs.lines.length} packets ${theirs.said}\n  hopscope ${ours.lines.length} ${ours.said}`,
    );
  }
  for (let index = 0; index < Math.min(theirs.lines.length, ours.lines.length); index += 1) {
    if (theirs.lines[index] === ours.lines[index]) continue;
    differing += 1;
    const [a, b] = [theirs.lines[index].split('\t'), ours.lines[index].split('\t')];
    const apart = fields.filter((_, column) => a[column] !== b[column]);
    for (const field of apart) {
      const one = tally.get(field);
      one.packets += 1;
      one.files.add(file);
    }
    tell(
      `packet ${index + 1}: ${apart
        .map(
          (field) => `${field} tshark “${a[fields.indexOf(field)]}” hopscope “${b[fields.indexOf(field)]}”`,
        )
        .join('; ')}`,
    );
  }
}

async function reference(file) {
  const ask = () =>
    lines('tshark', [
      '-n',
      '-r',
      file,
      '-T',
      'fields',
      '-E',
      'occurrence=a',
      ...OPTIONS,
      ...fields.flatMap((name) => ['-e', name]),
    ]);
  if (values.reference === undefined) return ask();
  const key = createHash('sha1')
    .update(JSON.stringify([path.resolve(file), values.fields]))
    .digest('hex');
  const kept = path.join(values.reference, `${key}.json`);
  if (fs.existsSync(kept)) return JSON.parse(fs.readFileSync(kept, 'utf8'));
  const said = await ask();
  fs.mkdirSync(values.reference, { recursive: true });
  fs.writeFileSync(kept, JSON.stringify(said));
  return said;
}

async function lines(program, words) {
  try {
    const { stdout } = await run(program, words, { maxBuffer: MOST_OUTPUT });
    return { lines: split(stdout), said: '' };
  } catch (error) {
    // A damaged file: what was read before is printed.
    return {
      lines: split(error.stdout ?? ''),
      said: (error.stderr ?? error.message).trim().split('\n').at(-1),
    };
  }
}

function split(text) {
  const all = text.split('\n');
  all.pop();
  return all;
}

function capturesIn(name) {
  if (!fs.statSync(name).isDirectory()) return [name];
  return fs
    .readdirSync(name, { recursive: true })
    .filter((inside) => CAPTURE.test(inside))
    .map((inside) => path.join(name, inside));
}
