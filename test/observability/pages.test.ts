import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CONTROLLER_FLAGS } from '../../src/cli/flags/commands/controllerFlags.js';
import { anchorsOf, readText, repositoryPath } from './repository.js';

const pages = [
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md'],
  ...readdirSync(repositoryPath('docs'), { recursive: true, encoding: 'utf8' }).map((name) => `docs/${name}`),
].filter((path) => path.endsWith('.md'));

/** Where a relative link of a page leads, from the top of the repository; `#anchor` stays. */
function target(page: string, link: string): string {
  const { pathname, hash } = new URL(link, `file:///${page}`);
  return `${decodeURIComponent(pathname).slice(1)}${hash}`;
}

/** Commands of `npm run` that a text tells people to type, from its code only. */
function scriptsIn(text: string): string[] {
  const code = [...text.matchAll(/```[\s\S]*?```|`[^`\n]+`/g)].map(([found]) => found).join('\n');
  return [...code.matchAll(/npm run (?:-s |--silent )?([\w:-]+)/g)].map(([, script = '']) => script);
}

describe('the pages', () => {
  test('are found', () => {
    expect(pages).toEqual(expect.arrayContaining(['README.md', 'docs/troubleshooting.md', 'docs/security.md']));
    expect(anchorsOf('# A b\n## `C`: d’s, e_f-g\n```\n# no\n```\n')).toEqual(['a-b', 'c-ds-e_f-g']);
    expect(target('docs/a.md', '../b.md#c')).toBe('b.md#c');
    expect(scriptsIn('Say `npm run -s lint`, not npm run x.')).toEqual(['lint']);
  });

  test.each(pages)('%s links only to what is there', (page) => {
    const text = readText(page).replaceAll(/```[\s\S]*?```/g, '');
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, link = '']) => link)
      .filter((link) => !/^[a-z]+:/.test(link))
      .map((link) => target(page, link));
    const broken = links.filter((link) => {
      const [path = '', anchor] = link.split('#');
      if (!existsSync(repositoryPath(path))) return true;
      return anchor !== undefined && !anchorsOf(readText(path)).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  test.each(pages)('%s names only scripts of npm that are there', (page) => {
    const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> };
    expect(scriptsIn(readText(page)).filter((script) => scripts[script] === undefined)).toEqual([]);
  });

  test('for operators name only flags of the controller that are there', () => {
    const operators = ['docs/troubleshooting.md', 'docs/reference/metrics.md'];
    // Flags of other commands and programs.
    const others = [
      ...['service', 'context', 'diff', 'tail', 'show-managed-fields', 'as', 'overwrite', 'take-over'],
      ...['dry-run', 'wait', 'list', 'raw', 'prometheus-url', 'source'],
    ];
    const known = [...Object.keys(CONTROLLER_FLAGS), ...others];
    for (const page of operators) {
      const flags = [...readText(page).matchAll(/(?<![\w-])--([a-z][\w-]+)/g)].map(([, flag = '']) => flag);
      expect({ page, unknown: flags.filter((flag) => !known.includes(flag)) }).toEqual({ page, unknown: [] });
    }
  });
});
