import js from '@eslint/js';
import tseslint from 'typescript-eslint';

// The arrows of the house (docs/architecture.md): which rooms a room may import. A room that is missing here is free.
const rooms = {
  topology: [],
  proxy: ['topology'],
  hints: ['topology', 'proxy'],
  kube: [],
  controller: ['topology', 'hints', 'proxy', 'kube'],
  server: ['kube', 'controller'],
  sandbox: ['kube', 'topology', 'hints'],
};
const everyRoom = [...Object.keys(rooms), 'cli'];
const pure = ['topology', 'hints', 'proxy'];

const arrows = Object.entries(rooms).map(([room, allowed]) => {
  const forbidden = everyRoom.filter((other) => other !== room && !allowed.includes(other));
  return {
    files: [`src/${room}/**/*.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: `^(\\.\\./)+(${forbidden.join('|')}|index)[/.]`,
              message: `The room ${room} may import only: ${allowed.join(', ') || 'nothing of ours'}.`,
            },
            ...(pure.includes(room)
              ? [{ regex: '^(node:|[^.])', message: `The room ${room} is pure: no packages, no I/O.` }]
              : []),
          ],
        },
      ],
    },
  };
});

export default tseslint.config(
  { ignores: ['dist', 'build', 'bundle', 'coverage', 'node_modules'] },
  js.configs.recommended,
  {
    files: ['**/*.mjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        performance: 'readonly',
        URL: 'readonly',
        Buffer: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        structuredClone: 'readonly',
        fetch: 'readonly',
        AbortController: 'readonly',
        AbortSignal: 'readonly',
      },
    },
  },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.test.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: 'error',
      'no-restricted-exports': [
        'error',
        {
          restrictDefaultExports: {
            direct: true,
            named: true,
            defaultFrom: true,
            namedFrom: true,
            namespaceFrom: true,
          },
        },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
    },
  },
  { files: ['test/**/*.ts', 'e2e/**/*.ts'], rules: { '@typescript-eslint/no-non-null-assertion': 'off' } },
  {
    files: pure.map((room) => `src/${room}/**/*.ts`),
    rules: {
      'no-restricted-globals': ['error', 'process', 'console', 'setTimeout', 'setInterval', 'performance', 'fetch'],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now' },
        { object: 'Math', property: 'random' },
      ],
    },
  },
  ...arrows,
);
