// The part `settings` of a discovery (settings-script.ts): each section's lines, and how many of them meant nothing.
import { ipv4FromLittleEndianHex, ipv6FromHex } from './ip-text.ts';
import type {
  CutSockets,
  ListeningSocket,
  SettingsReading,
  UnansweredConnection,
  WireguardPeer,
} from './settings-facts.ts';
import { FELIX_SETTINGS } from './settings-script.ts';

/** Beyond these a node is not one that people read. */
const MOST_LINES = 50_000;

export interface SettingsText {
  readonly sysctls: string;
  readonly offloads: string;
  /** Null: not read. */
  readonly wireguard: string | null;
  readonly felix: string;
  readonly sockets: string | null;
  /** Left out: not read. */
  readonly keyedPeers?: string | null;
}

export function parseSettings(text: SettingsText): SettingsReading {
  let unread = 0;
  /** Calls for each line that is not empty; counts those of which it says false. */
  const each = (lines: string, understood: (line: string) => boolean): void => {
    for (const line of lines.split('\n', MOST_LINES))
      if (line.trim() !== '' && !understood(line)) unread += 1;
  };
  const sysctls = new Map<string, string>();
  each(text.sysctls, (line) => {
    // A device's name may hold a colon, no value does.
    const match = /^sys\/net\/(\S+):([^:]*)$/.exec(line);
    if (match !== null) sysctls.set(match[1] ?? '', (match[2] ?? '').trim().replaceAll(/\s+/g, ' '));
    return match !== null;
  });
  const offloads = new Map<string, Map<string, string>>();
  let features: Map<string, string> | null = null;
  each(text.offloads, (line) => {
    const device = /^device (.+)$/.exec(line)?.[1];
    if (device !== undefined) {
      features = new Map();
      offloads.set(device, features);
      return true;
    }
    const match = /^\s*([a-z0-9_-]+): (.+)$/.exec(line);
    if (match === null || features === null) return false;
    features.set(match[1] ?? '', (match[2] ?? '').trim());
    return true;
  });
  const felix = new Map<string, string>();
  const known = new Set<string>(FELIX_SETTINGS);
  each(text.felix, (line) => {
    const [, name = '', value = ''] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (known.has(name)) felix.set(name, value);
    return known.has(name);
  });
  const peers = new WireguardPeers();
  each(text.wireguard ?? '', (line) => peers.take(line));
  const sockets: ListeningSocket[] = [];
  const socketsCut: CutSockets[] = [];
  const unanswered: UnansweredConnection[] = [];
  let file: CutSockets | null = null;
  each(text.sockets ?? '', (line) => {
    const head = /^==> (self|\d+)\/net\/(tcp6?|udp6?) <==$/.exec(line);
    if (head !== null) {
      const [, pid = '', protocol] = head;
      file = { pid: pid === 'self' ? null : Number(pid), protocol: protocolOf(protocol) };
      return true;
    }
    if (line === 'cut' && file !== null) {
      socketsCut.push(file);
      return true;
    }
    const connection = file === null ? null : unansweredConnection(line, file);
    if (connection !== null) {
      unanswered.push(connection);
      return true;
    }
    const socket = file === null ? null : listeningSocket(line, file);
    if (socket !== null) sockets.push(socket);
    return socket !== null;
  });
  const keyedPeers: string[] = [];
  each(text.keyedPeers ?? '', (line) => {
    const isPrefix = /^[0-9a-f.:]+\/\d+$/.test(line);
    if (isPrefix) keyedPeers.push(line);
    return isPrefix;
  });
  return {
    ...{ sysctls, offloads, felix, socketsCut, unanswered, unread },
    keyedPeers: (text.keyedPeers ?? null) === null ? null : keyedPeers,
    wireguard: text.wireguard === null ? null : peers.all,
    sockets: text.sockets === null ? null : sockets,
  };
}

function protocolOf(name: string | undefined): ListeningSocket['protocol'] {
  return name === 'tcp6' || name === 'udp' || name === 'udp6' ? name : 'tcp';
}

