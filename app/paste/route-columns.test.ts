import { describe, expect, it } from 'vitest';
import type { NodeSnapshot } from '../probe/snapshot.ts';
import { built, pasted } from './testing/built.ts';

function read(text: string): {
  snapshot: NodeSnapshot | undefined;
  moments: number;
  notes: string;
  unread: (readonly [number, string])[];
} {
  const { moments, report } = built([pasted(text, 'w1.txt', 'w1')]);
  return {
    snapshot: moments.at(-1)?.[0]?.reading.snapshot,
    moments: moments.length,
    notes: report.notes.join(' '),
    unread: report.unread.map(({ line, why }) => [line, why]),
  };
}

describe('route -n of which columns were cut', () => {
  const routes = ({ snapshot }: ReturnType<typeof read>) =>
    snapshot?.routes4?.value?.map(({ dst, via, dev, type }) => [dst, via, dev, type]);
  const cut = `Destination Gateway Genmask Iface
0.0.0.0 10.12.0.1 0.0.0.0 ens192
192.168.1.0 0.0.0.0 255.255.255.0 *
192.168.1.2 0.0.0.0 255.255.255.255 calid9d486e54a8
`;

  it('is taken where the heading names destination, gateway, mask and device', () => {
    const paste = read(`# route -n | awk '{print $1,$2,$3,$8}'\n${cut}`);
    expect(routes(paste)).toEqual([
      ['0.0.0.0/0', '10.12.0.1', 'ens192', 'unicast'],
      ['192.168.1.0/24', null, null, 'blackhole'],
      ['192.168.1.2/32', null, 'calid9d486e54a8', 'unicast'],
    ]);
    expect(paste.unread).toEqual([]);
    expect(paste.notes).toContain('the metrics of 0.0.0.0/0, 192.168.1.0/24, 192.168.1.2/32 were cut away');
  });

  it('columns in another order are what the heading says', () => {
    expect(
      routes(read('Iface Destination Genmask Gateway\nens192 10.9.0.0 255.255.0.0 10.12.0.7\n')),
    ).toEqual([['10.9.0.0/16', '10.12.0.7', 'ens192', 'unicast']]);
  });

  it('metrics that were cut are those that are known, and no other routes', () => {
    const { snapshot, moments } = read(`# ip route
default via 10.12.0.1 dev ens192 proto dhcp metric 100
# route -n | awk '{print $1,$2,$3,$8}'
${cut}`);
    expect(moments).toBe(1);
    expect(
      snapshot?.routes4?.value?.filter(({ dst }) => dst === '0.0.0.0/0').map(({ metric }) => metric),
    ).toEqual([100]);
  });

  it('without a mask nothing is guessed, and what to paste is said', () => {
    const { snapshot, unread } = read(
      'Destination Gateway Iface\n0.0.0.0 10.12.0.1 ens192\n10.9.0.0 10.12.0.7 ens192\n',
    );
    expect(snapshot?.routes4 ?? null).toBeNull();
    expect(unread[0]?.[1]).toContain('with the columns Destination, Gateway, Genmask and Iface');
    expect(routes(read('0.0.0.0 10.12.0.1 0.0.0.0 ens192\n'))).toBeUndefined();
  });
});
