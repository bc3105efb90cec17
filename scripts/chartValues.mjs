// Writes the table of values in charts/slicehints/README.md from values.yaml and its comments (`# -- `), between two
// markers. With --check it writes nothing and ends with 1 when the table is out of date.
import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { isMap, isScalar, parseDocument } from 'yaml';

const chart = new URL('../charts/slicehints/', import.meta.url);
const readme = new URL('README.md', chart);
const [start, end] = ['<!-- values: npm run docs:values -->', '<!-- end of values -->'];

/** Rows [key, default, description] for every key with a comment `# --`; below such a key nothing is listed. */
function rowsOf(map, path = '') {
  return map.items.flatMap(({ key, value }) => {
    const name = `${path}${key.value}`;
    // yaml.js hands the comment before the first key of a map to the map itself.
    const comment = key.commentBefore ?? (key === map.items[0].key ? map.commentBefore : undefined) ?? '';
    const text = comment.split(/^ ?-- /m)[1];
    if (text !== undefined) return [[name, JSON.stringify(value.toJSON()), text.replaceAll(/\s*\n\s*/g, ' ').trim()]];
    if (isMap(value) && value.items.length > 0) return rowsOf(value, `${name}.`);
    throw new Error(`values.yaml: ${name} has no line "# -- what it is"${isScalar(value) ? '' : ' and no keys'}`);
  });
}

const document = parseDocument(readFileSync(new URL('values.yaml', chart), 'utf8'));
const escaped = (text) => text.replaceAll('|', '\\|');
const shown = (value) => {
  if (value === 'null') return '';
  return value.length > 60 ? 'see values.yaml' : `\`${escaped(value)}\``;
};
const lines = rowsOf(document.contents).map(
  ([name, value, text]) => `| \`${name}\` | ${shown(value)} | ${escaped(text)} |`,
);
const table = ['| Value | Default | What it is |', '| --- | --- | --- |', ...lines].join('\n');

const before = readFileSync(readme, 'utf8');
const [head, rest] = before.split(start);
const tail = rest?.split(end)[1];
if (tail === undefined) throw new Error(`README.md of the chart lacks the lines ${start} and ${end}`);
const text = `${head}${start}\n\n${table}\n\n${end}${tail}`;
const after = await format(text, { ...(await resolveConfig(readme)), parser: 'markdown' });

if (process.argv.includes('--check')) {
  if (after !== before) {
    console.error('charts/slicehints/README.md is out of date: run npm run docs:values');
    process.exitCode = 1;
  }
} else {
  writeFileSync(readme, after);
}
