import { describe, expect, it } from 'vitest';
import { buildTopology } from '../dev/fixture.ts';
import { classic } from '../dev/plans.ts';
import { downReason, networkOf, wireOf } from './network.ts';
import type { InterfaceEntity } from '../../app/topology/model.ts';

function named(name: string): InterfaceEntity {
  const found = Object.values(buildTopology(classic, 'lab').interfaces).find((each) => each.name === name);
  if (found === undefined) throw new Error(`the fixture has no ${name}`);
  return found;
}

describe('networkOf', () => {
  it.each([
    ['10.12.22.151', 16, '10.12.0.0/16'],
    ['10.12.22.151', 32, '10.12.22.151/32'],
    ['255.255.255.255', 1, '128.0.0.0/1'],
    ['fd00:1:2::5', 64, 'fd00:1:2::/64'],
    ['not an address', 8, null],
  ])('%s/%d is on %s', (address, length, network) => {
    expect(networkOf(address, length)).toBe(network);
  });
});

describe('wireOf', () => {
  it('is the NIC’s subnet, and nothing for a Pod’s /32 or a link-local address', () => {
    expect(wireOf(named('ens192'))).toBe('10.12.0.0/16');
    expect(wireOf(named('eth0'))).toBeNull();
    expect(wireOf(named('calid9d486e54a8'))).not.toBe('fe80::/64');
  });
});

describe('downReason', () => {
  it('is null for what is up, and for UNKNOWN, which is up', () => {
    expect(downReason(named('ens192'))).toBeNull();
    expect(downReason(named('lo'))).toBeNull();
  });
  it('tells an administrator’s doing from a missing cable', () => {
    expect(downReason(named('docker0'))).toBe('no carrier');
    expect(downReason({ ...named('ens192'), adminUp: false, carrier: false })).toBe('admin down');
    expect(downReason({ ...named('ens192'), operstate: 'LOWERLAYERDOWN' })).toBe('lowerlayerdown');
  });
});
