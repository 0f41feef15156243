import { describe, expect, it } from 'vitest';
import type { KernelRoute } from '../probe/kernel-routes.ts';
import { kernelContradiction, kernelDisagreement } from './kernel-agreement.ts';
import type { TraceLookup } from './model.ts';

const lookup = (expected: TraceLookup['expected'], family: 4 | 6 = 4): TraceLookup => ({
  node: 'a',
  netnsId: 'netns:a',
  place: 'a',
  pid: null,
  isPod: false,
  command: 'ip route get 192.168.2.3',
  asked: {
    family,
    destination: '192.168.2.3',
    source: null,
    iif: null,
    oif: null,
    mark: 0,
    tos: 0,
    ipproto: 6,
    sport: 0,
    dport: 0,
  },
  expected,
});
const refused = (why: string, ...errnos: string[]): TraceLookup['expected'] => ({
  kind: 'refused',
  why,
  errnos,
});
const route = (type: string, ...paths: [dev: string, via: string | null][]): TraceLookup['expected'] => ({
  kind: 'route',
  type,
  paths: paths.map(([dev, via]) => ({ dev, via })),
});
const told = (
  dev: string,
  via: string | null = null,
  type = 'unicast',
): Exclude<KernelRoute, { kind: 'unasked' }> => ({
  kind: 'route',
  type,
  dev,
  via,
});

describe('the kernel’s word against ours', () => {
  it.each([
    ['the same way', lookup(route('unicast', ['ens192', '10.0.0.2'])), told('ens192', '10.0.0.2')],
    [
      'one of several paths',
      lookup(route('unicast', ['e0', '10.0.0.2'], ['e1', '10.0.1.2'])),
      told('e1', '10.0.1.2'),
    ],
    [
      'an own address, which the kernel calls lo',
      lookup(route('local', ['ens192', null])),
      told('lo', null, 'local'),
    ],
    [
      'an error that stands for several',
      lookup(refused('reverse-path', 'EINVAL', 'EXDEV')),
      { kind: 'refused', errno: 'EXDEV' } as const,
    ],
    [
      'IPv6, which does not ask whether it forwards',
      lookup(refused('forwarding-off', 'EHOSTUNREACH'), 6),
      told('eth0'),
    ],
  ])('agrees on %s', (_, one, answer) => expect(kernelDisagreement(one, answer)).toBeNull());

  it.each([
    [
      lookup(route('unicast', ['ens192', '10.0.0.2'])),
      told('ens224', '10.0.0.2'),
      'a, ip route get 192.168.2.3: the kernel goes by ens224 to 10.0.0.2, our model goes by ens192 to 10.0.0.2.',
    ],
    [
      lookup(route('unicast', ['ens192', null])),
      { kind: 'refused', errno: 'ENETUNREACH' } as const,
      'a, ip route get 192.168.2.3: the kernel refuses it (ENETUNREACH), our model goes out of ens192.',
    ],
    [
      lookup(refused('no-route', 'ENETUNREACH')),
      told('lo', null, 'local'),
      'a, ip route get 192.168.2.3: the kernel goes out of lo (local), our model refuses it (no-route).',
    ],
  ])('says what is otherwise', (one, answer, sentence) =>
    expect(kernelDisagreement(one, answer)).toBe(sentence),
  );

  const error = (errno: string) => ({ kind: 'refused', errno }) as const;
  const one = lookup(route('unicast', ['ens192', '10.0.0.2']));
  it.each([
    [one, told('ens192', '10.0.0.9'), true],
    [one, error('ENETUNREACH'), true],
    [lookup(refused('blackhole', 'EINVAL')), told('ens192'), true],
    // Several reasons have these, settings that were not read among them.
    [one, error('EINVAL'), false],
    [one, error('EHOSTUNREACH'), false],
    [lookup(refused('reverse-path', 'EINVAL')), told('ens192'), false],
    [lookup(refused('no-route', 'ENETUNREACH')), error('EINVAL'), false],
    [one, told('ens192', '10.0.0.2'), false],
  ])('contradicts it where no other reading is left', (asked, answer, isPlain) =>
    expect(kernelContradiction(asked, answer) !== null).toBe(isPlain),
  );
});
