import { describe, expect, test } from 'vitest';
import { UsageError } from '../../src/cli/flags/usageError.js';
import { fuzzParsers, missingGlibc } from './parse.js';

const withGlibc = (glibcVersionRuntime?: string): unknown => ({ header: { glibcVersionRuntime } });

describe('where Jazzer.js can be loaded', () => {
  test.each<[string, string, unknown, string | undefined]>([
    ['the oldest glibc', 'linux', withGlibc('2.38'), undefined],
    ['a newer minor version', 'linux', withGlibc('2.41'), undefined],
    ['a newer major version', 'linux', withGlibc('3.0'), undefined],
    ['no Linux', 'darwin', {}, undefined],
    ['a glibc before it', 'linux', withGlibc('2.36'), 'this system has version 2.36'],
    ['a minor version with fewer digits', 'linux', withGlibc('2.9'), 'this system has version 2.9'],
    ['another C library', 'linux', withGlibc(), 'this system has none'],
  ])('%s', (_name, platform, report, refusal) => {
    expect(missingGlibc(platform, report)).toEqual(
      refusal === undefined ? undefined : expect.stringContaining(refusal),
    );
  });
});

describe('what cannot be fuzzed is refused in a sentence, with the usage', () => {
  test.each<[string, string[], string]>([
    ['a target that does not exist', ['manifest'], 'There is no target "manifest"'],
    ['no time', ['--minutes', '0'], '--minutes: expected a number above 0, got "0"'],
    ['a time that is no number', ['--minutes', 'two'], '--minutes: expected a number above 0, got "two"'],
    ['a file without its target', ['--file', 'x'], '--file needs the one target'],
  ])('%s', async (_name, args, message) => {
    const error: unknown = await fuzzParsers(args).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({ message: expect.stringContaining(message) });
    expect(error).toMatchObject({ message: expect.stringContaining('npm run fuzz -- parse') });
  });
});
