import {
  sprigConversions,
  sprigDefaults,
  sprigDicts,
  sprigHash,
  sprigLists,
  sprigMath,
  sprigRegex,
  sprigStrings,
  sprigTypes,
  sprigFlow,
  type FuncMap,
} from '@promptctl/go-template-js';
import { parse, stringify } from 'yaml';

/** A piece of a cluster that `lookup` finds, by `apiVersion/kind/namespace/name`. */
export type Lookups = Readonly<Record<string, unknown>>;

/** What Helm adds to Go's templates and Sprig, as far as a chart without a cluster needs it. */
export interface HelmSurroundings {
  readonly include: (name: string, dot: unknown) => string;
  readonly tpl: (source: string, dot: unknown) => string;
  readonly file: (path: string) => string;
  readonly glob: (pattern: string) => Record<string, string>;
  readonly serves: (apiVersion: string) => boolean;
  readonly lookups: Lookups;
}

/**
 * Sprig's functions and Helm's. Methods with arguments (`.Files.Get "x"`), which the engine does not know, are called by
 * the names in `METHODS`. Certificates are told by their subject instead of being made, so that a rendering can be compared.
 */
export function helmFunctions(helm: HelmSurroundings): FuncMap {
  return {
    ...sprigDefaults(),
    ...sprigStrings(),
    ...sprigMath(),
    ...sprigLists(),
    ...sprigDicts(),
    ...sprigRegex(),
    ...sprigTypes(),
    ...sprigConversions(),
    ...sprigHash(),
    ...sprigFlow(),
    kindIs: { fn: (kind: string, value: unknown) => kindOf(value) === kind, argTypes: ['string', 'value'] },
    // Of a map without the key Sprig gives empty text.
    get: { fn: (map: Record<string, unknown>, key: string) => map[key] ?? '', argTypes: ['dict', 'string'] },
    semverCompare: { fn: isAtLeast, argTypes: ['string', 'string'] },
    include: { fn: helm.include, argTypes: ['string', 'value'] },
    tpl: { fn: helm.tpl, argTypes: ['string', 'value'] },
    lookup: {
      fn: (...key: string[]) => helm.lookups[key.join('/')] ?? {},
      argTypes: ['string', 'string', 'string', 'string'],
    },
    toYaml: { fn: toYaml, argTypes: ['value'] },
    fromYaml: { fn: (text: string): unknown => parse(text), argTypes: ['string'] },
    base: { fn: (path: string) => path.slice(path.lastIndexOf('/') + 1), argTypes: ['string'] },
    genCA: { fn: (subject: string, days: number) => pair(`CA ${subject}, ${days} days`), argTypes: ['string', 'int'] },
    genSignedCert: {
      fn: (subject: string, _: unknown, names: readonly string[], days: number, ca: { Cert: string }) =>
        pair(`${subject} (${names.join(' ')}), ${days} days, signed by ${ca.Cert}`),
      argTypes: ['string', 'value', 'list', 'int', 'value'],
    },
    helmFilesGet: { fn: helm.file, argTypes: ['string'] },
    helmFilesGlob: { fn: helm.glob, argTypes: ['string'] },
    helmServes: { fn: helm.serves, argTypes: ['string'] },
  };
}

/** From a method call in a template to the function that stands for it. */
export const METHODS: readonly (readonly [RegExp, string])[] = [
  [/\$?\.Files\.Get\b/g, 'helmFilesGet'],
  [/\$?\.Files\.Glob\b/g, 'helmFilesGlob'],
  [/\$?\.Capabilities\.APIVersions\.Has\b/g, 'helmServes'],
];

/** As Go writes it: keys sorted, lists not indented, text quoted that YAML 1.1 would read as something else. */
function toYaml(value: unknown): string {
  const options = { sortMapEntries: true, indentSeq: false, lineWidth: 0, version: '1.1' } as const;
  return stringify(value, options).trimEnd();
}

/** Sprig's semverCompare for ranges such as >=1.28.0-0, which vendors' versions (1.28.3-gke.1) are in too. */
function isAtLeast(range: string, version: string): boolean {
  const parts = (pattern: RegExp, text: string): number[] => {
    const found = pattern.exec(text);
    if (found === null) throw new Error(`semverCompare: "${text}" is not understood here`);
    return found.slice(1).map(Number);
  };
  const least = parts(/^>=(\d+)\.(\d+)\.(\d+)-0$/, range);
  const actual = parts(/^v?(\d+)\.(\d+)\.(\d+)/, version);
  const differing = least.findIndex((part, i) => part !== actual[i]);
  return differing === -1 || (actual[differing] ?? 0) > (least[differing] ?? 0);
}

/** Go's kind of a value as Helm has it: a number from YAML is a float64, and what is not there is invalid. */
function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'invalid';
  if (Array.isArray(value)) return 'slice';
  return { string: 'string', number: 'float64', boolean: 'bool' }[typeof value as string] ?? 'map';
}

function pair(what: string): { readonly Cert: string; readonly Key: string } {
  return { Cert: `certificate: ${what}`, Key: `key: ${what}` };
}
