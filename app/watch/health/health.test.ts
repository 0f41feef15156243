import { describe, expect, it } from 'vitest';
import { IpProtocol } from '../../packet/columns/ip-protocol.ts';
import { PacketStore } from '../../packet/store/packet-store.ts';
import { EtherType, LinkType, sll2 } from '../../packet/testing/packets/link.ts';
import { ipv4, udp } from '../../packet/testing/packets/network.ts';
import { join, u16 } from '../../packet/testing/packets/parts.ts';
import { pcap } from '../../packet/testing/pcap.ts';
import { Trait, type Trail } from '../model.ts';
import { HealthBook } from './health-book.ts';
import { healthSentence } from './health-words.ts';
import type { HealthContext, HealthState } from './model.ts';

const S = 1e9;
const ACK = 0x10;
const SYN = 0x02;
const RST = 0x04;
/** Flows and connections: there, and back. */
const [FORTH, BACK] = [1, 2];
const [CLIENT, NODE, SERVER] = [11, 12, 13];

interface Sent extends Partial<Omit<Trail, 'sightings'>> {
  readonly s?: number;
  readonly visits?: readonly number[];
  readonly number?: number;
}

let numbers = 0;
function sent({ s = 0, visits = [CLIENT, NODE, SERVER], number = ++numbers * 10, ...rest }: Sent): Trail {
  return {
    ...{ id: numbers, revision: 1, final: true, verdict: 'delivered', flow: FORTH, bytes: 0 },
    ...{ connection: rest.flow ?? FORTH, isRange: (rest.bytes ?? 0) > 0, sequence: 1000, flags: ACK },
    ...{ identification: ++numbers, traits: Trait.whole, stop: null, refusal: null, because: null },
    ...rest,
    sightings: visits.map((visit, index) => ({ visit, at: s * S + index, clock: 0, number: number + index })),
  };
}
const lost = (of: Sent): Trail =>
  sent({ ...of, verdict: 'dropped', visits: [CLIENT, NODE], stop: { after: NODE, before: SERVER } });
const syn = (of: Sent): Sent => ({ flags: SYN, bytes: 0, ...of });
const synAck = (of: Sent): Sent => ({ flags: SYN | ACK, flow: BACK, visits: [SERVER, NODE, CLIENT], ...of });

interface Looking {
  readonly covered?: HealthContext['covered'];
  readonly until?: number;
}

function ails(
  trails: readonly Trail[],
  { covered = () => 'yes', until = Infinity }: Looking = {},
  book = new HealthBook({
    protocolOf: () => IpProtocol.tcp,
    connectionOf: (flow) => flow,
    opposite: (flow) => (flow === FORTH ? BACK : FORTH),
    covered,
  }),
): {
  readonly forth: readonly HealthState[];
  readonly back: readonly HealthState[];
  readonly book: HealthBook;
} {
  for (const trail of trails) book.add(trail);
  book.settle(until);
  return { forth: book.of(FORTH), back: book.of(BACK), book };
}

const sentences = (states: readonly HealthState[]): string =>
  states
    .map((state) =>
      healthSentence(state, {
        ...{ source: 'web', destination: 'dns', at: (visit) => `place ${String(visit)}` },
        clock: (at) => `second ${String(at / S)}`,
      }),
    )
    .join('\n');

