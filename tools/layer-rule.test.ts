// The layer rule must be able to fail: one violation of each kind, in a tree of its own.
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const { forbidden } = createRequire(import.meta.url)('../.dependency-cruiser.cjs') as {
  forbidden: { name: string }[];
};
const rules = forbidden.map(({ name }) => name);
let folder = '';

/** File → what it imports. Each breaks exactly the rule it is listed under in `expected`. */
const violations: Record<string, string[]> = {
  'app/probe/a.ts': ['../topology/t.ts'],
  'app/packet/p.ts': ['../probe/leaf.ts'],
  'app/topology/t.ts': ['../contract/leaf.ts'],
  'app/route/node-user.ts': ['node:fs'],
  'app/route/r.ts': ['../trace/leaf.ts'],
  'app/paste/p.ts': ['../firewall/leaf.ts'],
  'app/firewall/f.ts': ['../ledger/leaf.ts'],
  'app/ledger/l.ts': ['../trace/leaf.ts'],
  'app/trace/t.ts': ['../watch/leaf.ts'],
  'app/watch/w.ts': ['../diagnose/leaf.ts'],
  'app/casefile/c.ts': ['../contract/leaf.ts'],
  'app/diagnose/d.ts': ['../casefile/leaf.ts'],
  'main/engine/e.ts': ['electron'],
  'main/ssh/s.ts': ['../electron/window.ts'],
  'main/node/n.ts': ['../../renderer/ui/leaf.ts'],
  'main/preload/index.ts': ['../engine/leaf.ts'],
  'renderer/features/graph/g.ts': ['../tree/leaf.ts'],
  'renderer/ui/u.ts': ['../features/tree/leaf.ts'],
  'renderer/state/s.ts': ['../../main/engine/leaf.ts'],
  'renderer/bridge/b.ts': ['node:fs'],
  'lab/l.ts': ['../main/engine/leaf.ts'],
  'e2e/x.spec.ts': ['../app/topology/leaf.ts'],
  'app/watch/one.ts': ['./two.ts'],
  'app/watch/two.ts': ['./one.ts'],
  'app/trace/lost.ts': ['./nowhere.ts'],
};

const leaves = [
  'app/probe/leaf.ts',
  'app/topology/leaf.ts',
  'app/contract/leaf.ts',
  'app/casefile/leaf.ts',
  'app/firewall/leaf.ts',
  'app/ledger/leaf.ts',
  'app/trace/leaf.ts',
  'app/watch/leaf.ts',
  'app/diagnose/leaf.ts',
  'main/engine/leaf.ts',
  'main/electron/window.ts',
  'renderer/ui/leaf.ts',
  'renderer/features/tree/leaf.ts',
];

/** Things that are allowed and must stay so. */
const allowed: Record<string, string[]> = {
  'app/contract/fine.ts': ['../topology/leaf.ts', '../probe/leaf.ts', 'zod'],
  'main/engine/fine.ts': ['../../app/topology/leaf.ts', 'node:fs'],
  'renderer/features/graph/fine.ts': ['../../ui/leaf.ts', '../../../app/topology/leaf.ts'],
  'lab/fine.ts': ['../app/probe/leaf.ts', 'node:fs'],
  'e2e/fine.spec.ts': ['../app/contract/leaf.ts'],
};

const expected: [rule: string, from: string][] = [
  ['app-order-probe', 'app/probe/a.ts'],
  ['app-order-packet', 'app/packet/p.ts'],
  ['app-order-topology', 'app/topology/t.ts'],
  ['app-is-pure', 'app/route/node-user.ts'],
  ['app-order-route', 'app/route/r.ts'],
  ['app-order-paste', 'app/paste/p.ts'],
  ['app-order-firewall', 'app/firewall/f.ts'],
  ['app-order-ledger', 'app/ledger/l.ts'],
  ['app-order-trace', 'app/trace/t.ts'],
  ['app-order-watch', 'app/watch/w.ts'],
  ['app-order-diagnose', 'app/diagnose/d.ts'],
  ['app-order-casefile', 'app/casefile/c.ts'],
  ['electron-only-in-its-place', 'main/engine/e.ts'],
  ['plain-main-stays-plain', 'main/ssh/s.ts'],
  ['main-imports-app-and-node', 'main/node/n.ts'],
  ['preload-stays-small', 'main/preload/index.ts'],
  ['features-stay-apart', 'renderer/features/graph/g.ts'],
  ['renderer-ground-floor', 'renderer/ui/u.ts'],
  ['renderer-imports-app', 'renderer/state/s.ts'],
  ['renderer-has-no-node', 'renderer/bridge/b.ts'],
  ['lab-imports-app', 'lab/l.ts'],
  ['outside-tests-see-the-contract', 'e2e/x.spec.ts'],
  ['no-cycles', 'app/watch/one.ts'],
  ['no-unresolvable', 'app/trace/lost.ts'],
];

let found: { rule: string; from: string }[] = [];

async function put(path: string, imports: string[]): Promise<void> {
  await mkdir(join(folder, dirname(path)), { recursive: true });
  const lines = imports.map(
    (source, index) => `import * as i${index} from '${source}';\nexport const x${index} = i${index};`,
  );
  await writeFile(join(folder, path), lines.join('\n') + '\nexport const leaf = 1;\n');
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hopscope-layers-'));
  for (const leaf of leaves) await put(leaf, []);
  for (const [path, imports] of Object.entries({ ...violations, ...allowed })) await put(path, imports);
  for (const file of ['tsconfig.json', 'package.json', 'node_modules', '.dependency-cruiser.cjs']) {
    await symlink(join(root, file), join(folder, file));
  }
  const output = await new Promise<string>((done) => {
    const command = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
    const folders = ['app', 'main', 'renderer', 'lab', 'e2e'];
    execFile(
      process.execPath,
      [command, '--output-type', 'json', ...folders],
      { cwd: folder, maxBuffer: 1 << 26 },
      (_, out) => done(out),
    );
  });
  const report = JSON.parse(output) as {
    summary: { violations: { rule: { name: string }; from: string }[] };
  };
  found = report.summary.violations.map(({ rule, from }) => ({ rule: rule.name, from }));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the layer rule', () => {
  it.each(expected)('%s is broken by %s', (rule, from) => {
    expect(found).toContainEqual({ rule, from });
  });

  // Nothing lies to the right of the last folder of app's order.
  it('is broken here in each of its parts but the one that cannot be', () => {
    const broken = new Set(expected.map(([rule]) => rule));
    expect(rules.filter((name) => !broken.has(name))).toEqual(['app-order-contract']);
  });

  it('lets through what is allowed', () => {
    expect(found.filter(({ from }) => from.includes('fine'))).toEqual([]);
  });
});
