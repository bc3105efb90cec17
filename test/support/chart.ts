import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createEngine, type Engine, type Template } from '@promptctl/go-template-js';
import { parse, parseAllDocuments } from 'yaml';
import { helmFunctions, METHODS, type Lookups } from './helmFunctions.js';

export const CHART = join(process.cwd(), 'charts/slicehints');

/** The kind that a cluster says it serves where the guard can be a policy. */
export const POLICY_API = 'admissionregistration.k8s.io/v1/MutatingAdmissionPolicy';

/** The kind that a cluster says it serves from Kubernetes 1.30 on. */
export const VALIDATING_API = 'admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy';

export type Values = Readonly<Record<string, unknown>>;

/** What `helm install` would be asked; by default release slicehints in namespace slicehints on Kubernetes 1.36. */
export interface Release {
  readonly values?: Values;
  readonly release?: string;
  readonly namespace?: string;
  readonly kubeVersion?: string;
  readonly apiVersions?: readonly string[];
  readonly lookups?: Lookups;
}

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

export interface Rendering {
  /** Each template with output, by its file name, as text. */
  readonly files: ReadonlyMap<string, string>;
  readonly objects: readonly KubernetesObject[];
  readonly notes: string;
}

export const chartYaml = (file: string): unknown => parse(readFileSync(join(CHART, file), 'utf8'));

export const defaultValues = (): Values => chartYaml('values.yaml') as Values;

/** A chart's values with those of the user over them, as Helm does it: maps are merged, null takes a default away. */
export function coalesce(defaults: Values, over: Values): Values {
  const merged: Record<string, unknown> = { ...defaults };
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    if (value === null) delete merged[key];
    else merged[key] = isMap(value) && isMap(below) ? coalesce(below, value) : value;
  }
  return merged;
}

const renderings = new Map<string, Rendering>();

/**
 * Renders the chart as `helm template` does, more strictly: to read a value that is not there is an error. Equal
 * questions share one answer, which is not to be changed.
 * @throws {Error} what `fail` says, or what is wrong with a template
 */
export function render(asked: Release = {}): Rendering {
  const key = JSON.stringify(asked);
  const known = renderings.get(key) ?? renderAnew(asked);
  renderings.set(key, known);
  return known;
}

function renderAnew(asked: Release): Rendering {
  const { values = {}, kubeVersion = '1.36.0', release = 'slicehints', namespace = 'slicehints' } = asked;
  const served = new Set(asked.apiVersions ?? ['v1', 'apps/v1', POLICY_API, VALIDATING_API]);
  const chart = chartYaml('Chart.yaml') as Record<string, unknown>;
  const dot = {
    // To Go, what is not there is nil; here only so much may be read as was there before a null took it away.
    Values: {
      ...Object.fromEntries(Object.keys(values).map((key) => [key, null])),
      ...coalesce(defaultValues(), values),
    },
    Release: { Name: release, Namespace: namespace, Service: 'Helm', IsInstall: true, IsUpgrade: false, Revision: 1 },
    Chart: { Name: chart['name'], Version: chart['version'], AppVersion: chart['appVersion'] },
    Capabilities: { KubeVersion: { Version: `v${kubeVersion}` } },
  };
  let defines: ReturnType<Template<string>['defines']> | undefined;
  const text = (source: string, data: unknown): string => engine.parse(source, defines).evaluate(data).join('');
  const engine: Engine<string> = createEngine<string>({
    fromString: (s) => s,
    missingKey: 'error',
    funcs: helmFunctions({
      include: (name, data) => text(`{{ template "${name}" . }}`, data),
      tpl: (source, data) => text(asFunctions(source), data),
      file: (path) => (existsSync(join(CHART, path)) ? readFileSync(join(CHART, path), 'utf8') : ''),
      glob: filesOf,
      serves: (apiVersion) => served.has(apiVersion),
      lookups: asked.lookups ?? {},
    }),
  });
  const sources = templateSources();
  for (const source of sources.values()) defines = engine.parse(source, defines).defines();
  const rendered = [...sources]
    .filter(([name]) => !name.endsWith('.tpl'))
    .map(([name, source]): [string, string] => [name, text(source, dot).trim()])
    .filter(([, output]) => output !== '');
  const files = new Map(rendered.filter(([name]) => name.endsWith('.yaml')));
  return {
    files,
    objects: [...files].flatMap(([name, output]) => objectsOf(name, output)),
    notes: new Map(rendered).get('NOTES.txt') ?? '',
  };
}

/** The functions that the templates call, by template. */
export function calledFunctions(): Map<string, ReadonlySet<string>> {
  const engine = createEngine<string>({ fromString: (s) => s });
  return new Map([...templateSources()].map(([name, source]) => [name, engine.parse(source).referencedFunctions()]));
}

/** The one object of a kind and, where there are several, a name. */
export function find(rendering: Rendering, kind: string, name?: string): KubernetesObject {
  const found = rendering.objects.filter((o) => o.kind === kind && (name === undefined || o.metadata.name === name));
  if (found.length !== 1 || found[0] === undefined) {
    throw new Error(`expected one ${kind} ${name ?? ''}, got ${found.map((o) => o.metadata.name).join(', ')}`);
  }
  return found[0];
}

/** The value at a path such as `spec.template.spec.containers.0.args`; undefined where there is none. */
export function at(object: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | null | undefined)?.[key], object);
}

/** The Deployment of the controller. */
export function controllerDeployment(rendering: Rendering): KubernetesObject {
  const isController = ({ metadata }: KubernetesObject): boolean =>
    metadata.labels?.['app.kubernetes.io/component'] === 'controller';
  return find({ ...rendering, objects: rendering.objects.filter(isController) }, 'Deployment');
}

/** The arguments of the controller's container. */
export function controllerArgs(rendering: Rendering): string[] {
  return at(controllerDeployment(rendering), 'spec.template.spec.containers.0.args') as string[];
}

function templateSources(): Map<string, string> {
  const folder = join(CHART, 'templates');
  const names = readdirSync(folder).sort();
  return new Map(names.map((name) => [name, asFunctions(readFileSync(join(folder, name), 'utf8'))]));
}

function asFunctions(source: string): string {
  return METHODS.reduce((text, [method, name]) => text.replaceAll(method, name), source);
}

/** The files that a pattern such as `dashboards/*.json` names. */
function filesOf(pattern: string): Record<string, string> {
  const [folder = '', end = ''] = pattern.split('/*');
  if (!existsSync(join(CHART, folder))) return {};
  const names = readdirSync(join(CHART, folder)).filter((name) => name.endsWith(end));
  return Object.fromEntries(names.sort().map((name) => [`${folder}/${name}`, name]));
}

function objectsOf(file: string, text: string): KubernetesObject[] {
  return parseAllDocuments(text, { version: '1.1' }).flatMap((document) => {
    if (document.errors[0] !== undefined) throw new Error(`${file}: ${document.errors[0].message}`);
    const object = document.toJS() as KubernetesObject | null;
    return object === null ? [] : [object];
  });
}

function isMap(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
