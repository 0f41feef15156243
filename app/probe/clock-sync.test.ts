import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import { parseChronyTracking, parseClockSync, parseNtpqVariables } from './clock-sync.ts';
import { clockSyncScript } from './clock-sync-script.ts';

const nonce = 'f00dfeedf00dfeed';
const tracking =
  'C0A80101,192.168.1.1,3,1795800650.834650198,-0.000012000,0.000000100,0.000002000,-12.345,0.010,0.250,0.001500000,0.000300000,64.2,Normal\n';
const rv = `associd=0 status=0615 leap_none, sync_ntp, 1 event, clock_sync,
version="ntpd 4.2.8p15@1.3728-o, offset=9", processor="x86_64", stratum=3, precision=-24,
rootdelay=1.500, rootdisp=10.250, refid=10.0.0.1,
offset=-0.250000, frequency=-7.1, sys_jitter=0.1, clk_wander=0.01
`;

/** What the script prints where only these tools are, each saying so and exiting so. */
function answered(tools: Readonly<Record<string, string>>): ReturnType<typeof parseClockSync> {
  const folder = mkdtempSync(path.join(tmpdir(), 'hopscope-sync-'));
  try {
    for (const name of ['chronyc', 'ntpq']) {
      const script = `#!/bin/sh\n${tools[name] ?? 'exit 127'}\n`;
      writeFileSync(path.join(folder, name), script);
      chmodSync(path.join(folder, name), 0o755);
    }
    const stdout = execFileSync('sh', ['-c', clockSyncScript(nonce)], {
      env: { PATH: `${folder}:${process.env['PATH'] ?? ''}` },
    });
    return parseClockSync(stdout, { nonce, nodeLabel: 'node', seenAt: 0 });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('clock synchronisation', () => {
  it('is off by offset, dispersion and half of the delay, and by more as time passes', () => {
    const chrony = parseChronyTracking(tracking);
    expect(chrony?.source).toBe('192.168.1.1');
    expect(chrony?.bound?.plusMinusNs).toBeCloseTo(12_000 + 300_000 + 750_000, 3);
    expect(chrony?.bound?.drift).toBeCloseTo(1.26e-6, 12);
    const ntpd = parseNtpqVariables(rv);
    expect(ntpd?.source).toBe('10.0.0.1');
    expect(ntpd?.bound?.plusMinusNs).toBeCloseTo(250_000 + 10_250_000 + 750_000, 3);
  });

  it('bounds nothing where nobody is followed, or only the own clock', () => {
    const none = { bound: null, source: null };
    // As chronyd 4.3 says with `local stratum 8` and no source: that it is right to the nanosecond.
    const local =
      '7F7F0101,,8,1795800650.834650198,0.000000000,0.000000000,0.000000000,0.000,0.000,0.000,0.000000000,0.000000000,0.0,Normal\n';
    expect(parseChronyTracking(local)).toEqual(none);
    expect(parseChronyTracking(tracking.replace('Normal', 'Not synchronised'))).toEqual(none);
    expect(parseNtpqVariables(rv.replace('stratum=3', 'stratum=16'))).toEqual(none);
    expect(parseNtpqVariables(rv.replace('10.0.0.1', 'LOCL'))).toEqual(none);
  });

  it('takes anything, and only what bounds is a bound', () => {
    const field = fc.oneof(
      fc.constantFrom(...tracking.trim().split(',')),
      fc.constantFrom('nan', '-', '1e9', '9'.repeat(30), ''),
      fc.string(),
    );
    const texts = fc.oneof(
      fc.string(),
      fc.array(field, { minLength: 13, maxLength: 15 }).map((fields) => fields.join(',')),
      fc
        .array(fc.tuple(fc.constantFrom('offset', 'rootdelay', 'rootdisp', 'stratum', 'refid'), field))
        .map((pairs) => pairs.map(([name, value]) => `${name}=${value}`).join(', ')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        for (const told of [parseChronyTracking(text), parseNtpqVariables(text)]) {
          const { plusMinusNs, drift } = told?.bound ?? { plusMinusNs: 0, drift: 0 };
          expect(plusMinusNs).toBeGreaterThanOrEqual(0);
          expect(plusMinusNs).toBeLessThanOrEqual(1e12);
          expect(drift).toBeLessThan(Infinity);
        }
      }),
      { numRuns: runs(300) },
    );
  });

  it('is asked of whatever the node has, and a daemon that does not run is not known', () => {
    const both = answered({
      chronyc: `echo '${tracking.trim()}'`,
      ntpq: 'echo "ntpq: read: Connection refused" >&2',
    });
    expect(both).toMatchObject({ by: 'chrony', source: '192.168.1.1' });
    expect(both?.at?.s).toBeGreaterThan(1.7e9);
    const ntpd = answered({ chronyc: 'echo "506 Cannot talk to daemon"; exit 1', ntpq: `cat <<'E'\n${rv}E` });
    expect(ntpd).toMatchObject({ by: 'ntpd', source: '10.0.0.1' });
    // This machine may have systemd's.
    for (const chronyc of ['yes', `echo '${tracking.trim()}'; exit 1`]) {
      const none = answered({ chronyc, ntpq: 'exit 1' });
      expect([undefined, 'systemd-timesyncd']).toContain(none?.by);
      expect(none?.bound ?? null).toBeNull();
    }
  });
});
