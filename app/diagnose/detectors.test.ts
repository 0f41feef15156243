import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DETECTORS } from './detectors.ts';
import { FINDING_IDS } from './finding.ts';

const pages = new URL('../../docs/findings/', import.meta.url);

describe('detectors', () => {
  it('have each an id of their own that is a finding’s, and a page that teaches; no page is without one', () => {
    const ids = DETECTORS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !FINDING_IDS.includes(id))).toEqual([]);
    const named = readdirSync(pages).map((name) => name.replace(/\.md$/, ''));
    expect(named.toSorted()).toEqual(ids.toSorted());
    for (const id of ids) {
      const page = readFileSync(new URL(`${id}.md`, pages), 'utf8');
      expect(page.startsWith(`# ${id}\n`), id).toBe(true);
      for (const part of ['**What it means.**', '**See it by hand.**', '**Mend it.**'])
        expect(page, `${id}: ${part}`).toContain(part);
    }
  });

  it('explain each other without a circle', () => {
    const causes = new Map(
      DETECTORS.map(({ id, explainedBy }) => [id, explainedBy.filter((one) => one !== id)]),
    );
    const depth = (id: (typeof DETECTORS)[number]['id'], passed: readonly string[]): number => {
      expect(passed, `${[...passed, id].join(' ← ')} is a circle`).not.toContain(id);
      return 1 + Math.max(0, ...(causes.get(id) ?? []).map((cause) => depth(cause, [...passed, id])));
    };
    for (const { id } of DETECTORS) expect(depth(id, [])).toBeLessThan(14);
  });
});
