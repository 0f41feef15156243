// Of a node's settings some may have been pasted, and others not.
import { expect, it } from 'vitest';
import { parseAddress } from '../route/address.ts';
import { answersNdp } from './answers-ndp.ts';
import { worker } from './testing/worker.ts';

it('that a namespace does not answer for others is said only where what decides it was read', () => {
  const answers = (...files: readonly string[]): boolean | null => {
    const at = worker({ sysctls: files.map((one) => `net.ipv6.conf.${one}`).join('\n') });
    const device = at.devices.get('cali1');
    const target = parseAddress('fd00:9::9');
    if (device === undefined || target === null) throw new Error('no such device or address');
    return answersNdp(at, device, target).answers;
  };
  expect(answers('cali1.forwarding = 0')).toBe(false);
  expect(answers('all.proxy_ndp = 0', 'cali1.proxy_ndp = 0')).toBe(false);
  expect(answers('all.proxy_ndp = 0')).toBe(null);
  expect(answers('cali1.forwarding = 1', 'cali1.proxy_ndp = 1', 'all.proxy_ndp = 0')).toBe(null);
});
