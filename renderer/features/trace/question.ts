// What is written in the trace bar → what is asked. Pure.
import type { TraceRequest } from '../../../app/trace/model.ts';
import { traceStrings } from './strings.ts';

type Protocol = Pick<TraceRequest, 'proto' | 'port'>;

type Written<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly sentence: string };

const PROTOCOLS = ['tcp', 'udp', 'icmp'] as const;
const MOST_PORT = 65_535;

/** `tcp 8080`, `tcp:8080`, `8080/udp`, `8080`, `icmp`, `ping`; nothing is TCP to no port in particular. */
export function protocolIn(text: string): Written<Protocol> {
  const words = text
    .toLowerCase()
    .split(/[\s:/,]+/)
    .filter((word) => word !== '');
  let proto: TraceRequest['proto'] | null = null;
  let port: number | null = null;
  for (const word of words) {
    const named = word === 'ping' ? 'icmp' : PROTOCOLS.find((each) => each === word);
    if (named !== undefined && proto === null) proto = named;
    else if (/^\d{1,5}$/.test(word) && port === null) port = Number(word);
    else return { ok: false, sentence: traceStrings.notProtocol(text.trim()) };
  }
  if (port !== null && (port < 1 || port > MOST_PORT))
    return { ok: false, sentence: traceStrings.notPort(String(port)) };
  if (proto === 'icmp' && port !== null) return { ok: false, sentence: traceStrings.noPort };
  return { ok: true, value: { proto: proto ?? 'tcp', port } };
}

export function questionIn(from: string, to: string, what: string): Written<TraceRequest> {
  if (from.trim() === '') return { ok: false, sentence: traceStrings.noFrom };
  if (to.trim() === '') return { ok: false, sentence: traceStrings.noTo };
  const protocol = protocolIn(what);
  if (!protocol.ok) return protocol;
  return { ok: true, value: { from: from.trim(), to: to.trim(), ...protocol.value, size: null } };
}
