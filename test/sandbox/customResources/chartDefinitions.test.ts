import { expect, test } from 'vitest';
import { readFileSync, readdirSync } from 'node:fs';
import { chartDefinitions } from '../../../src/sandbox/customResources/chartDefinitions.js';
import { textAt } from '../../../src/sandbox/schema/kubeObject.js';
import { validateDefinition } from '../../../src/sandbox/schema/custom/definition.js';

const definitions = chartDefinitions();

test('each definition in the plain files of the chart is there once, and nothing else of those files', () => {
  const folder = 'charts/slicehints/files/';
  const text = readdirSync(folder).filter((name) => name.endsWith('.yaml')).map((name) => readFileSync(`${folder}${name}`, 'utf8')).join('\n'); // prettier-ignore
  const kinds = text.match(/^kind: CustomResourceDefinition$/gm) ?? [];
  expect(definitions).toHaveLength(kinds.length);
  expect(new Set(definitions.map(({ metadata }) => metadata.name)).size).toBe(definitions.length);
  expect(new Set(definitions.map(({ kind }) => kind))).toEqual(new Set(['CustomResourceDefinition']));
});

test('each can be served', () => {
  expect(definitions.flatMap(validateDefinition)).toEqual([]);
  expect(definitions.map((one) => textAt(one, 'spec', 'names', 'kind'))).toContain('ZoneDrain');
});
