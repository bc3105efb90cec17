import { expect, test } from 'vitest';
import { CONTROLLER_FLAGS } from '../../../src/cli/flags/controllerFlags.js';
import type { FlagTable } from '../../../src/cli/flags/flag.js';
import { readText } from '../../observability/repository.js';

test('docs/reference/flags.md lists every flag of the controller with its default and meaning', () => {
  const rows = [
    ...readText('docs/reference/flags.md').matchAll(/^\| `--([\w-]+)` +\| (?:`([^`]*)`)? *\| (.*?) *\|$/gm),
  ];
  const documented = rows.map(([, name, text, meaning]) => [name, text ?? '', meaning]);
  const flags: FlagTable = CONTROLLER_FLAGS;
  const wanted = Object.entries(flags).map(([name, { default: text = '', describe, repeatable }]) => [
    name,
    text,
    repeatable ? `${describe} (repeatable)` : describe,
  ]);
  expect(documented.sort()).toEqual(wanted.sort());
});