describe('what is sent again', () => {
  it('is told from what is cut anew, doubled by the network, or new, whichever trail is final first', () => {
    const first = lost({ bytes: 1400, s: 1 });
    const again = sent({ bytes: 1400, s: 2 });
    const further = [
      sent({ bytes: 1400, s: 1.5, sequence: 2400 }),
      // Of what was sent at once a part was lost: two trails, one packet.
      lost({ bytes: 100, s: 3, sequence: 3800, number: 7000 }),
      sent({ bytes: 1300, s: 3, sequence: 3900, number: 7000 }),
      sent({ bytes: 100, s: 4, sequence: 3800 }),
      // A keep-alive.
      sent({ bytes: 1, s: 5, sequence: 5199 }),
    ];
    const doubled = sent({ bytes: 1400, s: 6, sequence: 5200 });
    const copy = { ...sent({ bytes: 1400, s: 6.1, sequence: 5200 }), identification: doubled.identification };
    const all = [first, again, ...further, doubled, copy];
    for (const order of [all, [...all].reverse()]) {
      const { forth, back } = ails(order);
      expect(back).toEqual([]);
      expect(forth).toMatchObject([{ kind: 'resent', times: 2, bytes: 1500, since: 2 * S, last: 4 * S }]);
      expect(sentences(forth)).toBe(
        '2 segments were sent again (1,500 bytes) from second 2 to second 4: 2 packets vanished after place 12, before place 13; look what takes them there.',
      );
    }
  });

  it('goes on beyond the end of sequence numbers, and another connection of these ports is another stream', () => {
    const across = [
      sent({ bytes: 200, s: 1, sequence: 0xffff_ff9c }),
      sent({ bytes: 100, s: 2, sequence: 100 }),
      sent({ ...syn({ sequence: 49 }), s: 3 }),
      sent({ bytes: 100, s: 4, sequence: 50 }),
    ];
    expect(ails([...across, sent({ ...synAck({ s: 3.1 }) })]).forth).toEqual([]);
    expect(
      ails([...across.slice(0, 2), sent({ bytes: 50, s: 3, sequence: 0xffff_fff0 })]).forth,
    ).toMatchObject([{ kind: 'resent', times: 1, bytes: 50, vanished: [] }]);
  });
});

describe('a window of 0', () => {
  const closed = Trait.windowClosed;
  it('lasts until its sender opens it again; of a reset and of an end it says nothing', () => {
    const one = [
      sent({ s: 1, traits: closed }),
      sent({ s: 2, traits: closed }),
      sent({ s: 3.5 }),
      sent({ s: 4, traits: closed, flags: ACK | 1 }),
    ];
    const { forth } = ails(one);
    expect(forth).toMatchObject([
      { kind: 'windowClosed', times: 1, closedNs: 2.5 * S, since: S, last: 2 * S },
    ]);
    expect(sentences(ails([...one, sent({ s: 5, traits: closed })]).forth)).toContain(
      'web could take no more bytes (window 0) 2 times from second 1 to second 5, for 2.5 s in all as far as was seen',
    );
    // What opened it may have been missed.
    const gap = ails(one, { covered: (_visit, _flow, { to }) => (to > 3 * S ? 'lost' : 'yes') });
    expect(gap.forth).toMatchObject([{ times: 1, closedNs: S }]);
    expect(ails([sent({ traits: closed, flags: RST | ACK })]).forth).toMatchObject([{ kind: 'reset' }]);
  });
});

it('a reset is told with where it was seen first, and whether it refuses a connection', () => {
  const refused = sent({ flags: RST | ACK, sequence: 0, visits: [NODE, CLIENT], s: 1 });
  expect(sentences(ails([refused]).forth)).toContain(
    'refused (RST) once at second 1, seen first at place 12',
  );
  const reset = sent({ flags: RST, s: 2 });
  expect(ails([refused, { ...refused, id: 9 }]).forth).toMatchObject([{ refuses: true, times: 2 }]);
  // Another kind, from elsewhere: told is the one that came last, however they take turns.
  expect(ails([refused, reset]).forth).toMatchObject([
    { refuses: false, visit: CLIENT, times: 1, since: 2 * S },
  ]);
  const turns = [1, 2, 3].flatMap((turn) => [
    sent({ flags: RST | ACK, sequence: 0, visits: [NODE, CLIENT], s: 2 * turn }),
    sent({ flags: RST, s: 2 * turn + 1 }),
  ]);
  expect(ails(turns).forth).toMatchObject([{ refuses: false, times: 3, since: 3 * S, last: 7 * S }]);
});

