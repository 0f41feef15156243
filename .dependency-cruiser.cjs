// The layer rule (docs/architecture.md) as lint data. tools/layer-rule.test.ts feeds it one
// violation of each kind, so that a rule which cannot fail is found out.

/** Inside app a folder imports only to its left; packet and probe stand side by side, so do route and paste. */
const order = [
  ['packet', 'probe'],
  ['topology'],
  ['route', 'paste'],
  ['firewall'],
  ['ledger'],
  ['trace'],
  ['watch'],
  ['diagnose'],
  ['casefile'],
  ['contract'],
];

const insideApp = order.flatMap((rank, index) =>
  rank.map((folder) => ({
    name: `app-order-${folder}`,
    comment:
      'Inside app a folder imports only to its left: packet, probe → topology → route → firewall → ledger → trace → watch → diagnose → casefile → contract.',
    severity: 'error',
    from: { path: `^app/${folder}/`, pathNot: '\\.test\\.ts$' },
    to: {
      path: '^app/[^/]+/',
      pathNot: `^app/(${[folder, ...order.slice(0, index).flat()].join('|')})/`,
    },
  })),
);

/** Only these may know Electron. */
const electronSide = '^main/(electron/|preload/|index\\.ts$)';

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-unresolvable',
      severity: 'error',
      from: { pathNot: 'vite\\.config\\.ts$' },
      to: { couldNotResolve: true },
    },
    ...insideApp,
    {
      name: 'app-is-pure',
      comment: 'app imports itself, zod and small pure libraries; never Node, Electron or the DOM side.',
      severity: 'error',
      from: { path: '^app/', pathNot: '\\.test\\.ts$|/testing/' },
      to: { pathNot: '^app/|(^|/)node_modules/(zod|yaml|ipaddr\\.js|@noble/(hashes|ciphers))/' },
    },
    {
      name: 'main-imports-app-and-node',
      severity: 'error',
      from: { path: '^main/' },
      to: { path: '^(renderer|lab|e2e|bench)/' },
    },
    {
      name: 'electron-only-in-its-place',
      comment:
        'The engine runs unchanged in the CLI: only main/electron, main/preload and main/index.ts import electron.',
      severity: 'error',
      from: { path: '^(app|main|lab|renderer|e2e|bench)/', pathNot: electronSide },
      to: { path: '^electron$|(^|/)node_modules/electron(-33)?/' },
    },
    {
      name: 'plain-main-stays-plain',
      comment: 'Plain Node modules do not lean on the Electron side.',
      severity: 'error',
      from: { path: '^main/', pathNot: electronSide },
      to: { path: electronSide },
    },
    {
      name: 'preload-stays-small',
      comment: 'The preload script runs beside the page: types of the contract only.',
      severity: 'error',
      from: { path: '^main/preload/' },
      to: { path: '^(app|main)/', pathNot: '^(app/contract|main/preload)/' },
    },
    {
      name: 'renderer-imports-app',
      severity: 'error',
      from: { path: '^renderer/' },
      to: { path: '^(main|lab|e2e|bench)/' },
    },
    {
      name: 'renderer-has-no-node',
      severity: 'error',
      from: { path: '^renderer/', pathNot: '\\.test\\.tsx?$|vite\\.config\\.ts$|^renderer/dev/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'features-stay-apart',
      comment: 'A feature never imports another feature.',
      severity: 'error',
      from: { path: '^renderer/features/([^/]+)/' },
      to: { path: '^renderer/features/', pathNot: '^renderer/features/$1/' },
    },
    {
      name: 'renderer-ground-floor',
      comment: 'bridge, state, ui and workers do not know the features.',
      severity: 'error',
      from: { path: '^renderer/(bridge|state|ui|workers)/' },
      to: { path: '^renderer/features/' },
    },
    {
      name: 'lab-imports-app',
      severity: 'error',
      from: { path: '^lab/' },
      to: { path: '^(main|renderer|e2e|bench)/' },
    },
    {
      name: 'outside-tests-see-the-contract',
      comment:
        'e2e and bench know app/contract and the built program, nothing else; route.bench.ts and trace.bench.ts measure pure functions, which no program shows.',
      severity: 'error',
      from: { path: '^(e2e|bench)/', pathNot: '^bench/(route|trace)\\.bench\\.ts$' },
      to: { path: '^(app|main|renderer|lab)/', pathNot: '^app/contract/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.d.ts', '.mjs', '.js'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
};
