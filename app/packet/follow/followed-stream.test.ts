import { describe, expect, it } from 'vitest';
import { TcpFlag } from '../columns/tcp.ts';
import { EtherType, LinkType, sll2 } from '../testing/packets/link.ts';
import { ipv4, tcp } from '../testing/packets/network.ts';
import { decoded, pcap } from '../testing/pcap.ts';
import type { PacketStore } from '../store/packet-store.ts';
import { followedStream, SHOWN_BYTES, type FollowedStream } from './followed-stream.ts';

const { syn, ack, fin, rst } = TcpFlag;
const CLIENT = '192.168.1.2';
const SERVER = '192.168.2.3';

interface Seen {
  readonly back?: boolean;
  readonly at?: number;
  readonly flags?: number;
  readonly ifindex?: number;
  /** SLL2's packet type; default: in from the client, out from the server. */
  readonly type?: number;
  readonly port?: number;
}

const seen = (sequence: number, payload: string | Uint8Array = '', options: Seen = {}): Uint8Array => {
  const { back = false, flags = ack, ifindex = 2, port = 40_912 } = options;
  const ends = back ? { source: SERVER, destination: CLIENT } : { source: CLIENT, destination: SERVER };
  const [from, to] = back ? ([8080, port] as const) : ([port, 8080] as const);
  const segment = tcp(from, to, payload, { sequence, acknowledgement: options.at ?? 0, flags });
  return sll2(EtherType.ipv4, ipv4(6, segment, ends), {
    ifindex,
    packetType: options.type ?? (back ? 4 : 0),
  });
};

const store = (...packets: readonly Uint8Array[]): PacketStore =>
  decoded(
    pcap(
      LinkType.linuxSll2,
      packets.map((bytes) => ({ bytes })),
    ),
  );

function follow(kept: PacketStore, number: number): FollowedStream | null {
  const place = kept.locate(number);
  if (place === null) throw new Error(`packet ${number} is not kept`);
  return followedStream(kept.segments, place);
}

const told = (stream: FollowedStream | null): readonly string[] => {
  let at = 0;
  return (stream?.pieces ?? []).map(({ direction, kind, length, packet }) => {
    const text =
      kind === 'bytes'
        ? String.fromCharCode(...(stream?.bytes.subarray(at, (at += length)) ?? []))
        : `[${length}]`;
    return `${packet} ${direction === 0 ? '>' : '<'} ${text}`;
  });
};

const opened = [
  seen(100, '', { flags: syn }),
  seen(500, '', { back: true, at: 101, flags: syn | ack }),
  seen(101, 'GET /', { at: 501 }),
  seen(501, '200 OK', { back: true, at: 106 }),
];

describe('the stream of a packet', () => {
  it('is told with its two ends, from whichever packet of it one asks', () => {
    const kept = store(
      ...opened,
      seen(106, '', { at: 507, flags: fin | ack }),
      seen(507, '', { back: true, at: 107, flags: fin | ack }),
    );
    for (const number of [1, 2, 4, 6]) {
      const stream = follow(kept, number);
      expect(told(stream)).toEqual(['3 > GET /', '4 < 200 OK']);
      expect(stream).toMatchObject({
        ifindex: 2,
        ends: [
          { address: CLIENT, port: 40_912 },
          { address: SERVER, port: 8080 },
        ],
        beyond: 0,
        begins: true,
        closed: 'fin',
        packets: 6,
      });
    }
  });

  it('is that of one vantage point, and of one way of a packet that an interface sends back', () => {
    const twice = opened.flatMap((_, index) => [2, 3].map((ifindex) => ({ index, ifindex })));
    const packets = twice.map(({ index, ifindex }) => {
      const bytes = (opened[index] ?? new Uint8Array(0)).slice();
      bytes[7] = ifindex;
      return bytes;
    });
    const hairpin = seen(101, 'GET /', { at: 501, ifindex: 3, type: 4 });
    const stream = follow(store(...packets, hairpin), 6);
    expect(told(stream)).toEqual(['6 > GET /', '8 < 200 OK']);
    expect(stream?.totals[0].retransmitted).toBe(0);
    const loopback = follow(store(seen(1, 'x'), seen(1, 'y', { back: true, type: 0 })), 1);
    expect(told(loopback)).toEqual(['1 > x', '2 < y']);
  });

  it('ends where another begins between the same ends', () => {
    const again = [seen(9000, '', { flags: syn }), seen(9001, 'second', { at: 1 })];
    const kept = store(...opened, ...again);
    expect(told(follow(kept, 1))).toEqual(['3 > GET /', '4 < 200 OK']);
    expect(told(follow(kept, 6))).toEqual(['6 > second']);
  });

  it('has gaps, retransmissions counted, and the server where the lower port is', () => {
    const kept = store(
      seen(501, 'abc', { back: true }),
      seen(101, 'one'),
      seen(101, 'one'),
      seen(110, 'two'),
      seen(504, '', { back: true, at: 113, flags: rst | ack }),
    );
    const stream = follow(kept, 1);
    expect(told(stream)).toEqual(['1 < abc', '2 > one', '5 > [6]', '4 > two']);
    expect(stream?.ends[1].port).toBe(8080);
    expect(stream?.totals).toEqual([
      { bytes: 6, lacking: 6, segments: 3, retransmitted: 1 },
      { bytes: 3, lacking: 0, segments: 1, retransmitted: 0 },
    ]);
    expect([stream?.begins, stream?.closed]).toEqual([false, 'reset']);
  });

  it('is shown up to a MiB, and the rest is counted', () => {
    const length = 60_000;
    const packets = Array.from({ length: 20 }, (_, index) =>
      seen(1 + index * length, new Uint8Array(length)),
    );
    const stream = follow(store(...packets), 20);
    expect(stream?.bytes).toHaveLength(SHOWN_BYTES);
    expect(stream?.beyond).toBe(20 * length - SHOWN_BYTES);
    expect(stream?.totals[0].bytes).toBe(20 * length);
  });

  it('is none of what is no TCP segment', () => {
    const udp = sll2(EtherType.ipv4, ipv4(17, new Uint8Array(12)), { ifindex: 2 });
    expect(follow(store(udp), 1)).toBeNull();
    expect(follow(store(seen(1, '').subarray(0, 50)), 1)).toBeNull();
  });
});