describe('a handshake without an answer', () => {
  const three = [0, 1, 3];
  const handshake = (states: readonly HealthState[]) => states.filter(({ kind }) => kind === 'handshake');
  it.each([
    ['vanished', three.map((s) => lost(syn({ s }))), 'not seen any more after place 12, before place 13'],
    ['silent', three.map((s) => sent(syn({ s }))), 'it came to place 13, and nothing came back out of there'],
    [
      'answerVanished',
      [
        ...three.map((s) => sent(syn({ s }))),
        ...three.map((s) =>
          sent({ ...synAck({ s }), verdict: 'dropped', stop: { after: NODE, before: CLIENT } }),
        ),
      ],
      'an answer was sent, and not seen any more after place 12, before place 11',
    ],
    [
      'unseen',
      three.map((s) => sent({ ...syn({ s }), verdict: 'notCaptured', visits: [CLIENT, NODE] })),
      'it went as far as place 12, what became of it behind there was not captured',
    ],
  ] as const)('is told as it was seen: %s', (fate, trails, words) => {
    const { forth } = ails(trails);
    expect(handshake(forth)).toMatchObject([{ times: 3, since: 0, last: 3 * S, unanswered: { fate } }]);
    expect(sentences(forth)).toContain(words);
  });

  it('is not said of what is answered, refused, still to come, or where nobody looked', () => {
    const trails = three.map((s) => sent(syn({ s })));
    expect(handshake(ails([...trails, sent(synAck({ s: 3 }))]).forth)).toEqual([]);
    // By clocks that are not known yet the answer was first.
    expect(handshake(ails([sent(synAck({ s: -0.5 })), ...trails]).forth)).toEqual([]);
    expect(handshake(ails([...trails, sent({ ...syn({ s: 3 }), verdict: 'rejected' })]).forth)).toEqual([]);
    expect(handshake(ails(trails, { until: 7 * S }).forth)).toEqual([]);
    for (const covered of ['lost', 'no', 'pending'] as const) {
      expect(handshake(ails(trails, { covered: () => covered }).forth)).toEqual([]);
      // Whether an answer was sent is not known; none came.
      const { forth } = ails(trails, { covered: (visit) => (visit === CLIENT ? 'yes' : covered) });
      expect(handshake(forth)).toMatchObject([{ unanswered: { fate: 'unseen', after: SERVER } }]);
    }
  });

  it('is not said of what a later packet of the other side answers, or a reset, or where like ones are not told apart', () => {
    const trails = three.map((s) => sent(syn({ s })));
    const back = { flow: BACK, visits: [SERVER, NODE, CLIENT], s: 3.5 };
    expect(handshake(ails([...trails, sent(back)]).forth)).toEqual([]);
    expect(handshake(ails([...trails, sent({ ...back, flags: RST | ACK, sequence: 0 })]).forth)).toEqual([]);
    expect(handshake(ails(three.map((s) => sent({ ...syn({ s }), verdict: 'ambiguous' }))).forth)).toEqual(
      [],
    );
  });

  it('is not said while answers had to be forgotten', () => {
    const book = new HealthBook({
      protocolOf: () => IpProtocol.tcp,
      connectionOf: (flow) => flow,
      opposite: (flow) => (flow === BACK ? FORTH : flow),
      covered: () => 'yes',
    });
    const busy = Array.from({ length: 10_001 }, (_, at) => sent({ flow: 100 + at, s: 0.2 }));
    expect(ails([sent(syn({ s: 0 })), sent(synAck({ s: 0.1 })), ...busy], {}, book).forth).toEqual([]);
    // What comes later is known again.
    expect(ails([sent(syn({ s: 9 }))], {}, book).forth).toMatchObject([{ kind: 'handshake', times: 1 }]);
  });

  it('goes with its connection when that turns out to be a part of another', () => {
    const joined = new Map<number, number>();
    const book = new HealthBook({
      protocolOf: () => IpProtocol.tcp,
      connectionOf: (flow) => joined.get(flow) ?? flow,
      opposite: () => BACK,
      covered: () => 'yes',
    });
    // Asked of a Service; the answer is known to be of that only later.
    ails([sent({ ...syn({}), flow: 7 }), sent({ ...synAck({}), s: 0.1 })], { until: 1 * S }, book);
    joined.set(7, BACK);
    book.join(BACK, 7);
    book.settle(Infinity);
    expect(handshake(book.of(BACK))).toEqual([]);
    expect(book.of(7)).toEqual([]);
  });

  it('joins what is known of both: questions, answers and all that ails them', () => {
    const PART = 7;
    const joined = new Map<number, number>();
    const book = new HealthBook({
      protocolOf: () => IpProtocol.tcp,
      connectionOf: (flow) => joined.get(flow) ?? flow,
      opposite: () => BACK,
      covered: () => 'yes',
    });
    const closed = Trait.windowClosed;
    const seen = (flow: number, from: number): Trail[] => [
      lost({ ...syn({}), flow, s: from }),
      sent({ flow, s: from, flags: RST, sequence: 1 }),
      sent({ flow, s: from, traits: closed }),
      sent({ flow, s: from + 0.1 }),
      ...[0, 0.1, 0.2].map((more) => lost({ flow, bytes: 1400, s: from + 0.2 + more })),
      sent({ flow, bytes: 500, s: from + 0.5, sequence: 9000 + from }),
    ];
    ails([...seen(PART, 1), ...seen(FORTH, 2)], { until: 3 * S }, book);
    expect(book.of(PART)).not.toEqual([]);
    joined.set(PART, FORTH);
    book.join(FORTH, PART);
    expect(book.of(PART)).toEqual([]);
    book.add(sent({ flow: PART, bytes: 1400, s: 4 }));
    book.settle(Infinity);
    expect(book.of(FORTH)).toMatchObject([
      { kind: 'handshake', times: 2, since: S, last: 2 * S, unanswered: { fate: 'vanished' } },
      { kind: 'reset', times: 2, since: S, last: 2 * S },
      { kind: 'windowClosed', times: 2, closedNs: 0.2 * S },
      // Of the bytes of both some were sent again.
      { kind: 'resent', times: 5, vanished: [{ after: NODE, before: SERVER, times: 6 }] },
    ]);
    expect(ails([...seen(FORTH, 1)]).forth.map(({ kind }) => kind)).toContain('blackHole');
  });

  it('is over when a later try gets through', () => {
    const { book } = ails(
      three.map((s) => lost(syn({ s }))),
      { until: 9 * S },
    );
    expect(handshake(book.of(FORTH))).toHaveLength(1);
    for (const trail of [sent(syn({ s: 7 })), sent(synAck({ s: 7 }))]) book.add(trail);
    book.settle(Infinity);
    expect(handshake(book.of(FORTH))).toEqual([]);
  });
});

