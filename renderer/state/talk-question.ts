// Which way packets of a talk should go, as a trace is asked. Pure.
import type { TraceRequest } from '../../app/trace/model.ts';
import type { Talk } from './talks.ts';

/** Null: a trace knows no such packets. */
export function questionOf({
  protocol,
  client,
  server,
}: Pick<Talk, 'protocol' | 'client' | 'server'>): TraceRequest | null {
  const proto =
    protocol === 'TCP' ? 'tcp' : protocol === 'UDP' ? 'udp' : /^ICMP/u.test(protocol) ? 'icmp' : null;
  if (proto === null) return null;
  const port = server.port === null || server.port === 0 ? null : server.port;
  return { from: client.address, to: server.address, proto, port, size: null };
}
