import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import { discoveryScript } from './discovery-script.ts';
import { parseDiscovery } from './discovery.ts';
import { parseSettings, type SettingsText } from './node-settings.ts';
import { keyedPeersScript, MOST_SOCKETS, socketsScript } from './settings-script.ts';

const nothing: SettingsText = { sysctls: '', offloads: '', wireguard: '', felix: '', sockets: '' };

describe('settings', () => {
  it('of the kernel are known by their paths, whatever a device is called', () => {
    const sysctls =
      'sys/net/ipv4/conf/a:b.5/rp_filter:1\nsys/net/ipv4/tcp_rmem:4096\t131072\t6291456\nnonsense\n';
    const reading = parseSettings({ ...nothing, sysctls });
    expect([...reading.sysctls]).toEqual([
      ['ipv4/conf/a:b.5/rp_filter', '1'],
      ['ipv4/tcp_rmem', '4096 131072 6291456'],
    ]);
    expect(reading.unread).toBe(1);
  });

  it('of devices', () => {
    const reading = parseSettings({
      ...nothing,
      offloads: 'device vxlan.calico\ntx-checksumming: on\n\ttx-checksum-ip-generic: off [fixed]\n',
    });
    expect([...(reading.offloads.get('vxlan.calico') ?? [])]).toEqual([
      ['tx-checksumming', 'on'],
      ['tx-checksum-ip-generic', 'off [fixed]'],
    ]);
  });

  it('of Felix are only those that are let through', () => {
    const { felix, unread } = parseSettings({
      ...nothing,
      felix: 'FELIX_VXLANMTU=1440\nFELIX_ETCDKEYFILE=/secret\n',
    });
    expect([[...felix], unread]).toEqual([[['FELIX_VXLANMTU', '1440']], 1]);
  });

  it('of WireGuard have no private keys to show', () => {
    const key = 'xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=';
    const wireguard = [
      'show listen-port\nwireguard.cali\t51820\nshow fwmark\nwireguard.cali\t0x200000',
      `show endpoints\nwireguard.cali\t${key}\t10.12.22.152:51820`,
      `show allowed-ips\nwireguard.cali\t${key}\t192.168.2.0/24 192.168.3.0/24`,
      `show latest-handshakes\nwireguard.cali\t${key}\t1764000000`,
      `show transfer\nwireguard.cali\t${key}\t1480\t92`,
    ].join('\n');
    const reading = parseSettings({ ...nothing, wireguard });
    expect(reading.wireguard).toEqual([
      {
        device: 'wireguard.cali',
        fwmark: 0x200000,
        key,
        endpoint: '10.12.22.152:51820',
        allowedIps: ['192.168.2.0/24', '192.168.3.0/24'],
        latestHandshake: 1_764_000_000,
        receivedBytes: 1480,
        sentBytes: 92,
      },
    ]);
    expect(reading.unread).toBe(0);
  });

  it('tell who listens, where, and what waits there', () => {
    const sockets = [
      '==> self/net/tcp <==\n0100007F:1F90 00000003 21312718',
      '==> self/net/tcp6 <==\n00000000000000000000000001000000:1F91 00000000 1',
      '==> 42/net/udp <==\n96160C0A:12B5 00000010 5 7',
    ].join('\n');
    expect(parseSettings({ ...nothing, sockets }).sockets).toEqual([
      { pid: null, protocol: 'tcp', address: '127.0.0.1', port: 8080, waiting: 3, drops: 0 },
      { pid: null, protocol: 'tcp6', address: '::1', port: 8081, waiting: 0, drops: 0 },
      { pid: 42, protocol: 'udp', address: '10.12.22.150', port: 4789, waiting: 16, drops: 7 },
    ]);
  });

  it('tell of connections to which nobody answers', () => {
    const sockets = [
      '==> self/net/tcp <==\nunanswered 97160C0A:00B3 98160C0A:A5D2 01 00000003',
      '==> 42/net/tcp <==\nunanswered 0201A8C0:D9F4 0302A8C0:1F90 02 0000000B\nunanswered x 0302A8C0:1F90 02 1',
    ].join('\n');
    const reading = parseSettings({ ...nothing, sockets });
    expect([reading.sockets, reading.unread]).toEqual([[], 1]);
    expect(reading.unanswered).toEqual([
      {
        pid: null,
        state: 'established',
        local: { address: '10.12.22.151', port: 179 },
        remote: { address: '10.12.22.152', port: 42_450 },
        again: 3,
      },
      {
        pid: 42,
        state: 'opening',
        local: { address: '192.168.1.2', port: 55_796 },
        remote: { address: '192.168.2.3', port: 8080 },
        again: 11,
      },
    ]);
  });

  it('tell of which table not all sockets were read', () => {
    const sockets = '==> self/net/tcp <==\n==> self/net/udp6 <==\ncut\n==> 42/net/udp <==\ncut\n';
    expect(parseSettings({ ...nothing, sockets })).toMatchObject({
      socketsCut: [
        { pid: null, protocol: 'udp6' },
        { pid: 42, protocol: 'udp' },
      ],
      unread: 0,
    });
    expect(parseSettings({ ...nothing, sockets: 'cut\n' })).toMatchObject({ socketsCut: [], unread: 1 });
  });

  it('any text in, no throw, and no line is lost without being counted', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
        const all = {
          sysctls: text,
          offloads: text,
          wireguard: text,
          felix: text,
          sockets: text,
          keyedPeers: text,
        };
        const lines = text.split('\n').filter((line) => line.trim() !== '').length;
        expect(parseSettings(all).unread).toBeLessThanOrEqual(6 * lines);
      }),
      { numRuns: runs(300) },
    );
  });
});

