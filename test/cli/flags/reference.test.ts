import { expect, test } from 'vitest';
import { CONTROLLER_FLAGS } from '../../../src/cli/flags/commands/controllerFlags.js';
import { REPORT_FLAGS } from '../../../src/cli/flags/commands/reportFlags.js';
import { AUDIT_FLAGS } from '../../../src/cli/flags/commands/auditFlags.js';
import {
  ACCESS_FLAGS,
  FILENAME_FLAGS,
  PAGER_FLAGS,
  REQUEST_VERBOSITY_FLAGS,
  SCOPE_FLAGS,
  SERVICE_FLAGS,
} from '../../../src/cli/flags/clusterFlags.js';
import { DRAIN_FLAGS, DRAIN_LIMIT_FLAGS } from '../../../src/cli/flags/commands/drainFlags.js';
import { GUARD_FLAGS, HINT_FLAGS } from '../../../src/cli/flags/hintFlags.js';
import type { FlagTable } from '../../../src/cli/flags/flag.js';
import { PLAN_FLAGS } from '../../../src/cli/flags/commands/planFlags.js';
import { WHAT_IF_FLAGS } from '../../../src/cli/flags/whatIfFlags.js';
import { readText } from '../../observability/repository.js';

type Row = readonly (string | undefined)[];

/** The rows of one section of the page; its first has no heading of its own. */
function documented(section: string): Row[] {
  const sections = `\n## controller\n${readText('docs/reference/flags.md')}`.split('\n## ');
  const text = sections.find((each) => each.startsWith(`${section}\n`)) ?? '';
  const rows = [...text.matchAll(/^\| `--([\w-]+)` +\| (?:`([^`]*)`)? *\| (.*?) *\|$/gm)];
  return rows.map(([, name, value, meaning]) => [name, value ?? '', meaning]).sort();
}

/** @param shared flags that another section has */
function wanted(flags: FlagTable, shared: FlagTable = {}): Row[] {
  return Object.entries(flags)
    .filter(([name, each]) => shared[name] !== each)
    .map(([name, { default: text = '', describe, repeatable }]) => [
      name,
      text,
      repeatable ? `${describe} (repeatable)` : describe,
    ])
    .sort();
}

test('docs/reference/flags.md lists every flag of the controller with its default and meaning', () => {
  expect(documented('controller')).toEqual(wanted(CONTROLLER_FLAGS));
});

const SHARED = {
  ...ACCESS_FLAGS,
  ...FILENAME_FLAGS,
  ...PAGER_FLAGS,
  ...REQUEST_VERBOSITY_FLAGS,
  ...SCOPE_FLAGS,
  ...SERVICE_FLAGS,
  ...HINT_FLAGS,
};

test('docs/reference/flags.md lists the flags of what-if, and those of plan alone', () => {
  expect(documented('What if')).toEqual(wanted(WHAT_IF_FLAGS));
  const own = wanted(PLAN_FLAGS, { ...SHARED, ...GUARD_FLAGS, ...WHAT_IF_FLAGS, output: PLAN_FLAGS.output });
  expect(documented('`slicehints plan`')).toEqual(own);
  expect(own.map(([name]) => name)).toEqual(['exit-code', 'only-changes', 'price-per-gb', 'sort', 'traffic']);
});

test('docs/reference/flags.md lists the flags of drain that other commands do not have', () => {
  const shared = { ...SHARED, ...GUARD_FLAGS, ...DRAIN_LIMIT_FLAGS, output: DRAIN_FLAGS.output };
  expect(documented('`slicehints drain`')).toEqual(wanted(DRAIN_FLAGS, shared));
});

test.each<[string, FlagTable]>([
  ['`slicehints audit`', AUDIT_FLAGS],
  ['`slicehints report`', REPORT_FLAGS],
])('docs/reference/flags.md lists the flags of %s that other commands do not have', (section, flags) => {
  const rows = documented(section);
  expect(rows).toEqual(wanted(flags, { ...PLAN_FLAGS, ...WHAT_IF_FLAGS, output: flags['output']! }));
  expect(rows.length).toBeGreaterThan(0);
});
