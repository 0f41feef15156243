// `wg show` for people (wireguard-tools show.c, pretty_print): peers, with how long ago each was heard. Keys are public ones; the
// private one it hides itself.
import { fwmarkOf } from '../../probe/node-settings.ts';
import type { WireguardPeer } from '../../probe/settings-facts.ts';

const LINE =
  /^(?:interface: \S{1,15}\s{0,20}|\s{0,4}(?:public key|private key|preshared key|listening port|fwmark|endpoint|allowed ips|latest handshake|transfer|persistent keepalive): .{1,2000}|peer: \S{40,50}\s{0,20})$/;

export function isWgHead(line: string): boolean {
  return /^interface: \S{1,15}\s*$|^peer: [A-Za-z0-9+/]{43}=\s*$/.test(line);
}

export function isWgLine(line: string): boolean {
  return LINE.test(line);
}

/** @param at when it was printed, seconds since the epoch. */
export function wireguardPeers(text: string, at: number): WireguardPeer[] {
  const peers: WireguardPeer[] = [];
  let device = '';
  let fwmark: number | null = null;
  for (const line of text.split('\n')) {
    const [, name = '', value = ''] = /^\s*([a-z ]+): (.*?)\s*$/.exec(line.slice(0, 2100)) ?? [];
    if (name === 'interface') {
      device = value;
      // It says nothing of one that is off.
      fwmark = 0;
    }
    if (name === 'fwmark') fwmark = fwmarkOf(value);
    if (name === 'peer')
      peers.push({
        device,
        fwmark,
        key: value,
        endpoint: null,
        allowedIps: [],
        latestHandshake: null,
        receivedBytes: 0,
        sentBytes: 0,
      });
    const peer = peers.pop();
    if (peer !== undefined) peers.push({ ...peer, ...told(name, value, at) });
  }
  return peers;
}

function told(name: string, value: string, at: number): Partial<WireguardPeer> {
  switch (name) {
    case 'endpoint':
      return { endpoint: value };
    case 'allowed ips':
      return { allowedIps: value === '(none)' ? [] : value.split(', ') };
    case 'latest handshake':
      return { latestHandshake: at - secondsOf(value) };
    case 'transfer': {
      const [received = '', sent = ''] = value.split(', ');
      return { receivedBytes: bytesOf(received), sentBytes: bytesOf(sent) };
    }
    default:
      return {};
  }
}

const SECONDS: Readonly<Record<string, number>> = {
  year: 31_536_000,
  day: 86_400,
  hour: 3600,
  minute: 60,
  second: 1,
};

/** `1 hour, 2 minutes, 5 seconds ago`; `Now`. */
function secondsOf(text: string): number {
  return [...text.matchAll(/(\d{1,6}) (year|day|hour|minute|second)s?/g)].reduce(
    (sum, [, count, unit = '']) => sum + Number(count) * (SECONDS[unit] ?? 0),
    0,
  );
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** `4.56 MiB sent`: rounded to a hundredth of its unit. */
function bytesOf(text: string): number {
  const [, count, unit = ''] = /^(\d{1,10}(?:\.\d{1,2})?) ([KMGT]?i?B)\b/.exec(text) ?? [];
  return Math.round(Number(count ?? 0) * 1024 ** Math.max(0, UNITS.indexOf(unit)));
}
