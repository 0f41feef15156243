// For tests: what a node prints for one of our scripts, section by section (section-frames.ts).
import type { Said } from '../probe-understood.ts';

const NONCE = 'abcdefghijklmnop';

export function outputOf(sections: Readonly<Record<string, string>>): Said {
  const text = Object.entries(sections)
    .map(
      ([name, stdout]) =>
        `\n#${NONCE} begin ${name} 5.00 ${name}\n${stdout}\n#${NONCE} end ${name} 0 5.10\n#${NONCE} stderr ${name}\n`,
    )
    .join('');
  const stdout = new TextEncoder().encode(`#${NONCE} clock 1000.5 5.00\n${text}\n#${NONCE} done 6.00\n`);
  return { ok: true, value: { nonce: NONCE, stdout, seenAt: 1_000_000 } };
}

/** What a probe reads of a node before and after. @param boot one hexadecimal digit. @param filter lines of its table filter. */
export function countedOutput(
  counters: string,
  { boot = '0', filter }: { readonly boot?: string; readonly filter?: readonly string[] } = {},
): Said {
  return outputOf({
    meta: `sys/kernel/random/boot_id 00000000-0000-0000-0000-${boot.repeat(12)}\nuid 0\nnetns net:[1]`,
    counted: '',
    counters: `==> self/net/snmp <==\n${counters}`,
    ...(filter === undefined
      ? {}
      : { filters: 'ip:nft', 'ip:nft': ['*filter', ...filter, 'COMMIT'].join('\n') }),
  });
}

/** Of each shot whether it is answered: a line that `ping` would print. */
export function shotsOutput(answered: readonly boolean[], sent = 3): Said {
  const lines = answered.flatMap((one, at) => [
    `${String(at)} tool ping`,
    ...Array.from(
      { length: one ? sent : 0 },
      (_, seq) => `${String(at)} 64 bytes from 10.0.0.2: icmp_seq=${String(seq + 1)} ttl=64 time=0.5 ms`,
    ),
    `${String(at)} ${String(sent)} packets transmitted`,
  ]);
  return outputOf({ shots: lines.join('\n') });
}
