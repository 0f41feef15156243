import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import { parseDeviceHooks } from './device-hooks.ts';

// nft 1.0.6 on Linux 6.18: `nft -a -t list table netdev t`.
const TEXT = `table netdev t { # handle 2
	set s { # handle 3
		type ipv4_addr
		flags interval
	}

	chain sub { # handle 1
		ip saddr @s counter packets 7 bytes 210 drop comment "drop it here" # handle 4
	}

	chain c { # handle 2
		type filter hook ingress device "lo" priority filter; policy drop;
		ip protocol udp drop # handle 5
		ip protocol icmp counter packets 3 bytes 90 log prefix "x drop" drop # handle 6
		jump sub # handle 7
		ip protocol vmap { tcp : drop, udp : accept } # handle 9
		limit rate over 10/second counter packets 11 bytes 0 drop # handle 10
		counter packets 12 bytes 0 limit rate over 10/second drop # handle 15
		ip protocol tcp accept comment "do not drop" # handle 16
	}

	chain m { # handle 11
		type filter hook ingress devices = { d0, d1 } priority filter + 5; policy accept;
	}

	chain out { # handle 12
		type filter hook egress device "d0" priority filter + 5; policy accept;
		counter packets 9 bytes 0 drop # handle 14
	}
}
`;

describe('rules at devices', () => {
  it('that drop are told with what they dropped, where they count just that', () => {
    const { rules, unread } = parseDeviceHooks(TEXT);
    expect(unread).toBe(0);
    expect(
      rules.map(({ chain, handle, direction, devices, dropped }) =>
        [chain, handle, direction, devices.join(), dropped].join(' '),
      ),
    ).toEqual([
      'sub 4 ingress lo 7',
      'c  ingress lo ',
      'c 5 ingress lo ',
      'c 6 ingress lo 3',
      'c 9 ingress lo ',
      'c 10 ingress lo 11',
      'c 15 ingress lo ',
      'out 14 egress d0 9',
    ]);
    expect(rules.map(({ text }) => text).slice(0, 4)).toEqual([
      'ip saddr @s drop comment "drop it here"',
      'policy drop',
      'ip protocol udp drop',
      'ip protocol icmp log prefix "x drop" drop',
    ]);
  });

  it('of several devices have all of them, and of a chain that two directions reach no counter tells which', () => {
    const text = TEXT.replace('jump sub # handle 7', 'accept # handle 7')
      .replace('policy accept;\n\t}', 'policy accept;\n\t\tgoto sub # handle 20\n\t}')
      .replace('counter packets 9', 'jump sub # handle 21\n\t\tcounter packets 9');
    const sub = parseDeviceHooks(text).rules.filter(({ chain }) => chain === 'sub');
    expect(sub.map(({ direction, devices, dropped }) => [direction, devices, dropped])).toEqual([
      ['ingress', ['d0', 'd1'], null],
      ['egress', ['d0'], null],
    ]);
  });

  // The same nft and Linux.
  const MORE = `table netdev t { # handle 1
	counter c { # handle 2
		packets 0 bytes 0
	}

	map m { # handle 3
		type ipv4_addr : verdict
	}

	chain mapped { # handle 7
		counter packets 4 bytes 0 drop # handle 8
	}

	chain i { # handle 1
		type filter hook ingress device "v0" priority filter; policy accept;
		ip saddr vmap @m # handle 4
		ip saddr 5.6.7.8 counter name "c" drop # handle 5
	}
}
table inet t { # handle 2
	chain both { # handle 5
		counter packets 6 bytes 0 drop # handle 6
	}

	chain i { # handle 1
		type filter hook ingress device "v0" priority filter; policy accept;
		ip saddr 9.6.7.9 counter packets 2 bytes 0 drop # handle 3
		jump both # handle 9
	}

	chain f { # handle 2
		type filter hook forward priority filter; policy drop;
		counter packets 5 bytes 0 drop # handle 4
		jump both # handle 10
	}
}
`;

  it('also those of family inet, beside rules of IP that are none; what a map decides is not known', () => {
    const { rules, unread } = parseDeviceHooks(MORE);
    expect(unread).toBe(0);
    expect(
      rules.map(({ table, chain, handle, devices, dropped }) =>
        [table, chain, handle, devices.join(), dropped].join(' '),
      ),
    ).toEqual([
      'netdev t mapped 8 v0 4',
      'netdev t i 4 v0 ',
      'netdev t i 5 v0 ',
      // From forward, too.
      'inet t both 6 v0 ',
      'inet t i 3 v0 2',
    ]);
  });

  it('that go round in a circle, or that nothing leads to, end', () => {
    const text = TEXT.replace('jump sub # handle 7', 'accept # handle 7').replace(
      'chain sub { # handle 1\n',
      'chain sub { # handle 1\n\t\tjump sub # handle 30\n',
    );
    expect(parseDeviceHooks(text).rules.filter(({ chain }) => chain === 'sub')).toEqual([]);
  });

  it('that were left out, or that the listing ends before, are said', () => {
    expect(parseDeviceHooks(TEXT).cut).toBe(false);
    expect(parseDeviceHooks(TEXT.slice(0, TEXT.trimEnd().length - 1)).cut).toBe(true);
    expect(parseDeviceHooks(`${TEXT}\nleft out 3\n`)).toMatchObject({
      cut: true,
      unread: parseDeviceHooks(TEXT).unread,
    });
  });

  it('any text in, no throw; lines outside of any table are counted', () => {
    const lines = fc.constantFrom(...TEXT.split('\n'), '}', '{', 'chain', 'jump c', '\u001b[31m drop');
    fc.assert(
      fc.property(fc.array(fc.oneof(lines, fc.string({ unit: 'grapheme' })), { maxLength: 40 }), (some) => {
        for (const { dropped, devices, text } of parseDeviceHooks(some.join('\n')).rules) {
          expect(dropped === null || dropped >= 0).toBe(true);
          expect(devices.length).toBeGreaterThan(0);
          expect(text.length).toBeLessThanOrEqual(160);
        }
      }),
      { numRuns: runs(300) },
    );
    expect(parseDeviceHooks('nonsense\nmore\n').unread).toBe(2);
  });
});
