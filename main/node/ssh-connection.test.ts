import fc from 'fast-check';
import { isIP } from 'node:net';
import { describe, expect, it } from 'vitest';
import { runs } from '../../app/testing/runs.ts';
import { parseSshConnection } from './ssh-connection.ts';

describe('the words of SSH_CONNECTION', () => {
  it('are a connection', () => {
    expect(parseSshConnection('10.12.22.1 50514 10.12.22.151 22')).toEqual({
      client: '10.12.22.1',
      clientPort: 50_514,
      server: '10.12.22.151',
      serverPort: 22,
    });
    expect(parseSshConnection('fe80::1%ens192 50514 fe80::2%ens192 22')).toMatchObject({
      client: 'fe80::1',
      server: 'fe80::2',
    });
  });

  it.each(['', 'UNKNOWN 65535 UNKNOWN 65535', '10.0.0.1 0 10.0.0.2 22', '10.0.0.1 70000 10.0.0.2 22'])(
    'or nothing: %j',
    (text) => expect(parseSshConnection(text)).toBeNull(),
  );

  it('never give anything but addresses and ports', () => {
    const word = fc.oneof(fc.ipV4(), fc.ipV6(), fc.nat(99_999).map(String), fc.string({ maxLength: 8 }));
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (words) => {
        const parsed = parseSshConnection(words.join(' '));
        if (parsed === null) return;
        for (const at of [parsed.client, parsed.server]) expect(isIP(at)).not.toBe(0);
        for (const port of [parsed.clientPort, parsed.serverPort]) {
          expect(port).toBeGreaterThan(0);
          expect(port).toBeLessThan(65_536);
        }
      }),
      { numRuns: runs(1000) },
    );
  });
});
