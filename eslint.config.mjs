import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

const typed = (folder, project = `${folder}/tsconfig.json`) => ({
  files: [`${folder}/**/*.ts`, `${folder}/**/*.tsx`],
  languageOptions: { parserOptions: { project: [project], tsconfigRootDir: import.meta.dirname } },
});

const word = '/\\p{L}{2}/u';
/** Words between tags, in attributes that are read or spoken, and as the name of a fact or a column. */
const wordsInJsx = [
  `JSXText[value=${word}]`,
  `JSXElement > JSXExpressionContainer > :matches(Literal[value=${word}], TemplateLiteral > TemplateElement[value.raw=${word}])`,
  `JSXElement > JSXExpressionContainer > ConditionalExpression > :matches(Literal[value=${word}], TemplateLiteral > TemplateElement[value.raw=${word}])`,
  ...['> Literal', '> JSXExpressionContainer > Literal', 'ConditionalExpression > Literal'].map(
    (where) =>
      `JSXAttribute[name.name=/^(?:title|label|alt|placeholder|heading|aria-label|aria-description)$/] ${where}[value=${word}]`,
  ),
  `JSXAttribute[name.name=/^(?:title|label|alt|placeholder|heading|aria-label|aria-description)$/] TemplateElement[value.raw=${word}]`,
  `JSXOpeningElement[name.name='PanelBoundary'] > JSXAttribute > Literal`,
  `Property[key.name='name'] > Literal[value=${word}]`,
];

export default tseslint.config(
  {
    ignores: [
      'dist',
      'out',
      'release',
      'node_modules',
      '**/*.cjs',
      '**/*.mjs',
      '*.config.ts',
      'renderer/dev/vite.config.ts',
      // Declarations, and of what Node's own types declare too.
      'app/platform.d.ts',
    ],
  },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked],
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // Counts and sizes read better in a template than through String().
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'no-restricted-syntax': [
        'error',
        {
          selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
          message: 'Take a clock from outside, so that tests can turn it.',
        },
      ],
      eqeqeq: 'error',
      // There are no enums (erasableSyntaxOnly), and looking for them costs a seventh of all rules' time.
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
    },
  },
  // Of the two that app has, the one that holds all of it: a second program would cost ten seconds. That app needs neither Node nor
  // its types, app/tsconfig.json holds (tools/checks.mjs).
  typed('app', 'app/tsconfig.test.json'),
  typed('main'),
  typed('renderer'),
  typed('lab'),
  typed('e2e'),
  typed('bench'),
  typed('tools'),
  // What is tested there is plain .mjs without types.
  { files: ['tools/**/*.ts'], extends: [tseslint.configs.disableTypeChecked] },
  {
    files: ['renderer/**/*.ts', 'renderer/**/*.tsx'],
    plugins: { 'react-hooks': reactHooks },
    // One of them speaks only of what React's compiler would trip over, and that is not used.
    rules: { ...reactHooks.configs.recommended.rules, 'react-hooks/incompatible-library': 'off' },
  },
  {
    // Untyped ways across the process border are banned outside the one place that checks them.
    files: ['main/**/*.ts', 'renderer/**/*.ts', 'renderer/**/*.tsx'],
    ignores: ['main/electron/calls.ts', 'main/electron/ports.ts', 'main/preload/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: [
            {
              name: 'electron',
              importNames: ['ipcMain', 'ipcRenderer'],
              message: 'Every call goes through main/electron/calls.ts.',
            },
          ],
        },
      ],
    },
  },
  {
    // Reading the real clock is these places' job: tests, entries, and the program's outer rim.
    files: [
      '**/*.test.ts',
      'e2e/**/*.ts',
      'bench/**/*.ts',
      'lab/**/*.ts',
      'main/index.ts',
      'main/cli.ts',
      'main/cli/**/*.ts',
      'main/electron/**/*.ts',
      'renderer/**/*.ts',
      'renderer/**/*.tsx',
      '**/testing/**/*.ts',
    ],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    // Two languages are to come: what people read stands in strings.ts, beside the feature.
    files: ['renderer/**/*.tsx'],
    ignores: ['renderer/dev/**', '**/*.test.tsx'],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...wordsInJsx.map((selector) => ({
          selector,
          message: 'Words that people read belong into strings.ts.',
        })),
      ],
    },
  },
  {
    files: ['**/*.test.ts', '**/*.test.tsx'],
    ignores: ['app/testing/**'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: "Property[key.name='numRuns']:not([value.callee.name='runs'])",
          message: 'Say it with runs(n) of app/testing/runs.ts, so that the full tier runs it more often.',
        },
      ],
    },
  },
);
