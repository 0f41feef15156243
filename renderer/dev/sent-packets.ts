// What the made-up trails are of: pages, lost and refused connections, a Service, pings, what nobody can tell. Development only.
import type { FlowEnd } from '../../app/contract/trails.ts';
import type { Verdict } from '../../app/watch/model.ts';

const end = (name: string | null, address: string, port: number | null): FlowEnd => ({ name, address, port });
const demo = (port: number | null): FlowEnd => end('c2c-network-demo', '192.168.1.2', port);
const peer = (port: number | null): FlowEnd => end('c2c-network-demo-w2', '192.168.2.3', port);

export interface Sent {
  readonly from: FlowEnd;
  readonly to: FlowEnd;
  readonly back: boolean;
  readonly summary: string;
  readonly protocol?: string;
  readonly bytes?: number;
  readonly verdict?: Verdict;
  /** Places that saw it; default: all. */
  readonly places?: number;
  readonly because?: string;
}

/** What is sent at once. @param isBusy one connection that carries much, instead of many that carry little */
export function sentIn(order: number, isBusy: boolean): Sent[] {
  const all: Sent[] = [];
  const send = (sent: Sent): void => {
    all.push(sent);
  };
  if (isBusy) {
    for (let round = 0; round < 25; round++) {
      send({
        from: demo(44_728),
        to: peer(8080),
        back: false,
        summary: 'PSH, ACK 44728 → 8080',
        bytes: 1448,
      });
      if (round % 2 === 1)
        send({ from: peer(8080), to: demo(44_728), back: true, summary: 'ACK 8080 → 44728' });
    }
    const lost = { verdict: 'dropped', places: 3, because: 'lost between the nodes' } as const;
    send({
      from: demo(44_728),
      to: peer(8080),
      back: false,
      summary: 'PSH, ACK 44728 → 8080',
      bytes: 1448,
      ...lost,
    });
    return all;
  }
  const port = 44_728 + order;
  const tcp = (
    server: FlowEnd,
    steps: readonly (readonly [boolean, string, number?])[],
    answers = server,
    from = port,
  ): void => {
    for (const [back, flags, bytes = 0] of steps) {
      const ends = back ? ([answers, demo(from)] as const) : ([demo(from), server] as const);
      const summary = `${flags} ${String(ends[0].port)} → ${String(ends[1].port)}`;
      send({ from: ends[0], to: ends[1], back, summary, bytes });
    }
  };
  const page: Parameters<typeof tcp>[1] = [
    [false, 'SYN'],
    [true, 'SYN, ACK'],
    [false, 'ACK'],
    [false, 'PSH, ACK', 80],
    [true, 'ACK'],
    [true, 'PSH, ACK', 221],
    [false, 'FIN, ACK'],
    [true, 'FIN, ACK'],
  ];
  tcp(peer(8080), page);
  const web = end('web-5d9f', '192.168.2.9', 80);
  const because = 'The Pod’s /32 is missing there: blackhole 192.168.2.0/24 won';
  const syn = `SYN ${String(port)} → 80`;
  if (order % 3 === 0)
    for (const times of [1, 2])
      send({
        from: demo(port),
        to: web,
        back: false,
        summary: syn,
        verdict: 'dropped',
        places: 2 + times,
        because,
      });
  if (order % 4 === 1) {
    const refused = 'c2c-network-demo-w2 refused it: TCP reset';
    const closed = `SYN ${String(port)} → 8081`;
    send({
      from: demo(port),
      to: peer(8081),
      back: false,
      summary: closed,
      verdict: 'rejected',
      because: refused,
    });
    send({ from: peer(8081), to: demo(port), back: true, summary: `RST, ACK 8081 → ${String(port)}` });
  }
  if (order % 5 === 2) tcp(end(null, '10.96.0.20', 80), page, peer(8080), port + 8_000);
  const ping = { protocol: 'ICMP', summary: 'ICMP echo request' };
  send({ ...ping, from: demo(null), to: peer(null), back: false });
  send({ ...ping, from: peer(null), to: demo(null), back: true, summary: 'ICMP echo reply' });
  const alike = 'several packets are alike, and no capture tells which of them came first';
  const dns = end('coredns-7f9c', '192.168.1.7', 53);
  const udp = {
    from: demo(40_123),
    to: dns,
    back: false,
    protocol: 'UDP',
    summary: 'UDP 40123 → 53 · 62 B',
  };
  send({
    ...udp,
    places: 2,
    verdict: order % 2 === 0 ? 'ambiguous' : 'delivered',
    ...(order % 2 === 0 ? { because: alike } : {}),
  });
  const far = end(null, '93.184.216.34', 443);
  send({
    from: demo(port),
    to: far,
    back: false,
    summary: `SYN ${String(port)} → 443`,
    verdict: 'notCaptured',
    places: 3,
  });
  if (order % 2 === 0)
    send({
      from: demo(40_900),
      to: peer(9999),
      back: false,
      protocol: 'UDP',
      summary: 'UDP 40900 → 9999',
      verdict: 'inFlight',
      places: 4,
    });
  return all;
}
