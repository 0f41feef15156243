// What is set on a node, as it is set: nothing here is judged (app/ledger/odd-settings.ts does).

export interface ListeningSocket {
  /** Null is the node's own namespace. */
  readonly pid: number | null;
  readonly protocol: 'tcp' | 'tcp6' | 'udp' | 'udp6';
  readonly address: string;
  readonly port: number;
  /** TCP: connections that wait to be accepted; UDP: bytes that wait to be read. */
  readonly waiting: number;
  /** UDP: datagrams that found the buffer full since it was opened. */
  readonly drops: number;
}

/** A TCP connection of which the other end has not answered what was last sent: it is sent again and again. */
export interface UnansweredConnection {
  /** Null is the node's own namespace. */
  readonly pid: number | null;
  /** `opening`: the first packet has no answer; `established`: it was up. */
  readonly state: 'opening' | 'established';
  readonly local: { readonly address: string; readonly port: number };
  readonly remote: { readonly address: string; readonly port: number };
  /** How often it was sent again. */
  readonly again: number;
}

/** A table that holds more sockets than are read (settings-script.ts). */
export type CutSockets = Pick<ListeningSocket, 'pid' | 'protocol'>;

export interface WireguardPeer {
  readonly device: string;
  /** Of what the device sends; 0: none is put on it; null: it was not told. */
  readonly fwmark: number | null;
  /** Public. */
  readonly key: string;
  readonly endpoint: string | null;
  readonly allowedIps: readonly string[];
  /** Seconds since the epoch, the node's clock; null: never. */
  readonly latestHandshake: number | null;
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

export interface SettingsReading {
  /** By path below /proc/sys/net: `ipv4/conf/eth0.5/rp_filter`. */
  readonly sysctls: ReadonlyMap<string, string>;
  /** By device, by the name that `ethtool -k` gives it: `on`, `off`, `off [fixed]`. */
  readonly offloads: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Null: not read. */
  readonly wireguard: readonly WireguardPeer[] | null;
  /** Felix's environment, as far as it is let through. */
  readonly felix: ReadonlyMap<string, string>;
  /** Null: not read. */
  readonly sockets: readonly ListeningSocket[] | null;
  readonly socketsCut: readonly CutSockets[];
  readonly unanswered: readonly UnansweredConnection[];
  /** Prefixes of peers for whom a socket that listens has a key of TCP's MD5 signatures (RFC 2385), never the key. Null: not known. */
  readonly keyedPeers: readonly string[] | null;
  /** Lines that were not understood. */
  readonly unread: number;
}
