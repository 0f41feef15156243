import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import { readCpuTable, readDevices, readNamedLines, readPairedLines, readSoftnet } from './counter-tables.ts';
import { discoveryScript } from './discovery-script.ts';
import { parseDiscovery } from './discovery.ts';
import { parseCounters } from './node-counters.ts';
import { parseQdiscs } from './tc-queues.ts';

const paired = (text: string): [Record<string, number>, number] => {
  const counters = new Map<string, number>();
  const unread = readPairedLines(text, new Map(), counters);
  return [Object.fromEntries(counters), unread];
};

describe('counters of a namespace', () => {
  it('are named as nstat names them', () => {
    const text =
      'Ip: Forwarding InReceives\nIp: 2 11\nTcpExt: ListenDrops\nTcpExt: 3\nTcp: MaxConn\nTcp: -1\n';
    expect(paired(text)).toEqual([
      { IpForwarding: 2, IpInReceives: 11, TcpExtListenDrops: 3, TcpMaxConn: -1 },
      0,
    ]);
  });

  it('take the names of an earlier file, and none from a line of another length', () => {
    const names = new Map([['Ip', ['InReceives', 'InDelivers']]]);
    const counters = new Map<string, number>();
    expect(readPairedLines('Ip: 1 2\nIp: 7\nnonsense', names, counters)).toBe(2);
    expect([...counters]).toEqual([
      ['IpInReceives', 1],
      ['IpInDelivers', 2],
    ]);
  });

  it('of devices are read whatever a device is called', () => {
    const text =
      'Inter-|   Receive |  Transmit\n face |bytes packets\n  a:b: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\neth0: 1 2\n';
    const { devices, unread } = readDevices(text);
    expect(devices).toEqual([
      {
        name: 'a:b',
        rxPackets: 2,
        rxErrors: 3,
        rxDropped: 4,
        rxFifo: 5,
        rxFrame: 6,
        rxMulticast: 8,
        txPackets: 10,
        txErrors: 11,
        txDropped: 12,
        txFifo: 13,
        txCarrier: 15,
      },
    ]);
    expect(unread).toBe(1);
  });

  it('of CPUs are hexadecimal', () => {
    const { table, unread } = readCpuTable('entries  drop\n0000000a 000000ff\n0000000a 00000001\n0000000a\n');
    expect([...table]).toEqual([
      ['entries', [10, 10]],
      ['drop', [255, 1]],
    ]);
    expect(unread).toBe(1);
    expect(readSoftnet('0183eca1 00000010 00000002\nx\n')).toEqual({ dropped: [16], unread: 1 });
  });

  it('of queues are read from JSON and from text', () => {
    const json = '[{"kind":"fq_codel","handle":"8001:","dev":"eth0","root":true,"options":{},"drops":3}]';
    const text =
      'qdisc fq_codel 8001: dev eth0 root refcnt 2 limit 10240p\n Sent 9 bytes 1 pkt (dropped 3, overlimits 0 requeues 0) \n';
    const expected = [{ device: 'eth0', kind: 'fq_codel', handle: '8001:', dropped: 3, root: true }];
    expect([parseQdiscs(json), parseQdiscs(text)]).toMatchObject([expected, expected]);
  });
});

it('any text in, no throw', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 300 }),
      fc.string({ maxLength: 60 }),
      (text, name) => {
        const files = `==> self/net/${name} <==\n${text}\n==> 12/net/dev <==\n${text}\n==> self/net/snmp <==\n${text}`;
        const reading = parseCounters({
          counted: `ns 1 12 3 x\n${text}`,
          files,
          linkstats: text,
          qdiscs: text,
          tcfilters: text,
          hooks: text,
        });
        expect(reading.namespaces.length).toBeLessThanOrEqual(2);
        const named = new Map<string, number>();
        expect(readNamedLines(text, named)).toBeGreaterThanOrEqual(0);
      },
    ),
    { numRuns: runs(300) },
  );
});

describe.each(['dash', 'bash', 'busybox ash'])('the script, by %s', (shell) => {
  it('reads what this machine counts', () => {
    const nonce = 'abcdefghijklmnop';
    const [command = '', ...words] = shell.split(' ');
    const script = discoveryScript({ nonce, parts: ['counters'] });
    const output = execFileSync(command, [...words, '-s'], { input: script, maxBuffer: 64_000_000 });
    const parsed = parseDiscovery(output, { nonce, nodeLabel: 'n', seenAt: 0 });
    const reading = parsed.ok ? parsed.value.counters?.value : null;
    const own = reading?.namespaces[0];
    expect(own?.identity).toBeNull();
    expect(own?.counters.get('IpInReceives')).toBeGreaterThanOrEqual(0);
    expect(own?.counters.get('TcpExtListenOverflows')).toBeGreaterThanOrEqual(0);
    expect(own?.devices.map(({ name }) => name)).toContain('lo');
    expect(reading?.unread).toBe(0);
    expect(reading?.softnetDropped.length).toBeGreaterThan(0);
  });
});

it('says to a plain user that rules at interfaces are not told, beside what else is not', () => {
  const nonce = 'abcdefghijklmnop';
  const words = ['--reuid=65534', '--regid=65534', '--clear-groups', 'sh', '-s'];
  const input = discoveryScript({ nonce, parts: ['counters'] });
  const output = execFileSync('setpriv', words, {
    input,
    maxBuffer: 64_000_000,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const parsed = parseDiscovery(output, { nonce, nodeLabel: 'n', seenAt: 0 });
  const section = parsed.ok ? parsed.value.counters : null;
  expect(section?.sentence).toContain('What rules at interfaces of n drop is unknown to this login');
  expect([section?.state, section?.value?.hooks]).toEqual(['not-permitted', null]);
});
