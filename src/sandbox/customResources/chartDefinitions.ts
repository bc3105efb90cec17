import { readFileSync, readdirSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { isJsonObject, toKubeObject } from '../schema/kubeObject.js';
import type { KubeObject } from '../schema/kubeObject.js';

/** Set in the bundle, which has no chart beside it: the files of the chart with definitions in them. */
declare const SLICEHINTS_DEFINITIONS: readonly string[] | undefined;

/** From dist/sandbox/customResources, and from build/src/sandbox/customResources. */
const folders = ['../../../charts/slicehints/files/', '../../../../charts/slicehints/files/'];

/**
 * The CustomResourceDefinitions of the chart: all that its plain files have, so that a new one needs no line here.
 * @throws {Error} one sentence when the package has no chart
 */
export function chartDefinitions(): KubeObject[] {
  const texts = typeof SLICEHINTS_DEFINITIONS === 'object' ? SLICEHINTS_DEFINITIONS : readFiles();
  return texts
    .filter((text) => /^kind: CustomResourceDefinition$/m.test(text))
    .flatMap((text) => parseAllDocuments(text))
    .map((document): unknown => document.toJS())
    .filter(isJsonObject)
    .filter(({ kind }) => kind === 'CustomResourceDefinition')
    .map(toKubeObject);
}

function readFiles(): string[] {
  for (const folder of folders) {
    const url = new URL(folder, import.meta.url);
    try {
      const names = readdirSync(url).filter((name) => name.endsWith('.yaml'));
      return names.sort().map((name) => readFileSync(new URL(name, url), 'utf8'));
    } catch {
      // Not here: the build folder lies one deeper than the shipped one.
    }
  }
  throw new Error('cannot read the definitions of policies: charts/slicehints/files is missing from this package');
}
