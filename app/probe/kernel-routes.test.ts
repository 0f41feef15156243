import { describe, expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import { seededRandom } from '../route/testing/random-routing.ts';
import { kernelRoutesScript, parseKernelRoutes, type KernelQuestion } from './kernel-routes.ts';

const nonce = 'a1b2c3d4e5f6a7b8';
const question: KernelQuestion = {
  pid: null,
  destination: '192.168.2.3',
  source: '192.168.1.2',
  iif: 'cali1',
  mark: 0x10000,
  tos: 0,
  ipproto: 6,
  sport: 40_000,
  dport: 8080,
};

/** As a node prints it; each section with its stdout and stderr. */
function printed(sections: readonly (readonly [stdout: string, stderr: string])[]): Uint8Array {
  const out = sections.map(
    ([stdout], index) =>
      `\n#${nonce} begin q${String(index)} 1.00 ip route get\n${stdout}\n#${nonce} end q${String(index)} 0 1.00\n`,
  );
  const errors = sections.map(([, stderr], index) => `\n#${nonce} stderr q${String(index)}\n${stderr}\n`);
  return new TextEncoder().encode(
    `\n#${nonce} clock 1700000000.5 1.00\n${out.join('')}${errors.join('')}\n#${nonce} done 1.00\n`,
  );
}

const read = (...sections: readonly (readonly [string, string])[]) => {
  const parsed = parseKernelRoutes(printed(sections), sections.length, { nonce, nodeLabel: 'a', seenAt: 0 });
  return parsed.ok ? parsed.value : parsed.failure;
};

describe('the kernel’s word for a route', () => {
  it('is asked for with all that a packet has, inside a namespace by a process of it', () => {
    const script = kernelRoutesScript(nonce, [
      question,
      { ...question, pid: 42, iif: null, mark: 0, ipproto: 1 },
    ]);
    expect(script.ok && script.value).toContain(
      'section q0 within 5 ip -4 route get 192.168.2.3 from 192.168.1.2 iif cali1 mark 65536 ipproto tcp sport 40000 dport 8080',
    );
    expect(script.ok && script.value).toContain(
      'section q1 within 5 nsenter -t 42 -n -- ip -4 route get 192.168.2.3 from 192.168.1.2',
    );
  });

  it('takes no word for an address that is none, and quotes a device’s name', () => {
    expect(kernelRoutesScript(nonce, [{ ...question, destination: '$(id)' }]).ok).toBe(false);
    const script = kernelRoutesScript(nonce, [{ ...question, iif: '$(id);x' }]);
    expect(script.ok && script.value).toContain("iif '$(id);x'");
  });

  it('is read as iproute2 6.1 and BusyBox print it', () => {
    expect(
      read(
        [
          '192.168.2.3 from 192.168.1.2 via 10.12.22.152 dev ens192 mark 0x10000 \n    cache iif cali1 \n',
          '',
        ],
        ['local 10.12.22.151 dev lo src 10.12.22.151 uid 0 \n    cache <local> \n', ''],
        ['fd00::2 from :: via fe80::1 dev eth0 proto ra metric 1024 pref medium\n', ''],
        ['10.1.2.3 via inet6 fe80::1 dev eth0 src 10.0.0.1 uid 0\n', ''],
        ['', 'RTNETLINK answers: No route to host\n'],
        ['', 'RTNETLINK answers: Permission denied\n'],
        ['', 'nsenter: cannot open /proc/42/ns/net: No such file or directory\n'],
        ['', "ip: invalid argument 'ipproto' to 'ip'\n"],
      ),
    ).toEqual([
      { kind: 'route', type: 'unicast', dev: 'ens192', via: '10.12.22.152' },
      { kind: 'route', type: 'local', dev: 'lo', via: null },
      { kind: 'route', type: 'unicast', dev: 'eth0', via: 'fe80::1' },
      { kind: 'route', type: 'unicast', dev: 'eth0', via: 'fe80::1' },
      { kind: 'refused', errno: 'EHOSTUNREACH' },
      { kind: 'refused', errno: 'EACCES' },
      { kind: 'unasked', sentence: 'nsenter: cannot open /proc/42/ns/net: No such file or directory' },
      { kind: 'unasked', sentence: "ip: invalid argument 'ipproto' to 'ip'" },
    ]);
  });

  it('any bytes are read without a throw', () => {
    const random = seededRandom(7);
    const words = [
      'dev',
      'via',
      'local',
      'RTNETLINK answers: ',
      `#${nonce} end q0 0 1`,
      '\n',
      ' ',
      'x',
      '\u0000',
      'é',
    ];
    for (let turn = 0; turn < runs(200); turn += 1) {
      const text = Array.from({ length: random(30) }, () => words[random(words.length)] ?? '').join('');
      for (const one of read([text, text], ['', text])) expect(one).toHaveProperty('kind');
    }
  });
});
