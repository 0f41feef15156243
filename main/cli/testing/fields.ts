// The fields that `decode --fields` and tshark must agree on, from both.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { STATELESS } from '../../../app/packet/testing/tshark-options.ts';
import { CLI } from '../../testing/programs.ts';

const run = promisify(execFile);
const maxBuffer = 256 * 1024 * 1024;

/** As tshark names them. */
export const FIELDS = [
  ...['frame.number', 'frame.time_epoch', 'frame.cap_len', 'frame.len', 'eth.src', 'eth.dst', 'eth.type'],
  ...['vlan.id', 'ip.src', 'ip.dst', 'ip.ttl', 'ip.id', 'ip.proto', 'ipv6.src', 'ipv6.dst', 'arp.opcode'],
  ...['icmp.type', 'icmp.code', 'tcp.srcport', 'tcp.dstport', 'tcp.flags', 'tcp.seq_raw', 'tcp.ack_raw'],
  ...['tcp.len', 'udp.srcport', 'udp.dstport', 'vxlan.vni', 'dns.qry.name', 'http.request.method'],
  ...['http.host', 'http.response.code', 'tls.handshake.extensions_server_name', 'bgp.type'],
] as const;

/** A line a packet, as DESIGN says: nothing reassembled, every occurrence. */
export async function tsharkFields(file: string): Promise<readonly string[]> {
  const words = ['-n', '-r', file, '-T', 'fields', '-E', 'occurrence=a', ...STATELESS];
  const { stdout } = await run('tshark', [...words, ...FIELDS.flatMap((field) => ['-e', field])], {
    maxBuffer,
  });
  return stdout.split('\n').slice(0, -1);
}

export async function ourFields(file: string): Promise<readonly string[]> {
  const words = [...CLI, 'decode', file, '--fields', FIELDS.join(',')];
  const { stdout } = await run(process.execPath, words, { maxBuffer });
  return stdout.split('\n').slice(0, -1);
}
