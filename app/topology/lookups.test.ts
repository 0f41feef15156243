import { describe, expect, it } from 'vitest';
import { interfaceAt, ownerOfAddressAt } from './lookups.ts';
import { a, build, demo, fact, inventoryOf, node } from './testing/scenario.ts';

const at = (s: number, ns = 0) => ({ s, ns });

describe('an interface by its number at a time', () => {
  it('recreated with the same number, is the one of that time', () => {
    const first = build([a(1000)]);
    const root = node(first, 'a')?.rootNetns ?? '';
    const before = interfaceAt(first, root, demo.hostIfindex, at(1000));
    expect(before?.name).toBe('calid9d486e54a8');
    // Another Pod in its place: same ifindex on the host, another peer namespace.
    const other = { ...demo, inode: 101, nsid: 2, pid: 60, startTicks: 9, hostName: 'calinew' };
    const second = build([a(1010, { pods: [other] })], {}, first);
    const now = interfaceAt(second, root, demo.hostIfindex, at(1010));
    expect(now?.name).toBe('calinew');
    expect(now?.id).not.toBe(before?.id);
    expect(interfaceAt(second, root, demo.hostIfindex, at(1005))?.id).toBe(before?.id);
    expect(interfaceAt(second, root, demo.hostIfindex, at(1009, 999_999_999))?.id).toBe(before?.id);
    expect(interfaceAt(second, root, demo.hostIfindex, at(2000))?.id).toBe(now?.id);
  });

  it('whose predecessor was seen to end is the new one from then on, though it was first seen later', () => {
    const first = build([a(1000)]);
    const root = node(first, 'a')?.rootNetns ?? '';
    const deletions = [{ nodeLabel: 'a', nsid: null, ifindex: demo.hostIfindex, at: at(1003) }];
    const gone = build([a(1004, { pods: [] })], { deletions }, first);
    expect(interfaceAt(gone, root, demo.hostIfindex, at(1002))?.name).toBe('calid9d486e54a8');
    expect(interfaceAt(gone, root, demo.hostIfindex, at(1003, 500)), 'not known yet').toBeNull();
    const other = { ...demo, inode: 101, nsid: 2, pid: 60, startTicks: 9, hostName: 'calinew' };
    const back = build([a(1010, { pods: [other] })], {}, gone);
    expect(interfaceAt(back, root, demo.hostIfindex, at(1003, 500))?.name).toBe('calinew');
    expect(interfaceAt(back, root, demo.hostIfindex, at(1002))?.name).toBe('calid9d486e54a8');
  });

  it('was there before it was first seen, and is nobody else’s', () => {
    const topology = build([a(1000)]);
    const root = node(topology, 'a')?.rootNetns ?? '';
    expect(interfaceAt(topology, root, 2, at(10))?.name).toBe('ens192');
    expect(interfaceAt(topology, root, 99, at(1000))).toBeNull();
    expect(interfaceAt(topology, 'netns:other', 2, at(1000))).toBeNull();
    const inside = topology.pods[Object.keys(topology.pods)[0] ?? '']?.netnsId ?? '';
    expect(interfaceAt(topology, inside, demo.ifindex, at(1000))?.name).toBe('eth0');
  });
});

describe('the owner of an address at a time', () => {
  it('found before Kubernetes named it, has the name that it got', () => {
    const first = build([a(1000)]);
    expect(ownerOfAddressAt(first, '192.168.1.2', at(1000))?.name).not.toBe('c2c-network-demo');
    const second = build([a(1010)], { inventory: inventoryOf(fact()) }, first);
    expect(ownerOfAddressAt(second, '192.168.1.2', at(1005))?.name).toBe('c2c-network-demo');
    // Kubernetes forgets a Pod before its namespace is gone.
    const third = build([a(1020)], { inventory: inventoryOf() }, second);
    expect(Object.values(third.pods).find(({ until }) => until === null)?.namespace).toBeNull();
    expect(ownerOfAddressAt(third, '192.168.1.2', at(1021))?.name).toBe('c2c-network-demo');
  });

  it('is the Pod that had it then, after it was reassigned', () => {
    const first = build([a(1000)], { inventory: inventoryOf(fact()) });
    const heir = fact({ uid: 'u2', name: 'heir', createdAt: 1010 });
    const second = build([a(1011)], { inventory: inventoryOf(heir) }, first);
    const until = second.pods['pod:u1']?.until;
    expect(until).not.toBeNull();
    const name = (s: number) => ownerOfAddressAt(second, '192.168.1.2', at(s))?.name;
    expect(name(1000)).toBe('c2c-network-demo');
    expect(name(1005)).toBe('c2c-network-demo');
    expect(name(1012)).toBe('heir');
  });

  it('is still the former Pod in the second that Kubernetes made the next one in, until it ended', () => {
    const first = build([a(1000)], { inventory: inventoryOf(fact()) });
    const heir = fact({ uid: 'u2', name: 'heir', createdAt: 1010 });
    const second = build([a(1011)], { inventory: inventoryOf(heir) }, first);
    const name = (s: number, ns = 0) => ownerOfAddressAt(second, '192.168.1.2', at(s, ns))?.name;
    expect(name(1010)).toBe('c2c-network-demo');
    expect(name(1010, 900_000_000)).toBe('c2c-network-demo');
    expect(name(1011)).toBe('heir');
  });

  it('is not a finished Pod whose address is another’s', () => {
    const finished = fact({ uid: 'u0', name: 'job', phase: 'Succeeded', createdAt: 800 });
    const topology = build([a(1000)], { inventory: inventoryOf(finished, fact()) });
    expect(ownerOfAddressAt(topology, '192.168.1.2', at(1000))?.name).toBe('c2c-network-demo');
    const alone = build([a(1000, { pods: [] })], { inventory: inventoryOf(finished) });
    expect(ownerOfAddressAt(alone, '192.168.1.2', at(1000))).toEqual({
      kind: 'pod',
      id: 'pod:u0',
      name: 'job',
    });
  });

  it('is nobody where two living Pods have it', () => {
    const twin = fact({ uid: 'u2', name: 'twin' });
    const topology = build([a(1000)], { inventory: inventoryOf(fact(), twin) });
    expect(ownerOfAddressAt(topology, '192.168.1.2', at(1000))).toBeNull();
  });

  it('is a node, also for a Pod on its network, unless several nodes have it', () => {
    const guest = fact({ uid: 'u3', name: 'proxy', ips: ['10.0.0.1'], hostNetwork: true });
    const topology = build([a(1000)], { inventory: inventoryOf(guest) });
    expect(ownerOfAddressAt(topology, '10.0.0.1', at(1000))).toMatchObject({ kind: 'node', name: 'a' });
    const both = build([a(1000), a(1000, { label: 'b' })]);
    expect(ownerOfAddressAt(both, '10.0.0.1', at(1000))).toBeNull();
    expect(ownerOfAddressAt(topology, '8.8.8.8', at(1000))).toBeNull();
  });
});
