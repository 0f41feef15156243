// The columns against tshark's fields, on captures recorded in two network namespaces (HTTP, resets, echoes with and
// without fragments and options, ICMP errors of every kind the kernel makes, NDP, ARP, DNS, VLAN tags, LLDP, 802.3).
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cells, decoded, type Cell } from '../testing/pcap.ts';
import { STATELESS } from '../testing/tshark-options.ts';

const run = promisify(execFile);

const FIELDS = [
  'frame.number',
  'frame.time_epoch',
  'frame.cap_len',
  'frame.len',
  'sll.ifindex',
  'sll.pkttype',
  'ip.src',
  'ip.dst',
  'ip.proto',
  'ipv6.src',
  'ipv6.dst',
  'arp.src.proto_ipv4',
  'arp.dst.proto_ipv4',
  'eth.src',
  'tcp.srcport',
  'tcp.dstport',
  'tcp.flags',
  'tcp.seq_raw',
  'tcp.ack_raw',
  'tcp.len',
  'udp.srcport',
  'udp.dstport',
  'udp.length',
  'icmp.type',
  'icmp.code',
  'icmpv6.type',
  'icmpv6.code',
] as const;
type Field = (typeof FIELDS)[number];

async function tshark(file: string): Promise<readonly Record<Field, string>[]> {
  // Of fields that a quoted packet repeats the first.
  const { stdout } = await run('tshark', [
    ...['-n', '-r', file, '-T', 'fields', '-E', 'occurrence=f'],
    ...STATELESS,
    ...FIELDS.flatMap((field) => ['-e', field]),
  ]);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const values = line.split('\t');
      return Object.fromEntries(FIELDS.map((field, index) => [field, values[index] ?? ''])) as Record<
        Field,
        string
      >;
    });
}

/** What tshark would say, from the columns. Fields that a quoted packet gives tshark are left to tshark. */
function ours({ segment, row }: Cell): Partial<Record<Field, string>> {
  const family = segment.family[row] ?? 0;
  const protocol = family === 0 ? null : segment.protocol[row];
  const flags = segment.flags[row] ?? 0;
  const source = segment.address(segment.source[row] ?? 0);
  const destination = segment.address(segment.destination[row] ?? 0);
  const sll2 = segment.linkType[row] === 276;
  const cut = ((segment.marks[row] ?? 0) & 7) !== 0;
  const arp = segment.etherType(row) === 0x0806;
  const length = segment.payloadLength[row] ?? 0;
  return {
    'frame.number': `${segment.firstNumber + row}`,
    'frame.time_epoch': `${segment.seconds[row] ?? 0}.${`${segment.nanoseconds[row] ?? 0}`.padStart(9, '0')}`,
    'frame.cap_len': `${segment.caplen[row] ?? 0}`,
    'frame.len': `${segment.len[row] ?? 0}`,
    'sll.ifindex': sll2 ? `${segment.ifindex[row] ?? 0}` : '',
    'sll.pkttype': segment.packetType[row] === 255 ? '' : `${segment.packetType[row] ?? 0}`,
    'ip.src': family === 4 ? source : '',
    'ip.dst': family === 4 ? destination : '',
    ...(family === 4 ? { 'ip.proto': `${protocol ?? ''}` } : {}),
    'ipv6.src': family === 6 ? source : '',
    'ipv6.dst': family === 6 ? destination : '',
    'arp.src.proto_ipv4': arp ? source : '',
    'arp.dst.proto_ipv4': arp ? destination : '',
    ...(source.length === 17 && segment.linkType[row] === 1 ? { 'eth.src': source } : {}),
    ...(protocol === 6 && !cut
      ? {
          'tcp.srcport': `${segment.sourcePort[row] ?? 0}`,
          'tcp.dstport': `${segment.destinationPort[row] ?? 0}`,
          'tcp.flags': `0x${flags.toString(16).padStart(4, '0')}`,
          'tcp.seq_raw': `${segment.sequence[row] ?? 0}`,
          'tcp.ack_raw': `${segment.acknowledgement(row)}`,
          'tcp.len': `${length}`,
        }
      : {}),
    ...(protocol === 17 && !cut
      ? {
          'udp.srcport': `${segment.sourcePort[row] ?? 0}`,
          'udp.dstport': `${segment.destinationPort[row] ?? 0}`,
          'udp.length': `${length + 8}`,
        }
      : {}),
    ...(protocol === 1 && !cut ? { 'icmp.type': `${flags >> 8}`, 'icmp.code': `${flags & 255}` } : {}),
    ...(protocol === 58 && !cut ? { 'icmpv6.type': `${flags >> 8}`, 'icmpv6.code': `${flags & 255}` } : {}),
  };
}

describe('columns', () => {
  it.each(['any', 'ethernet', 'sll', 'short'])('agree with tshark on %s.pcap', async (name) => {
    const file = fileURLToPath(new URL(`../fixtures/${name}.pcap`, import.meta.url));
    const theirs = await tshark(file);
    const mine = cells(decoded(readFileSync(file)));
    expect(mine.length).toBeGreaterThan(50);
    expect(mine).toHaveLength(theirs.length);
    for (const [index, row] of mine.entries()) expect(theirs[index]).toMatchObject(ours(row));
  });
});
