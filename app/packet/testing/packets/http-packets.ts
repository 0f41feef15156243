// HTTP/1 in every shape that a segment can have, and SSDP.
import { ipv4InEthernet, type BuiltPacket } from './built.ts';
import { ipv4, tcp, udp } from './network.ts';
import { hex, join } from './parts.ts';

const GET = 'GET /x?a=1&b HTTP/1.1\r\nHost: h.example\r\nUser-Agent: test\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nServer: s\r\n\r\nab';
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

const messages: Readonly<Record<string, string | Uint8Array>> = {
  'a request': GET,
  'a request with a body, then another': `POST /a HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc${GET}`,
  'requests one after another': GET + GET,
  'an empty line before a request': `\r\n${GET}`,
  'an empty line between requests': `${GET}\r\n${GET}`,
  'a request of HTTP/0.9': 'GET /x\r\n',
  'a method alone': 'GET\r\n\r\n',
  'a method that nobody knows': 'FOO /x HTTP/1.1\r\nHost: h\r\n\r\n',
  'a method in small letters': 'get /x HTTP/1.1\r\nHost: h\r\n\r\n',
  'two spaces': 'GET  /x  HTTP/1.1\r\nHost: h\r\n\r\n',
  'a space in the URI': 'GET /x y HTTP/1.1\r\nHost: h\r\n\r\n',
  'a whole URI': 'GET http://z/x HTTP/1.1\r\nHost: h\r\n\r\n',
  'a request for a tunnel': 'CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n',
  'a request to all': 'OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n',
  'lines ended by LF': 'GET /x HTTP/1.1\nHost: h\n\n',
  'lines ended by CR': 'GET /x HTTP/1.1\rHost: h\r\r',
  'a header that goes on elsewhere': 'GET /x HTTP/1.1\r\nHost: h\r\nUser-Ag',
  'a value that goes on elsewhere': 'GET /x HTTP/1.1\r\nHost: h.exa',
  'a header from elsewhere': 'Accept: x\r\nHost: h\r\n\r\nrest',
  'a body from elsewhere': 'abc def\r\nHost: h\r\n\r\n',
  'two hosts': 'GET /x HTTP/1.1\r\nHost: h\r\nhost:  i\r\nHOST:j\r\n\r\n',
  'a space before the colon': 'GET /x HTTP/1.1\r\nHost : h\r\n\r\n',
  'a folded line': 'GET /x HTTP/1.1\r\nA: b\r\n more\r\nHost: h\r\n\r\n',
  'bytes beyond ASCII': join(
    'GET /',
    hex('ffc3a900'),
    ' HTTP/1.1\r\nHost: h\r\nServer: ',
    hex('c3a9'),
    '\r\n\r\n',
  ),
  'a response': OK,
  'responses one after another': OK + OK,
  'a response, then what is none': `${OK}zzzz`,
  'a response without a length': 'HTTP/1.1 200 OK\r\nA: b\r\n\r\nHTTP/1.1 201 OK\r\n\r\n',
  'a response that has no body': `HTTP/1.1 204 No\r\nA: b\r\n\r\n${OK}`,
  'a response that goes on': `HTTP/1.1 100 Continue\r\n\r\n${OK}`,
  'not modified, with a length': `HTTP/1.1 304 Not\r\nContent-Length: 3\r\n\r\n${OK}`,
  'a length of 4 GiB': `HTTP/1.1 200 OK\r\nContent-Length: 4294967296\r\n\r\n${OK}`,
  'a length of 20 digits': `HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n${OK}`,
  'a length below 0': `HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\nabc${OK}`,
  'two lengths': `HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd${OK}`,
  chunks: `${CHUNKED}3\r\nabc\r\n0\r\n\r\n${OK}`,
  'chunks with extensions and a trailer': `${CHUNKED}3;x=y\r\nabc\r\n0\r\nX: y\r\n\r\n${OK}`,
  'a chunk that goes on': `${CHUNKED}300\r\nabc`,
  'a chunk of 4 GiB': `${CHUNKED}100000000\r\nabc`,
  'a chunk of no number': `${CHUNKED}zz\r\nabc\r\n\r\n${OK}`,
  'no status': 'HTTP/1.1 \r\n\r\n',
  'a status of two digits': 'HTTP/1.1 20 OK\r\n\r\n',
  'a status of four digits': 'HTTP/1.1 2000 OK\r\n\r\n',
  'a status that is none': 'HTTP/1.1 20x OK\r\n\r\n',
  'a status without a phrase': 'HTTP/1.1 204\r\n\r\n',
};

const onAnyPort: Readonly<Record<string, string>> = {
  'a request': GET,
  'a response': OK,
  'no version': 'GET /x\r\nHost: h\r\n\r\n',
  'a header from elsewhere': 'Accept: x\r\nHost: h\r\n\r\nrest',
};

export function httpPackets(): readonly BuiltPacket[] {
  let port = 43_000;
  const over = (kind: string, destination: number, texts: Readonly<Record<string, string | Uint8Array>>) =>
    Object.entries(texts).map(
      ([name, text]) => [`${kind}, ${name}`, ipv4(6, tcp((port += 1), destination, text))] as const,
    );
  return ipv4InEthernet(
    Object.fromEntries([
      ...over('HTTP', 80, messages),
      ...over('HTTP on a port of nobody', 43_999, onAnyPort),
      ['SSDP', ipv4(17, udp(43_998, 1900, 'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n\r\n'))],
      ['SSDP, an announcement', ipv4(17, udp(43_997, 1900, 'NOTIFY * HTTP/1.1\r\nHOST: h\r\nNT: x\r\n\r\n'))],
    ]),
  );
}