describe('a path that is too narrow', () => {
  const large = [1, 2, 4].map((s) => lost({ bytes: 1400, s }));
  /** After it was lost twice. */
  const small = (s = 3, bytes = 500): Trail => sent({ bytes, s, sequence: 9000 });
  const hole = (trails: readonly Trail[]) => ails(trails).forth.filter(({ kind }) => kind === 'blackHole');

  it('takes small segments, and large ones never', () => {
    const states = hole([...large, small()]);
    expect(states).toMatchObject([
      { after: NODE, before: SERVER, least: 1400, most: 500, times: 3, tooBig: null },
    ]);
    expect(sentences(states)).toContain(
      'Segments of 1,400 bytes and more vanish after place 12, before place 13, 3 times from second 1 to second 4, while those of up to 500 bytes pass',
    );
    expect(sentences(hole([...large, small(3, 0)]))).toContain('while those without payload pass');
    const refusal = { visit: NODE, kind: 'icmp', family: 4, type: 3, code: 4, number: 5 } as const;
    const said = [1, 2, 4].map((s) =>
      sent({ bytes: 1400, s, verdict: 'rejected', visits: [CLIENT], refusal }),
    );
    expect(sentences(hole([...said, small()]))).toContain('was seen at place 12, and web goes on as before');
  });

  it('is none where large ones pass, few are lost, none of them twice, or routers may cut them', () => {
    expect(hole([...large, small(), sent({ bytes: 1400, s: 5 })])).toEqual([]);
    expect(hole([...large.slice(0, 2), small()])).toEqual([]);
    expect(hole([...[1, 2, 4].map((s) => lost({ bytes: 1400, s, sequence: s * 1400 })), small(5)])).toEqual(
      [],
    );
    expect(hole([...[1, 2, 4].map((s) => lost({ bytes: 1400, s, traits: 0 })), small()])).toEqual([]);
    const ruled = [1, 2, 4].map((s) =>
      lost({ bytes: 1400, s, because: 'rule 1 of filter FORWARD drops it' }),
    );
    expect(hole([...ruled, small()])).toEqual([]);
  });

  it('is none where the path has broken: nothing small passes since, or is lost as well', () => {
    expect(hole([sent(syn({})), small(0.5), ...large])).toEqual([]);
    expect(hole([...large, small(1.5)])).toEqual([]);
    // The first that passes after it was mended.
    expect(hole([...large, small(5, 0)])).toEqual([]);
    expect(hole([...large, small(), lost({ bytes: 0, s: 5 })])).toEqual([]);
    expect(hole([...large, small(), lost({ bytes: 300, s: 5, sequence: 9500 })])).toEqual([]);
  });
});

