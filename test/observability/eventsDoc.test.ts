import { readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { readText, repositoryPath } from './repository.js';

/** Words of the source that look like the reason of an Event and are none: names of Kubernetes' API, parts of reasons. */
const OTHER_WORDS = new Set([
  'AdmissionReview',
  'MutatingAdmissionPolicy',
  'MutatingWebhookConfiguration',
  'PreferClose',
  'PreferSameNode',
  'PreferSameZone',
  'SameNode',
  'SameZone',
]);

/** Every string of the source that is one word with two capitals or more; `${kind}HintsSet` for each kind there is. */
function wordsOf(source: string): string[] {
  const plain = [...source.matchAll(/'((?:[A-Z][a-z0-9]+){2,})'/g)].map(([, word = '']) => word);
  const composed = [...source.matchAll(/`\$\{(\w+)\}((?:[A-Z][a-z0-9]+)+)`/g)].flatMap(([, name = '', end = '']) => {
    const choice = new RegExp(`const ${name} = \\w+ \\? '(\\w+)' : '(\\w+)'`).exec(source);
    // Left as it is where the kinds are not to be seen, so that the comparison below fails.
    return choice === null ? [`\${${name}}${end}`] : choice.slice(1).map((kind) => `${kind}${end}`);
  });
  return [...plain, ...composed];
}

function reasonsOfSource(): string[] {
  const words = ['src/hints', 'src/controller'].flatMap((folder) =>
    readdirSync(repositoryPath(folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) => wordsOf(readText(`${folder}/${name}`))),
  );
  return [...new Set(words)].filter((word) => !OTHER_WORDS.has(word)).sort();
}

/** The reasons in the tables of a page whose first column is the type of the Event. */
function reasonsOf(page: string): string[] {
  const rows = readText(page)
    .split('\n')
    .filter((line) => /^\| (Normal|Warning) /.test(line));
  return rows
    .flatMap((row) => [...(row.split('|')[2] ?? '').matchAll(/`(\w+)`/g)].map(([, reason = '']) => reason))
    .sort();
}

describe('the Events', () => {
  test('are found in the source', () => {
    const source = "x('NoNodes'); const kind = byNode ? 'SameNode' : 'SameZone'; y(`${kind}HintsSet`); z('retry')";
    expect(wordsOf(source)).toEqual(['NoNodes', 'SameNode', 'SameZone', 'SameNodeHintsSet', 'SameZoneHintsSet']);
    expect(reasonsOfSource()).toEqual(expect.arrayContaining(['HintsBlocked', 'HintsContended', 'HintsRemoved']));
  });

  test('are explained in docs/troubleshooting.md, each of them once and no other', () => {
    expect(reasonsOf('docs/troubleshooting.md')).toEqual(reasonsOfSource());
  });

  test('that README.md names are real', () => {
    const real = reasonsOfSource();
    expect(reasonsOf('README.md').filter((reason) => !real.includes(reason))).toEqual([]);
  });
});
