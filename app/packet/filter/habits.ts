// What people write who come from other filters: an address, a network, a port alone, and what they mean by it.
import { parseNetwork, shortNetwork } from './literal.ts';

/** The filter that a word alone was meant for; null: it is none of these. */
export function meantBy(word: string): string | null {
  const port = /^:?(\d{1,5})$/u.exec(word)?.[1];
  if (port !== undefined) return Number(port) > 0xffff ? null : ofPort(port);
  const bracketed =
    /^\[([^\]]*)\](?::(\d{1,5}))?$/u.exec(word) ?? /^([\d.]+(?:\/\d+)?):(\d{1,5})$/u.exec(word);
  const address = ofAddress(bracketed?.[1] ?? word);
  if (address === null) return null;
  const at = bracketed?.[2];
  return at === undefined ? address : `${address} && ${ofPort(at)}`;
}

function ofPort(port: string): string {
  const number = Number(port);
  return `(tcp.port == ${number} || udp.port == ${number})`;
}

function ofAddress(text: string): string | null {
  const network = parseNetwork(text);
  if (network === null) {
    const short = shortNetwork(text);
    return short === null ? null : `ip.addr == ${short}`;
  }
  return `${network.bytes.length === 4 ? 'ip' : 'ipv6'}.addr == ${text}`;
}
