// What is built from what: one Vite configuration for each folder of dist/.
import fs from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';
import { inClone, root } from './paths.mjs';

/** Electron 33, the oldest that is run: Node 20.18 and Chromium 130. `using` is lowered for both. */
const NODE_TARGET = 'node20.18';
const PAGE_TARGET = 'chrome130';

/** Not bundled: Electron gives itself, ssh2 is a real dependency (it looks for optional native parts at run time). */
const external = ['electron', 'ssh2', ...builtinModules, ...builtinModules.map((name) => `node:${name}`)];

/**
 * What reads packets lies in one file, and with it the few functions of app/ itself, which nearly every program needs: ten
 * small ones took 10 ms to load (measured).
 */
const GROUPS = [{ name: 'packets', test: /\/app\/(packet\/(file|columns|store)\/|[a-z-]+\.ts$)/ }];

/** `{ name in dist: source }` of every worker thread of the engine: main/engine/x-worker.ts becomes main/x-worker.js. */
function workerEntries() {
  const folder = inClone('main/engine');
  if (!fs.existsSync(folder)) return {};
  const names = fs
    .readdirSync(folder)
    .filter((name) => name.endsWith('-worker.ts') && name !== 'supervised-worker.ts');
  return Object.fromEntries(names.map((name) => [name.replace(/\.ts$/, ''), `main/engine/${name}`]));
}

/**
 * Sources start each other as programs by `new URL('./x.ts', import.meta.url)`, which is right when TypeScript is run as
 * it is. In the bundle that becomes the entry built from that file; a file that is no entry is an error here, not later.
 */
const startedPrograms = (entries) => ({
  name: 'started-programs',
  enforce: 'pre',
  transform(code, id) {
    const names = new Map(Object.entries(entries).map(([name, source]) => [source, name]));
    const replaced = code.replace(
      /new URL\('(\.{1,2}\/[^']+\.ts)', import\.meta\.url\)/g,
      (found, reference) => {
        const source = path.resolve(path.dirname(id), reference);
        const name = names.get(source);
        if (name === undefined)
          this.error(`${path.relative(root, source)} is started as a program, but is no entry`);
        return `new URL('./${name}.js', import.meta.url)`;
      },
    );
    // Null: untouched, and so is where its lines come from.
    return replaced === code ? null : replaced;
  },
});

/**
 * A bundle that Node runs. Everything lies flat in one folder, so that `new URL('./x.js', import.meta.url)` means the
 * same from an entry and from a chunk that entries share.
 */
export const nodeBundle = (entries, { format = 'es', extension = 'js' } = {}) => ({
  plugins: [startedPrograms(entries)],
  build: {
    ssr: true,
    target: NODE_TARGET,
    minify: false,
    sourcemap: true,
    license: { fileName: 'licenses.md' },
    rolldownOptions: {
      input: entries,
      external,
      output: {
        format,
        // Vite would make a file's `const` a `var`, which V8 takes for no constant: decoding packets took a tenth longer (measured).
        topLevelVar: false,
        entryFileNames: `[name].${extension}`,
        chunkFileNames: `[name]-[hash].${extension}`,
        ...(format === 'cjs' ? { codeSplitting: false } : { codeSplitting: { groups: GROUPS } }),
      },
    },
  },
  ssr: { noExternal: true, external: ['electron', 'ssh2'], target: 'node' },
});

/**
 * zod compiles schemas with eval, which the page's Content-Security-Policy refuses: one constant imported from beside a schema
 * brings it in. Main validates what comes and goes; the page takes types alone.
 */
const withoutZod = {
  name: 'without-zod',
  generateBundle(_, bundle) {
    for (const { fileName, modules = {} } of Object.values(bundle)) {
      const rendered = Object.entries(modules).filter(([, { renderedLength }]) => renderedLength > 0);
      if (!rendered.some(([id]) => id.includes('/node_modules/zod/'))) continue;
      const ours = rendered.map(([id]) => path.relative(root, id)).filter((id) => id.startsWith('app/'));
      this.error(`zod came into the page (${fileName}) with one of: ${ours.join(', ')}`);
    }
  },
};

/**
 * The targets: `sources` decide whether it is built again, `entries` name outputs and their sources, `copy` is taken
 * over as it is, `config` makes the Vite configuration from the entries that exist.
 */
export const targets = [
  {
    name: 'main',
    sources: ['app', 'main'],
    entries: { index: 'main/index.ts', cli: 'main/cli.ts', ...workerEntries() },
    config: (entries) => nodeBundle(entries),
  },
  {
    name: 'preload',
    sources: ['app', 'main/preload'],
    entries: { index: 'main/preload/index.ts' },
    // A sandboxed preload script is one CommonJS file: it has no module loader to fetch a second one with.
    config: (entries) => nodeBundle(entries, { format: 'cjs', extension: 'cjs' }),
  },
  {
    name: 'renderer',
    sources: ['app', 'renderer', 'main/preload'],
    entries: { index: 'renderer/index.html' },
    config: async (entries) => {
      const { default: react } = await import('@vitejs/plugin-react');
      return {
        root: inClone('renderer'),
        base: './',
        plugins: [react(), withoutZod],
        build: {
          target: PAGE_TARGET,
          sourcemap: true,
          // A file inlined as data: URL would be refused by the page's Content-Security-Policy (font-src 'self').
          assetsInlineLimit: 0,
          modulePreload: { polyfill: false },
          chunkSizeWarningLimit: 4000,
          license: { fileName: 'licenses.md' },
          rolldownOptions: { input: entries },
        },
        worker: { format: 'es' },
      };
    },
  },
  {
    name: 'lab',
    sources: ['app', 'lab'],
    entries: {
      index: 'lab/index.ts',
      'api-server': 'lab/api-server/index.ts',
      'ssh-listener': 'lab/ssh-listener.ts',
    },
    copy: { 'lab/sh': 'sh' },
    config: (entries) => nodeBundle(entries),
  },
];

/** The entries of a target whose sources exist, with absolute paths, and the sources of those that do not. */
export function presentEntries(target) {
  const present = {};
  const missing = [];
  for (const [name, source] of Object.entries(target.entries)) {
    if (fs.existsSync(path.join(root, source))) present[name] = path.join(root, source);
    else missing.push(source);
  }
  return { present, missing };
}
