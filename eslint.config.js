import boundaries from 'eslint-plugin-boundaries';
import vue from 'eslint-plugin-vue';
import tseslint from 'typescript-eslint';

/** Who may import whom (docs/architecture.md, "The rooms"). `contract` may be imported by everyone. */
const ROOMS = {
  contract: [],
  core: [],
  runner: ['core'],
  store: ['core'],
  jobs: ['core'],
  export: ['core'],
  app: ['store', 'jobs', 'export', 'core'],
  hosts: ['app'],
  renderer: [],
};

/** Packages that belong to one place only. */
const PACKAGES = {
  'onnxruntime-node': 'src-main/runner',
  sharp: 'src-main/runner',
  'better-sqlite3': 'src-main/store',
  electron: 'src-main/hosts/desktop',
};

/** Bytes in, values out: no I/O, no host, no window. */
const PURE = ['src-main/core', 'src-main/contract'];

const rooms = Object.keys(ROOMS);
const folderOf = (room) => (room === 'renderer' ? 'src-renderer' : `src-main/${room}`);

/** One block per place, because the last block that names a rule wins as a whole. */
function packageRules() {
  const places = [...new Set([...rooms.map(folderOf), 'src-main/hosts/desktop', 'src-main/hosts/web', 'src-main/hosts/cli'])];
  return places.map((place) => ({
    files: [`${place}/**/*.{ts,vue}`],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          paths: Object.entries(PACKAGES)
            .filter(([, owner]) => owner !== place)
            .map(([name, owner]) => ({ name, message: `Only ${owner} may import ${name}.` })),
          patterns: PURE.includes(place) ? [{ group: ['node:*', 'ws', 'vue', 'pinia'], message: 'core and contract are pure.' }] : [],
        },
      ],
    },
  }));
}

export default tseslint.config(
  { ignores: ['dist/', 'release/', 'node_modules/', 'sample-output/', 'calibrant-report/', 'test-results/', 'playwright-report/', '**/schema_pb.ts'] },
  ...tseslint.configs.strict,
  ...vue.configs['flat/recommended'],
  {
    files: ['**/*.vue'],
    languageOptions: { parserOptions: { parser: tseslint.parser } },
    // Layout is prettier's; these rules would fight it.
    rules: {
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/html-self-closing': 'off',
      'vue/html-indent': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      // Names in the field's words: Panel, Verdict, Term. Nothing here is a custom element.
      'vue/multi-word-component-names': 'off',
      'vue/no-v-html': 'error',
    },
  },
  {
    plugins: { boundaries },
    files: ['src-main/**/*.ts', 'src-renderer/**/*.{ts,vue}'],
    settings: {
      'boundaries/elements': rooms.map((room) => ({ type: room, pattern: folderOf(room) })),
      'boundaries/dependency-nodes': ['import', 'dynamic-import', 'export'],
    },
    rules: {
      'max-lines': ['error', { max: 500, skipBlankLines: true, skipComments: true }],
      'boundaries/dependencies': [
        'error',
        {
          default: 'disallow',
          message: 'This room may not import that one: see docs/architecture.md, "The rooms".',
          policies: [
            ...rooms.map((room) => ({
              from: { element: { type: room } },
              allow: { to: { element: { types: { anyOf: [room, 'contract', ...ROOMS[room]] } } } },
            })),
            { allow: { to: { module: { origin: ['external', 'core'] } } } },
          ],
        },
      ],
    },
  },
  ...packageRules(),
  {
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/no-explicit-any': 'error',

      'no-console': 'off',
    },
  },
);
