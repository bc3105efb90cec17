import { expect, test } from 'vitest';
import { allWords, spellingsOf, summary } from '../../../src/cli/completion/words.js';
import { flag } from '../../../src/cli/flags/flag.js';
import { BOOLEAN } from '../../../src/cli/flags/kinds.js';

test.each<[string, string | undefined, string[]]>([
  ['namespace', 'n', ['--namespace', '-n']],
  ['output', undefined, ['--output']],
  ['v', 'v', ['--v']],
])('--%s with the letter %s is spelled %j', (name, short, spellings) => {
  const one = flag(BOOLEAN, { describe: '', ...(short === undefined ? {} : { short }) });
  expect(spellingsOf(name, one)).toEqual(spellings);
});

test('what is only kept for old scripts is not offered', () => {
  expect(spellingsOf('filename', flag(BOOLEAN, { describe: '', formerly: ['file'] }))).toEqual(['--filename']);
});

test('the words of a command are its operands, its flags and help', () => {
  const command = {
    name: 'x',
    describe: '',
    usage: '',
    flags: { a: flag(BOOLEAN, { describe: '' }) },
    run: () => Promise.resolve(),
  };
  expect(allWords(command)).toEqual(['--a', '--help']);
  expect(allWords({ ...command, operandValues: ['bash', 'zsh'] })).toEqual(['bash', 'zsh', '--a', '--help']);
});

test.each([
  ['Show a plan. It reads files', 'Show a plan'],
  ['Only this namespace; by default all', 'Only this namespace'],
  ['Output: json', 'Output'],
  ['What v1.36 does', 'What v1.36 does'],
  ['', ''],
])('the first sentence of %j is %j', (text, first) => {
  expect(summary(text)).toBe(first);
});
