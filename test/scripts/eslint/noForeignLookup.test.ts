import { RuleTester, type Rule } from 'eslint';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import tseslint from 'typescript-eslint';
import { afterAll, describe, it } from 'vitest';
import { repositoryPath } from '../../observability/repository.js';

const { noForeignLookup } = (await import(
  pathToFileURL(repositoryPath('scripts/eslint/noForeignLookup.mjs')).href
)) as { readonly noForeignLookup: Rule.RuleModule };

RuleTester.describe = describe;
RuleTester.it = it;
// Each case is parsed as if it were this file. Without the types of Node.js the checker has little to read.
const folder = mkdtempSync(join(tmpdir(), 'lint-'));
writeFileSync(
  join(folder, 'tsconfig.json'),
  JSON.stringify({ compilerOptions: { strict: true, target: 'ES2022', lib: ['ES2022'], types: [] } }),
);
writeFileSync(join(folder, 'file.ts'), '');
afterAll(() => rmSync(folder, { recursive: true }));

const tester = new RuleTester({
  languageOptions: { parser: tseslint.parser, parserOptions: { project: 'tsconfig.json', tsconfigRootDir: folder } },
});

const given = `
declare const table: Readonly<Record<string, number>>;
declare const open: Record<string, number>;
declare const shape: { readonly a?: number; readonly b?: number };
declare const list: readonly number[];
declare const word: string;
declare const known: 'a' | 'b';
declare const foreign: any;
`;
const code = ([name, text]: readonly [name: string, text: string]): {
  name: string;
  code: string;
  filename: string;
} => ({
  name,
  code: `${given}${text}`,
  filename: join(folder, 'file.ts'),
});

tester.run('words from outside do not index plain objects', noForeignLookup, {
  valid: (
    [
      ['a literal', `table['a'];`],
      ['a key of a union of literals', `shape[known]; open[known] = 1; known in shape;`],
      ['a constant word', `const key = 'a'; table[key];`],
      ['a place in a list', `for (let i = 0; i < 2; i++) list[i];`],
      ['a letter of a text', `word[0];`],
      ['a symbol', `declare const iterate: unique symbol; foreign[iterate];`],
      ['a Map', `new Map<string, number>().get(word);`],
      ['the key of a generic type of known words', `function of<K extends 'a' | 'b'>(key: K) { return shape[key]; }`],
      ['behind Object.hasOwn in a conditional expression', `Object.hasOwn(table, word) ? table[word] : 0;`],
      ['behind Object.hasOwn in an if', `if (list.length > 0 && Object.hasOwn(table, word)) { table[word]; }`],
      ['behind Object.hasOwn in a condition', `Object.hasOwn(table, word) && table[word]! > 1;`],
      ['an object literal, which gets an own member', `({ ...table, [word]: 1 });`],
    ] as const
  ).map(code),
  invalid: (
    [
      ['a word', `table[word];`],
      ['a word that may be absent', `declare const maybe: string | undefined; foreign[maybe];`],
      ['a word of unknown origin', `foreign[foreign];`],
      ['a composed word', 'table[`x/${word}` as const];'],
      ['the key of a generic type of words', `function of<K extends string>(key: K) { return table[key]; }`],
      ['an assignment, which may replace the prototype', `open[word] = 1;`],
      ['a removal', `delete open[word];`],
      ['in, which finds inherited members', `word in table;`],
      ['a destructured member', `const { [word]: value } = table;`],
      ['behind Object.hasOwn of another word', `Object.hasOwn(table, known) ? table[word] : 0;`],
      ['behind Object.hasOwn of another table', `Object.hasOwn(open, word) ? table[word] : 0;`],
      ['where Object.hasOwn is false', `Object.hasOwn(table, word) ? 0 : table[word];`],
      ['behind one of two conditions', `if (Object.hasOwn(table, word) || known === 'a') table[word];`],
      ['in a function that is called later', `Object.hasOwn(open, word) && list.map(() => open[word]);`],
    ] as const
  ).map((each) => ({ ...code(each), errors: [{ messageId: 'lookup' }] })),
});