describe.each(['dash', 'bash', 'busybox ash'])('the script, by %s', (shell) => {
  it.each([
    ['iproute2-ss170501', false],
    ['iproute2-ss171113', false],
    ['iproute2-ss180129', true],
    ['iproute2-5.10.0, libbpf 1.1.0', true],
    ['iproute2-6.1.0', true],
    ['iproute2-10.0.0', true],
    ['BusyBox', false],
  ])('asks no ss that would not tell keys: %s', (version, shows) => {
    const [command = '', ...words] = shell.split(' ');
    const script = `ss() { echo 'ss utility, ${version}'; }\ncd /proc\n${keyedPeersScript}\nif shows_keys; then echo yes; fi`;
    const said = execFileSync(command, [...words, '-c', script], { encoding: 'utf8' });
    expect(said).toBe(shows ? 'yes\n' : '');
  });

  it('lets prefixes of peers through that have a key, and no key', () => {
    // As ss of iproute2 6.1 prints them: the keys first, by mistake.
    const ss = [
      'hopscopes3cretLISTEN 0      8      0.0.0.0:179 0.0.0.0:*',
      '\t bbr cwnd:10 md5keys:10.12.22.152/32=,fd00::2/128=        ',
      'LISTEN 0 128 [::]:22 [::]:*\n\t cubic cwnd:10',
      'LISTEN 0 8 *:1790 *:*\n\t cubic cwnd:10 md5keys:10.0.0.0/8=s3=cret/1',
    ].join('\n');
    const [command = '', ...words] = shell.split(' ');
    const script = `${keyedPeersScript}\nkeyed_prefixes`;
    const keyedPeers = execFileSync(command, [...words, '-c', script], { encoding: 'utf8', input: ss });
    const reading = parseSettings({ ...nothing, keyedPeers });
    expect(reading.keyedPeers).toEqual(['10.12.22.152/32', 'fd00::2/128', '10.0.0.0/8']);
    expect([reading.unread, parseSettings(nothing).keyedPeers]).toEqual([0, null]);
  });

  it('reads so many sockets of each table, and says where there are more', () => {
    const proc = mkdtempSync(path.join(tmpdir(), 'sockets-'));
    const heading =
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
    const table = (states: readonly string[]): string =>
      heading +
      states
        .map(
          (st, at) =>
            `${String(at)}: 0100007F:1F90 00000000:0000 ${st} 00000000:00000000 00:0 0 0 0 7 1 0 0\n`,
        )
        .join('');
    const many = (state: string, count: number): string[] => new Array<string>(count).fill(state);
    mkdirSync(path.join(proc, 'self/net'), { recursive: true });
    const tables = {
      // As many as are read, and connections behind them.
      tcp: [...many('0A', MOST_SOCKETS), ...many('01', 5)],
      tcp6: many('0A', MOST_SOCKETS + 1),
      // Whether one that waits comes later cannot be known.
      udp: [...many('07', 3), ...many('01', MOST_SOCKETS)],
      udp6: many('07', 2),
    };
    for (const [name, states] of Object.entries(tables))
      writeFileSync(path.join(proc, 'self/net', name), table(states));
    const [command = '', ...words] = shell.split(' ');
    const script = `${socketsScript}\ncd '${proc}' && sockets_of self`;
    const sockets = execFileSync(command, [...words, '-c', script], { encoding: 'utf8' });
    rmSync(proc, { recursive: true });
    const reading = parseSettings({ ...nothing, sockets });
    const count = (of: string): number =>
      reading.sockets?.filter(({ protocol }) => protocol === of).length ?? 0;
    expect(Object.keys(tables).map(count)).toEqual([MOST_SOCKETS, MOST_SOCKETS, 3, 2]);
    expect(reading.socketsCut.map(({ protocol }) => protocol)).toEqual(['tcp6', 'udp']);
    expect(reading.unread).toBe(0);
  });

  it('tells a connection that is sent again what nobody answers from one that waits', () => {
    const proc = mkdtempSync(path.join(tmpdir(), 'sockets-'));
    mkdirSync(path.join(proc, 'self/net'), { recursive: true });
    // As the kernel prints them: one that is up and sends again, one whose first packet has no answer, one that waits, keeps alive, is up.
    const states = ['01 9:0 01:14 4', '02 1:0 01:64 1', '01 9:0 01:14 0', '01 0:0 02:99 3', '01 0:0 00:0 0'];
    const lines = states.map((state, at) => {
      const [st = '', queues = '', timer = '', again = ''] = state.split(' ');
      const wide = (pair: string): string => pair.replace(/(\w+)$/, (hex) => hex.padStart(8, '0'));
      return `   ${String(at)}: 97160C0A:00B3 98160C0A:A5D${String(at)} ${st} ${wide(queues)} ${wide(timer)} ${wide(again)}     0        0 7 2`;
    });
    const heading =
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
    writeFileSync(path.join(proc, 'self/net/tcp'), `${[heading, ...lines].join('\n')}\n`);
    const [command = '', ...words] = shell.split(' ');
    // One file alone has no head of its own.
    writeFileSync(path.join(proc, 'self/net/udp'), `${heading}\n`);
    const script = `${socketsScript}\ncd '${proc}' && sockets_of self`;
    const sockets = execFileSync(command, [...words, '-c', script], { encoding: 'utf8' });
    rmSync(proc, { recursive: true });
    const reading = parseSettings({ ...nothing, sockets });
    expect(
      reading.unanswered.map(({ state, remote, again }) => `${state} ${remote.port - 0xa5d0} ${again}`),
    ).toEqual(['established 0 4', 'opening 1 1']);
    expect(reading.unread).toBe(0);
  });

  it('reads this machine’s settings, and understands every line', () => {
    const nonce = 'abcdefghijklmnop';
    const [command = '', ...words] = shell.split(' ');
    const script = discoveryScript({ nonce, parts: ['settings'] });
    const output = execFileSync(command, [...words, '-s'], {
      input: script,
      maxBuffer: 64_000_000,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const parsed = parseDiscovery(output, { nonce, nodeLabel: 'n', seenAt: 0 });
    const settings = parsed.ok ? parsed.value.settings : null;
    expect(settings?.state).toBe('ok');
    expect(settings?.value?.sysctls.get('ipv4/ip_forward')).toMatch(/^[01]$/);
    expect(settings?.value?.sysctls.get('ipv4/conf/lo/rp_filter')).toMatch(/^[012]$/);
    expect(settings?.value?.unread).toBe(0);
  });
});
