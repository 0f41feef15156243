// QUIC's first packets, sealed here by Node's own cryptography: the server name inside them, as tshark reads it too.
import { execFile } from 'node:child_process';
import { createCipheriv, createHmac } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ethernet, EtherType } from '../testing/packets/link.ts';
import { ipv4, udp } from '../testing/packets/network.ts';
import { hex, join, u16, u32, zeros, type Part } from '../testing/packets/parts.ts';
import { clientHello } from '../testing/packets/tls-packets.ts';
import { pcap } from '../testing/pcap.ts';
import { dissect } from './dissect.ts';
import { Dissection } from './dissection.ts';

const run = promisify(execFile);

const VERSIONS = {
  1: { number: 1, first: 0xc3, salt: hex('38762cf7f55934b34d179ae6a4c80cadccbb7f0a'), label: 'quic' },
  2: {
    number: 0x6b3343cf,
    first: 0xd3,
    salt: hex('0dede3def700a6db819381be6e269dcbf9bd2ed9'),
    label: 'quicv2',
  },
};
const HELLO = clientHello(hex('0000 000e 000c 00 0009 6879702e746f7572 73'));

const label = (secret: Uint8Array, name: string, length: number): Uint8Array => {
  const info = join(u16(length), 6 + name.length, `tls13 ${name}`, 0, 1);
  return new Uint8Array(createHmac('sha256', secret).update(info).digest().subarray(0, length));
};

/** A client's Initial packet with these frames. */
function initial(id: Uint8Array, frames: Part, which: 1 | 2 = 1): Uint8Array {
  const version = VERSIONS[which];
  const number = 2;
  const secret = label(
    new Uint8Array(createHmac('sha256', version.salt).update(id).digest()),
    'client in',
    32,
  );
  const plain = join(frames, zeros(Math.max(0, 1162 - join(frames).length)));
  const header = join(
    version.first,
    u32(version.number),
    id.length,
    id,
    0,
    0,
    u16(0x4000 | (plain.length + 20)),
    u32(number),
  );
  const nonce = label(secret, `${version.label} iv`, 12);
  for (const [index, byte] of u32(number).entries()) nonce[8 + index] = (nonce[8 + index] ?? 0) ^ byte;
  const cipher = createCipheriv('aes-128-gcm', label(secret, `${version.label} key`, 16), nonce);
  cipher.setAAD(header);
  const sealed = join(cipher.update(plain), cipher.final(), cipher.getAuthTag());
  const hidden = createCipheriv('aes-128-ecb', label(secret, `${version.label} hp`, 16), null);
  const mask = hidden.update(sealed.subarray(0, 16));
  header[0] = (header[0] ?? 0) ^ ((mask[0] ?? 0) & 0x0f);
  for (let index = 0; index < 4; index += 1) {
    const at = header.length - 4 + index;
    header[at] = (header[at] ?? 0) ^ (mask[index + 1] ?? 0);
  }
  return join(header, sealed);
}

const crypto = (offset: number, bytes: Uint8Array): Uint8Array =>
  join(0x06, u16(0x4000 | offset), u16(0x4000 | bytes.length), bytes);

const datagrams = [
  ['a hello', initial(hex('0102030405060708'), crypto(0, HELLO))],
  [
    'pings and acknowledgements before it',
    initial(hex('11'.repeat(8)), join(hex('01 00 02 05 00 01 00 00 00'), crypto(0, HELLO))),
  ],
  [
    'pieces in any order',
    initial(hex('22'.repeat(20)), join(crypto(30, HELLO.subarray(30)), 1, crypto(0, HELLO.subarray(0, 30)))),
  ],
  ['a piece alone', initial(hex('33'.repeat(8)), crypto(0, HELLO.subarray(0, 30)))],
  ['not the first', initial(hex('44'.repeat(8)), crypto(500, HELLO))],
  ['version 2', initial(hex('66'.repeat(8)), crypto(0, HELLO), 2)],
  ['a seal that is broken', initial(hex('55'.repeat(8)), crypto(0, HELLO)).fill(0, 600, 601)],
] as const;

const packetOf = (datagram: Uint8Array, port: number): Uint8Array =>
  ethernet(EtherType.ipv4, ipv4(17, udp(port, 443, datagram)));

function serverName(bytes: Uint8Array): string {
  const d = new Dissection();
  dissect({ bytes, linkType: 1, len: bytes.length, seconds: 0, nanoseconds: 0, number: 1, comment: null }, d);
  const at = d.fields.findIndex(({ name }) => name === 'tls.handshake.extensions_server_name');
  const value = d.values[at] ?? '';
  return typeof value === 'string' ? value : '';
}

describe('QUIC', () => {
  it('tells the server name of a first packet, as tshark does', async () => {
    const packets = datagrams.map(([, datagram], index) => ({ bytes: packetOf(datagram, 45_000 + index) }));
    const folder = await mkdtemp(path.join(tmpdir(), 'hopscope-quic-'));
    try {
      const file = path.join(folder, 'packets.pcap');
      await writeFile(file, pcap(1, packets));
      const field = 'tls.handshake.extensions_server_name';
      const { stdout } = await run('tshark', ['-n', '-r', file, '-T', 'fields', '-e', field]);
      expect(packets.map(({ bytes }) => serverName(bytes))).toEqual(stdout.split('\n').slice(0, -1));
      expect(stdout).toContain('hyp.tours');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
