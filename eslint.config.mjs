import js from '@eslint/js';
import tseslint from 'typescript-eslint';
import { noForeignLookup } from './scripts/eslint/noForeignLookup.mjs';

// The dependencies of docs/architecture.md: which packages of src/ a package may import. cli may import all of them.
const packages = {
  model: [],
  kubeproxy: ['model'],
  measured: ['model'],
  hints: ['model', 'kubeproxy', 'measured'],
  analysis: ['model', 'kubeproxy', 'measured', 'hints'],
  report: ['model', 'kubeproxy', 'measured', 'hints', 'analysis'],
  kube: [],
  server: [],
  guard: ['model', 'kube', 'server'],
  controller: ['model', 'kubeproxy', 'measured', 'hints', 'kube', 'guard'],
  metrics: ['model', 'kube', 'hints', 'controller', 'observe', 'server'],
  operations: ['model', 'kubeproxy', 'measured', 'hints', 'kube', 'guard', 'controller'],
  observe: ['model', 'measured', 'kube', 'controller', 'server'],
  sandbox: ['model', 'kube', 'hints', 'guard'],
};
const everyPackage = [...Object.keys(packages), 'cli'];
/** Plain values in, plain values out; they also run in a browser. */
const purePackages = ['model', 'kubeproxy', 'measured', 'hints', 'analysis', 'report'];
const pure = [...purePackages.map((name) => `src/${name}/**/*.ts`), 'src/guard/rule.ts'];
const isPure = (name) => purePackages.includes(name);
/** The part of report that a browser runs: it has the document, and no test but in Chromium. */
const page = 'src/report/page/**/*.ts';
const pageOfReport = {
  files: [page],
  rules: {
    // Text from a cluster never becomes HTML.
    'no-restricted-properties': [
      'error',
      ...['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'srcdoc'].map((property) => ({ property })),
      { object: 'document', property: 'write' },
    ],
  },
};

const NO_PACKAGES = {
  regex: '^(node:|[^.])',
  message: 'A pure package has no Node.js or npm imports.',
};
const forbid = (name, allowed) => {
  const forbidden = everyPackage.filter((other) => other !== name && !allowed.includes(other));
  return {
    regex: `^(\\.\\./)+(${forbidden.join('|')}|index)[/.]`,
    message: `The package ${name} may import only: ${allowed.join(', ') || 'nothing of src/'}.`,
  };
};

const dependencies = Object.entries(packages).map(([name, allowed]) => ({
  files: [`src/${name}/**/*.ts`],
  rules: {
    'no-restricted-imports': ['error', { patterns: [forbid(name, allowed), ...(isPure(name) ? [NO_PACKAGES] : [])] }],
  },
}));
// The layers of the sandbox: which folders of src/sandbox/ a folder may import, besides what the package may.
const sandboxLayers = {
  schema: [],
  patch: ['schema'],
  storage: ['schema', 'patch'],
  faults: ['schema', 'storage'],
  workload: ['schema', 'storage'],
  wire: ['schema', 'storage'],
  discovery: ['schema'],
  customResources: ['schema', 'storage'],
  inTree: [],
  server: ['schema', 'storage', 'faults', 'workload', 'wire', 'discovery', 'customResources'],
};
const layers = Object.entries(sandboxLayers).map(([name, allowed]) => {
  const forbidden = Object.keys(sandboxLayers).filter((other) => other !== name && !allowed.includes(other));
  const layer = {
    regex: `^\\.\\./(${forbidden.join('|')})/`,
    message: `The layer ${name} of the sandbox may import only: ${allowed.join(', ') || 'no other layer'}.`,
  };
  return {
    files: [`src/sandbox/${name}/**/*.ts`],
    rules: { 'no-restricted-imports': ['error', { patterns: [forbid('sandbox', packages.sandbox), layer] }] },
  };
});
/** The one pure file of kube. */
const ONLY_JSON = {
  regex: '^\\.\\./kube/(?!json\\.js$)',
  message: 'The rule of the guard is pure: of kube it may import only json.ts.',
};
const guardRule = {
  files: ['src/guard/rule.ts'],
  rules: {
    'no-restricted-imports': ['error', { patterns: [forbid('guard', ['model', 'kube']), ONLY_JSON, NO_PACKAGES] }],
  },
};

const purity = {
  files: pure,
  ignores: [page],
  rules: {
    'no-restricted-globals': [
      'error',
      'process',
      'console',
      'setTimeout',
      'setInterval',
      'setImmediate',
      'queueMicrotask',
      'performance',
      'crypto',
      'fetch',
      'Buffer',
      'globalThis',
    ],
    'no-restricted-properties': ['error', { object: 'Date', property: 'now' }, { object: 'Math', property: 'random' }],
    'no-restricted-syntax': [
      'error',
      {
        selector: "NewExpression[callee.name='Date'][arguments.length=0]",
        message: 'A pure package has no clock.',
      },
      {
        selector: ":matches(Program, ExportNamedDeclaration) > VariableDeclaration[kind!='const']",
        message: 'A pure package has no module state.',
      },
      {
        // Read-only tables are declared as ReadonlyMap, ReadonlySet or readonly arrays, or frozen.
        selector:
          ':matches(Program, ExportNamedDeclaration) > VariableDeclaration > VariableDeclarator:not([id.typeAnnotation]) > ' +
          ':matches(NewExpression, ArrayExpression).init',
        message: 'A pure package has no module state: declare the type as read-only.',
      },
      {
        selector:
          ':matches(Program, ExportNamedDeclaration) > VariableDeclaration > VariableDeclarator' +
          '[id.typeAnnotation.typeAnnotation.typeName.name=/^(Map|Set|WeakMap|WeakSet|Array|.*Array|Record)$/]',
        message: 'A pure package has no module state: declare the type as read-only.',
      },
    ],
  },
};

export default tseslint.config(
  { ignores: ['dist', 'build', 'bundle', 'coverage', 'node_modules', 'reports', '.stryker-tmp'] },
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
  {
    files: [page],
    languageOptions: { parserOptions: { project: './tsconfig.page.json', tsconfigRootDir: import.meta.dirname } },
  },
  {
    files: ['test/**/*.ts', 'e2e/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Vitest types its matchers (expect.any, expect.objectContaining) as any.
      '@typescript-eslint/no-unsafe-assignment': 'off',
    },
  },
  {
    files: ['src/**/*.ts'],
    // The one place that may.
    ignores: ['src/model/ownValue.ts'],
    plugins: { slicehints: { rules: { 'no-foreign-lookup': noForeignLookup } } },
    rules: { 'slicehints/no-foreign-lookup': 'error' },
  },
  ...dependencies,
  ...layers,
  guardRule,
  purity,
  pageOfReport,
);