/** "96160C0A:094C 00000000 21311167 [drops]": the kernel's words of 32 bits, little endian. */
function listeningSocket(line: string, { pid, protocol }: CutSockets): ListeningSocket | null {
  const match = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) ([0-9A-F]{8}) \d+(?: (\d+))?$/.exec(line);
  if (match === null) return null;
  const [, hex = '', port = '', waiting = '', drops] = match;
  return {
    pid,
    protocol,
    ...endOf(hex, port),
    waiting: parseInt(waiting, 16),
    drops: Number(drops ?? 0),
  };
}

/** "unanswered 97160C0A:00B3 98160C0A:A5D2 01 00000003" */
function unansweredConnection(line: string, { pid }: CutSockets): UnansweredConnection | null {
  const match =
    /^unanswered ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) 0([12]) ([0-9A-F]{8})$/.exec(
      line,
    );
  if (match === null) return null;
  const [, local = '', localPort = '', remote = '', remotePort = '', state, again = ''] = match;
  return {
    pid,
    state: state === '1' ? 'established' : 'opening',
    local: endOf(local, localPort),
    remote: endOf(remote, remotePort),
    again: parseInt(again, 16),
  };
}

function endOf(hex: string, port: string): { readonly address: string; readonly port: number } {
  return {
    address: hex.length === 8 ? ipv4FromLittleEndianHex(hex) : ipv6FromHex(bigEndian(hex)),
    port: parseInt(port, 16),
  };
}

/** Each four bytes turned round. */
function bigEndian(hex: string): string {
  return hex.replaceAll(/(..)(..)(..)(..)/g, '$4$3$2$1').toLowerCase();
}

/** `off`, `0x200000`; null: not understood. */
export function fwmarkOf(text: string): number | null {
  if (text === 'off') return 0;
  return /^0x[0-9a-f]{1,8}$/i.test(text) ? Number(text) : null;
}

/** `wg show all WHAT`, one after the other, each behind a line "show WHAT"; a line has tabs between its words. */
class WireguardPeers {
  readonly #peers = new Map<string, Omit<WireguardPeer, 'fwmark'>>();
  readonly #marks = new Map<string, number>();
  #what = '';

  get all(): WireguardPeer[] {
    return [...this.#peers.values()].map((peer) => ({
      ...peer,
      fwmark: this.#marks.get(peer.device) ?? null,
    }));
  }

  take(line: string): boolean {
    const what = /^show ([a-z-]+)$/.exec(line)?.[1];
    if (what !== undefined) {
      this.#what = what;
      return true;
    }
    const [device = '', key = '', value = '', second = ''] = line.split('\t');
    // Of the interface itself.
    if (this.#what === 'listen-port') return key !== '';
    if (this.#what === 'fwmark') {
      const mark = fwmarkOf(key);
      if (mark !== null) this.#marks.set(device, mark);
      return mark !== null;
    }
    if (key === '' || value === '') return false;
    const id = `${device} ${key}`;
    const none = { endpoint: null, allowedIps: [], latestHandshake: null, receivedBytes: 0, sentBytes: 0 };
    const peer = this.#peers.get(id) ?? { device, key, ...none };
    const change = this.#changeOf(value, second);
    if (change === null) return false;
    this.#peers.set(id, { ...peer, ...change });
    return true;
  }

  #changeOf(value: string, second: string): Partial<Omit<WireguardPeer, 'fwmark'>> | null {
    const number = (text: string): number | null => (/^\d{1,16}$/.test(text) ? Number(text) : null);
    switch (this.#what) {
      case 'endpoints':
        return { endpoint: value === '(none)' ? null : value };
      case 'allowed-ips':
        return { allowedIps: value === '(none)' ? [] : value.split(' ') };
      case 'latest-handshakes':
        return { latestHandshake: number(value) === 0 ? null : number(value) };
      case 'transfer':
        return { receivedBytes: number(value) ?? 0, sentBytes: number(second) ?? 0 };
      default:
        return null;
    }
  }
}
