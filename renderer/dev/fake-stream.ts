// A followed stream that was never captured: an exchange with Chinese text, a gap, a cut and some binary. Development only.
import type { FollowedStream, StreamPiece } from '../../app/contract/followed-stream.ts';

const begun = 1_795_000_000;

const said: readonly (readonly [0 | 1, string | number | Uint8Array, ('missing' | 'cut')?])[] = [
  [
    0,
    'GET /orders?page=2 HTTP/1.1\r\nHost: c2c-network-demo-w2:8080\r\nUser-Agent: curl/7.88.1\r\nAccept: application/json\r\n\r\n',
  ],
  [
    1,
    'HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nServer: c2c-network-demo\r\nContent-Length: 3412\r\n\r\n',
  ],
  [
    1,
    '{"page":2,"orders":[{"id":4711,"customer":"深圳市南山区科技园","total":129.9,"note":"请在工作日送货"},{"id":4712,"customer":"Łódź, Piotrkowska 77","total":12.5,"note":null},',
  ],
  [1, 1448, 'missing'],
  [
    1,
    '{"id":4741,"customer":"Reykjavík","total":8.75,"note":"\u001b[31mred?\u0007"},{"id":4742,"customer":"Oslo","total":',
  ],
  [1, 96, 'cut'],
  [
    0,
    'POST /upload HTTP/1.1\r\nHost: c2c-network-demo-w2:8080\r\nContent-Type: application/octet-stream\r\nContent-Length: 64\r\n\r\n',
  ],
  [0, Uint8Array.from({ length: 64 }, (_, index) => (index * 37 + 11) & 255)],
  [1, 'HTTP/1.1 201 Created\r\nLocation: /upload/19\r\nContent-Length: 0\r\n\r\n'],
];

export function fakeStream({ run, number }: { run: number; number: number }): FollowedStream {
  const parts: Uint8Array[] = [];
  const pieces = said.map(([direction, what, cause], index): StreamPiece => {
    const kind: StreamPiece['kind'] = cause ?? 'bytes';
    const at = { s: begun, ns: index * 1_234_567 };
    const packet = number + index * 2;
    if (typeof what === 'number') return { direction, kind, length: what, packet, at };
    const bytes = typeof what === 'string' ? new TextEncoder().encode(what) : what;
    parts.push(bytes);
    return { direction, kind, length: bytes.length, packet, at };
  });
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return {
    ok: true,
    run,
    vantagePoint: 3,
    ends: [
      { address: '192.168.1.2', port: 40912, name: 'c2c-network-demo' },
      { address: '192.168.2.3', port: 8080, name: 'c2c-network-demo-w2' },
    ],
    bytes,
    pieces,
    totals: [
      { bytes: 301, lacking: 0, segments: 3, retransmitted: 0 },
      { bytes: 512, lacking: 1544, segments: 6, retransmitted: 2 },
    ],
    beyond: 0,
    begins: true,
    closed: 'fin',
    packets: 21,
  };
}
