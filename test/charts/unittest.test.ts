import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { at, chartYaml, CHART, render, type KubernetesObject, type Release, type Values } from '../support/chart.js';

/** A suite of the Helm plugin unittest, as far as the chart's suites use it. */
interface Suite {
  readonly suite: string;
  readonly templates?: readonly string[];
  readonly release: { readonly name: string; readonly namespace: string };
  readonly capabilities?: Capabilities;
  readonly tests: readonly {
    readonly it: string;
    readonly template?: string;
    readonly capabilities?: Capabilities;
    readonly set?: Values;
    readonly asserts: readonly Assertion[];
  }[];
}

interface Capabilities {
  readonly majorVersion: number;
  readonly minorVersion: number;
  readonly apiVersions?: readonly string[];
}

interface Parameters {
  readonly path?: string;
  readonly value?: unknown;
  readonly content?: unknown;
  readonly of?: string;
  readonly count?: number;
  readonly errorMessage?: string;
}

type Assertion = Readonly<Record<string, unknown>> & { readonly documentIndex?: number };

/** `guard.webhook.enabled: true` as the map that it stands for. */
function nested(set: Values): Values {
  const values: Record<string, unknown> = {};
  for (const [path, value] of Object.entries(set)) {
    const keys = path.split('.');
    const last = keys.pop() ?? '';
    const parent = keys.reduce<Record<string, unknown>>(
      (map, key) => (map[key] ??= {}) as Record<string, unknown>,
      values,
    );
    parent[last] = value;
  }
  return values;
}

/** `a.b[0].c["d.e"]` */
function select(object: unknown, path: string): unknown {
  const keys = [...path.matchAll(/\["([^"]+)"\]|\[(\d+)\]|([^.[\]]+)/g)].map((m) => m[1] ?? m[2] ?? m[3] ?? '');
  return keys.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], object);
}

function check(assertion: Assertion, release: Release, templates: readonly string[] | undefined): void {
  const { documentIndex = 0, ...rest } = assertion;
  const [[kind, parameters] = ['', {}]] = Object.entries(rest) as [string, Parameters][];
  if (kind === 'failedTemplate') {
    expect(() => render(release)).toThrow(expect.objectContaining({ message: parameters.errorMessage }));
    return;
  }
  const { files, objects } = render(release);
  const wanted = templates ?? [...files.keys()];
  const counts = [...files].map(([file, text]): [string, number] => [file, text.split(/^---$/m).length]);
  let next = 0;
  const documents: KubernetesObject[] = [];
  for (const [file, count] of counts) {
    if (wanted.includes(file)) documents.push(...objects.slice(next, next + count));
    next += count;
  }
  expect(next).toBe(objects.length);
  const selected = select(documents[documentIndex], parameters.path ?? '');
  const assertions: Record<string, () => void> = {
    hasDocuments: () => expect(documents).toHaveLength(parameters.count ?? -1),
    isKind: () => expect(at(documents[documentIndex], 'kind')).toBe(parameters.of),
    equal: () => expect(selected).toEqual(parameters.value),
    contains: () => expect(selected).toContainEqual(parameters.content),
    notContains: () => expect(selected).not.toContainEqual(parameters.content),
    exists: () => expect(selected).toBeDefined(),
    notExists: () => expect(selected).toBeUndefined(),
  };
  const run = assertions[kind];
  if (run === undefined) throw new Error(`no such assertion: ${kind}`);
  run();
}

describe.each(readdirSync(`${CHART}/tests`))('%s', (file) => {
  const { templates, release, capabilities, tests } = chartYaml(`tests/${file}`) as Suite;
  test.each(tests.map((one) => [one.it, one] as const))('%s', (_, one) => {
    const cluster = one.capabilities ?? capabilities;
    const asked: Release = {
      values: nested(one.set ?? {}),
      release: release.name,
      namespace: release.namespace,
      kubeVersion: `${cluster?.majorVersion ?? 1}.${cluster?.minorVersion ?? 36}.0`,
      apiVersions: cluster?.apiVersions ?? [],
    };
    for (const assertion of one.asserts)
      check(assertion, asked, one.template === undefined ? templates : [one.template]);
    expect(one.asserts.length).toBeGreaterThan(0);
  });
});
