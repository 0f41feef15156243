import fc from 'fast-check';
import { expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import { kernelLogPattern, parseKernelLog } from './kernel-log.ts';

// Messages as their sources print them (printk formats of Linux 6.1), with util-linux' `dmesg -r` before them.
const text = `uptime 1000.50
<6>[   12.500000] e1000: ens192 NIC Link is Up 1000 Mbps Full Duplex, Flow Control: None
<4>[  400.250000] nf_conntrack: nf_conntrack: table full, dropping packet
<3>[  500.000000] Out of memory: Killed process 4711 (java) total-vm:8g, anon-rss:4g
<4>[  600.000000] IPv4: martian source 192.168.1.2 from 10.0.0.9, on dev ens192
<4>[  700.000000] neighbour: arp_cache: neighbor table overflow!
<6>[  800.000000] vmxnet3 0000:0b:00.0 ens192: NIC Link is Down
something else
`;

it('knows what it is about and when it was, by the node’s clock', () => {
  const log = parseKernelLog(text, { s: 2000, ns: 500_000_000 });
  expect(log?.messages.map(({ about, at }) => [about, at.s, at.ns / 1e6])).toEqual([
    ['link', 1012, 500],
    ['conntrack', 1400, 250],
    ['memory', 1500, 0],
    ['martian', 1600, 0],
    ['neighbours', 1700, 0],
    ['link', 1800, 0],
  ]);
  expect(log?.unread).toEqual([{ line: 8, text: 'something else' }]);
  expect(parseKernelLog('', { s: 1, ns: 0 })).toBeNull();
});

it('what the node narrows by lets through all that is understood', () => {
  const pattern = new RegExp(kernelLogPattern, 'i');
  const log = parseKernelLog(text, { s: 2000, ns: 0 });
  for (const { text: said } of log?.messages ?? []) expect(said).toMatch(pattern);
});

it('any text: no throw, every line is a message or unread', () => {
  const line = fc.oneof(fc.constantFrom(...text.split('\n')), fc.string({ maxLength: 40 }));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 20 }), (lines) => {
      const log = parseKernelLog(['uptime 5.0', ...lines].join('\n'), { s: 100, ns: 0 });
      expect((log?.messages.length ?? 0) + (log?.unread.length ?? 0)).toBeLessThanOrEqual(
        lines.join('\n').split('\n').length,
      );
    }),
    { numRuns: runs(100) },
  );
});
