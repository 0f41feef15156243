import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../app/testing/runs.ts';
import { caseFileName } from './case-file-name.ts';

const AT = Date.UTC(2026, 10, 26, 1, 2, 3, 456);

describe('caseFileName', () => {
  it.each([
    ['prod-sh', 'prod-sh-20261126-010203.hopscope.zip'],
    ['生产 集群', '生产-集群-20261126-010203.hopscope.zip'],
    ['../../etc/passwd', 'etc-passwd-20261126-010203.hopscope.zip'],
    ['/', 'case-20261126-010203.hopscope.zip'],
    [null, 'case-20261126-010203.hopscope.zip'],
  ])('of %j', (cluster, name) => {
    expect(caseFileName(cluster, AT)).toBe(name);
  });

  it('is one visible file name of every system, whatever the cluster is called', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.nat({ max: 4e12 }), (cluster, now) => {
        const name = caseFileName(cluster, now);
        expect(name).toMatch(/^[^-./\\:*?"<>|\p{C}][^/\\:*?"<>|\p{C}]*-\d{8}-\d{6}\.hopscope\.zip$/u);
        expect(new TextEncoder().encode(name).length).toBeLessThan(255);
      }),
      { numRuns: runs(200) },
    );
  });
});
