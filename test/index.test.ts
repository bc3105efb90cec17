import { beforeAll, describe, expect, test } from 'vitest';
import { build, type Metafile } from 'esbuild';
import { createContext, runInContext } from 'node:vm';
import * as library from '../src/index.js';
import { clusterObjects, loadManifests } from '../src/cli/input/manifests.js';
import { EXAMPLES } from './cli/runPlan.js';

describe('the library in a browser', () => {
  let code: string;
  let inputs: Metafile['inputs'];
  beforeAll(async () => {
    const { outputFiles, metafile } = await build({
      entryPoints: ['src/index.ts'],
      bundle: true,
      write: false,
      metafile: true,
      platform: 'browser',
      format: 'iife',
      globalName: 'slicehints',
      logLevel: 'silent',
    });
    code = outputFiles[0]!.text;
    inputs = metafile.inputs;
  });

  test('is made of the pure packages and nothing else', () => {
    const packages = Object.keys(inputs).map((path) => path.split('/').slice(0, 2).join('/'));
    expect([...new Set(packages)].sort()).toEqual([
      'src/analysis',
      'src/hints',
      'src/index.ts',
      'src/kubeproxy',
      'src/measured',
      'src/model',
    ]);
  });

  test('gives what it gives in Node.js, without a global of Node.js', async () => {
    const { nodes, services, endpointSlices } = clusterObjects(await loadManifests([`${EXAMPLES}/five-pods.yaml`]));
    const context = createContext({ input: JSON.stringify({ nodes, services, endpointSlices }) });
    expect(runInContext('typeof process + typeof require + typeof Buffer + typeof setTimeout', context)).toBe(
      'undefined'.repeat(4),
    );
    runInContext(code, context);
    const answer = runInContext(
      `(() => {
        const { nodes, services, endpointSlices } = JSON.parse(input);
        return JSON.stringify(services.map((service) => {
          const slices = endpointSlices.filter(({ metadata }) => metadata.labels['kubernetes.io/service-name'] === service.metadata.name);
          return slicehints.planService({ service, slices, nodes });
        }));
      })()`,
      context,
    ) as string;
    const expected = services.map((service) => {
      const slices = endpointSlices.filter(
        ({ metadata }) => metadata?.labels?.['kubernetes.io/service-name'] === service.metadata?.name,
      );
      return library.planService({ service, slices, nodes });
    });
    expect(JSON.parse(answer)).toEqual(JSON.parse(JSON.stringify(expected)));
    expect(expected.some(({ patches }) => patches.length > 0)).toBe(true);
  });
});
