// /proc/net/ip_vs (net/netfilter/ipvs/ip_vs_ctl.c, ip_vs_info_seq_show): virtual servers, each with its real servers.
// Addresses are hexadecimal: 0A600001:01BB, or [2001:0db8:…]:0050.
import type { RealServer, VirtualServer } from './firewall-facts.ts';
import { ipv6FromHex } from './ip-text.ts';
import { EntryList } from './unread.ts';

export function parseIpVs(output: string): EntryList<VirtualServer> {
  const list = new EntryList<VirtualServer & { readonly servers: RealServer[] }>();
  output.split('\n').forEach((text, index) => {
    const words = text.trim().split(/\s+/);
    const [first = '', second = ''] = words;
    if (first === '' || first === 'IP' || first === 'Prot' || second === 'RemoteAddress:Port') return;
    const last = list.entries.at(-1);
    if (first === '->') {
      const real = realServerOf(words);
      if (real !== null && last !== undefined) last.servers.push(real);
      else list.notUnderstood(`line ${index + 1}`, text);
      return;
    }
    const virtual = virtualServerOf(words);
    if (virtual === null) list.notUnderstood(`line ${index + 1}`, text);
    else list.entries.push({ ...virtual, servers: [] });
  });
  return list;
}

function virtualServerOf([protocol = '', where = '', scheduler = '', ...flags]: readonly string[]): Omit<
  VirtualServer,
  'servers'
> | null {
  if (scheduler === '') return null;
  const rest = { protocol, scheduler, flags: flags.join(' ') };
  if (protocol === 'FWM' && /^[0-9A-F]{8}$/i.test(where))
    return { ...rest, address: null, port: null, mark: Number.parseInt(where, 16) };
  const at = endOf(where);
  return at === null || !/^(TCP|UDP|SCTP)$/.test(protocol) ? null : { ...rest, ...at, mark: null };
}

function realServerOf([, where = '', forward = '', ...numbers]: readonly string[]): RealServer | null {
  const at = endOf(where);
  const [weight, active, inactive] = numbers.map(Number);
  if (at === null || weight === undefined || active === undefined || inactive === undefined) return null;
  return [weight, active, inactive].every(Number.isFinite)
    ? { ...at, forward, weight, active, inactive }
    : null;
}

function endOf(text: string): { address: string; port: number } | null {
  const six = /^\[((?:[0-9a-f]{4}:){7}[0-9a-f]{4})\]:([0-9A-F]{4})$/i.exec(text);
  if (six !== null)
    return {
      address: ipv6FromHex((six[1] ?? '').replaceAll(':', '')),
      port: Number.parseInt(six[2] ?? '', 16),
    };
  const four = /^([0-9A-F]{2})([0-9A-F]{2})([0-9A-F]{2})([0-9A-F]{2}):([0-9A-F]{4})$/i.exec(text);
  if (four === null) return null;
  const [a, b, c, d, port = 0] = four.slice(1).map((digits) => Number.parseInt(digits, 16));
  return { address: [a, b, c, d].join('.'), port };
}