describe('DNS without an answer', () => {
  const question = join([3], 'api', [7], 'example', [0], u16(1), u16(1));
  const message = (id: number, flags: number, name = question) =>
    join(u16(id), u16(flags), u16(1), u16(0), u16(0), u16(0), name);

  /** Their packets have the numbers from 1 on. */
  function packets(messages: readonly (readonly [isAnswer: boolean, bytes: Uint8Array])[]) {
    const store = new PacketStore({ maxBytes: 64_000_000 });
    const frames = messages.map(([isAnswer, bytes]) => {
      const [from, to] = isAnswer ? ([53, 4000] as const) : ([4000, 53] as const);
      return { bytes: sll2(EtherType.ipv4, ipv4(17, udp(from, to, bytes))) };
    });
    store.decoder(1).push(pcap(LinkType.linuxSll2, frames));
    return store.segments;
  }

  function asked(messages: Parameters<typeof packets>[0], trails: readonly Trail[]): readonly HealthState[] {
    const book = new HealthBook({
      protocolOf: () => IpProtocol.udp,
      connectionOf: (flow) => flow,
      opposite: () => FORTH,
      covered: () => 'yes',
    });
    for (const segment of packets(messages)) book.take(segment, 0, segment.count);
    return ails(trails, {}, book).forth;
  }

  it('is told with the name that was asked for', () => {
    const states = asked(
      [
        [false, message(7, 0x0100)],
        [false, message(7, 0x0100)],
        [false, message(8, 0x0100)],
        [true, message(8, 0x8180)],
      ],
      [
        lost({ number: 1, s: 0 }),
        lost({ number: 2, s: 5 }),
        sent({ number: 3, s: 1 }),
        sent({ number: 4, s: 1, flow: BACK }),
      ],
    );
    expect(states).toMatchObject([
      { kind: 'dns', times: 2, names: ['api.example'], unanswered: { fate: 'vanished' } },
    ]);
    expect(sentences(states)).toContain(
      '“api.example”: asked of dns 2 times from second 0 to second 5 and not answered within 5 s: it was not seen any more after place 12',
    );
  });

  it('is not said where more is said by DNS than can be remembered', () => {
    const others = Array.from({ length: 49_999 }, (): readonly [boolean, Uint8Array] => [
      false,
      message(9, 0x0100),
    ]);
    const first: Parameters<typeof packets>[0] = [
      [true, message(7, 0x8180)],
      [false, message(7, 0x0100)],
    ];
    const trails = (): readonly Trail[] => [
      sent({ number: 2, s: 1, visits: [SERVER] }),
      sent({ number: 1, s: 1.1, flow: BACK, visits: [SERVER] }),
    ];
    expect(asked(first.toReversed(), [sent({ number: 1, s: 1, visits: [SERVER] })])).toHaveLength(1);
    expect(asked([...first, ...others], trails())).toEqual([]);
  });

  it('of any bytes a name is made, or none', () => {
    for (const name of [
      join([0]),
      join([63], 'cut off'),
      join([200], 'no label'),
      new Uint8Array(0),
      join([3, 0x1b, 0x2e, 0x80, 0]),
      new Uint8Array(300).fill(1),
    ]) {
      const states = asked([[false, message(7, 0, name)]], [lost({ number: 1, visits: [CLIENT] })]);
      expect(states).toHaveLength(1);
      expect(sentences(states)).toMatch(/^[ -~“”…]+$/);
    }
  });
});
