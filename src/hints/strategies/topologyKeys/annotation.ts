import { quoted } from '../../../model/text/quoted.js';
import type { ServiceRecord } from '../../../model/service.js';
import { OPENYURT_KEYS_ANNOTATION, STRICT_ANNOTATION, TOPOLOGY_KEYS_ANNOTATION } from '../../annotations.js';

/** One level of preference. */
export type TopologyKey =
  /** `*`: any endpoint. */
  | { readonly kind: 'any' }
  /** Endpoints whose node has the same value of this label as mine, or, `outside`, another value. */
  | { readonly kind: 'label'; readonly label: string; readonly outside: boolean }
  /** OpenYurt's `kubernetes.io/hostname`: endpoints on the very same node, by node name. */
  | { readonly kind: 'node' }
  /** OpenYurt's node pool; a node in no pool is alone. */
  | { readonly kind: 'pool' };

export interface TopologyKeys {
  /** In order of preference; empty means no constraint. */
  readonly keys: readonly TopologyKey[];
  /** No hints at all unless they are exact. */
  readonly strict: boolean;
}

/** MaxServiceTopologyKeys of Kubernetes 1.17. */
const MAX_KEYS = 16;
const LABEL_NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const LABEL_PREFIX = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const OPENYURT_KINDS: ReadonlyMap<string, 'node' | 'pool'> = new Map<string, 'node' | 'pool'>([
  ['kubernetes.io/hostname', 'node'],
  ['openyurt.io/nodepool', 'pool'],
  ['kubernetes.io/zone', 'pool'],
]);

/**
 * Reads the ordered topology keys that a Service asks for: `slicehints.io/topology-keys`, else `openyurt.io/topologyKeys`.
 * The rules are those of `spec.topologyKeys` in Kubernetes 1.17 (validateService: at most 16 keys, none twice, `*` only
 * last, the others label keys, not together with `externalTrafficPolicy: Local`).
 * @returns undefined when the Service has neither annotation; one sentence when a value is not understood
 */
export function parseTopologyKeys(service: ServiceRecord): TopologyKeys | { readonly error: string } | undefined {
  const { annotations } = service;
  const own = annotations[TOPOLOGY_KEYS_ANNOTATION];
  const value = own ?? annotations[OPENYURT_KEYS_ANNOTATION];
  if (value === undefined) return undefined;
  const annotation = own === undefined ? OPENYURT_KEYS_ANNOTATION : TOPOLOGY_KEYS_ANNOTATION;
  const keys = own === undefined ? parseList(value, openYurtKey) : parseList(value, labelKey);
  if (typeof keys === 'string') return { error: `Annotation ${annotation} ${keys}` };
  if (own !== undefined && service.externalTrafficPolicy === 'Local') {
    return { error: `Annotation ${annotation} may not be used together with externalTrafficPolicy: Local` };
  }
  const strict = annotations[STRICT_ANNOTATION] ?? 'false';
  if (strict !== 'true' && strict !== 'false') {
    return { error: `Annotation ${STRICT_ANNOTATION} must be "true" or "false", but is ${quoted(strict)}` };
  }
  return { keys, strict: strict === 'true' };
}

/** @returns what follows "Annotation …" in a sentence, when the list is not valid */
function parseList(value: string, parse: (text: string) => TopologyKey | string): TopologyKey[] | string {
  if (value.trim() === '') return [];
  const texts = value.split(',').map((text) => text.trim());
  if (texts.length > MAX_KEYS) return `has ${texts.length} keys, but at most ${MAX_KEYS} are allowed`;
  const keys: TopologyKey[] = [];
  const seen = new Map<string, string>();
  for (const [index, text] of texts.entries()) {
    const key = text === '*' ? ({ kind: 'any' } as const) : parse(text);
    if (typeof key === 'string') return `has the key ${quoted(text)} at position ${index + 1}: ${key}`;
    if (key.kind === 'any' && index < texts.length - 1) {
      return `has "*" at position ${index + 1}, but "*" must be the last key`;
    }
    const identity = key.kind === 'label' ? text : key.kind;
    const earlier = seen.get(identity);
    if (earlier === text) return `has the key ${quoted(text)} twice`;
    if (earlier !== undefined) return `has the keys ${quoted(earlier)} and ${quoted(text)}, which mean the same`;
    seen.set(identity, text);
    keys.push(key);
  }
  return keys;
}

function labelKey(text: string): TopologyKey | string {
  const outside = text.startsWith('!');
  const label = outside ? text.slice(1) : text;
  const problem = labelProblem(label);
  return problem ?? { kind: 'label', label, outside };
}

function openYurtKey(text: string): TopologyKey | string {
  const kind = OPENYURT_KINDS.get(text);
  if (kind !== undefined) return { kind };
  return `OpenYurt knows ${[...OPENYURT_KINDS.keys()].join(', ')}; for other labels use ${TOPOLOGY_KEYS_ANNOTATION}`;
}

/** IsQualifiedName of k8s.io/apimachinery: an optional DNS subdomain and a slash, then a name of up to 63 characters. */
function labelProblem(label: string): string | undefined {
  const parts = label.split('/');
  const name = parts.at(-1) ?? '';
  const prefix = parts.length > 1 ? parts[0] : undefined;
  if (label === '') return 'it is empty';
  if (parts.length > 2) return 'a label key has at most one slash';
  if (prefix !== undefined && (prefix.length > 253 || !LABEL_PREFIX.test(prefix))) {
    return 'the part before the slash must be a lower-case DNS name of at most 253 characters';
  }
  if (name.length > 63 || !LABEL_NAME.test(name)) {
    return 'the name of a label key must be 1 to 63 letters, digits, "-", "_" or ".", with a letter or digit at both ends';
  }
  return undefined;
}

/** A key as its annotation spells it. */
export function keyText(key: TopologyKey): string {
  switch (key.kind) {
    case 'any':
      return '*';
    case 'label':
      return key.outside ? `!${key.label}` : key.label;
    case 'node':
      return 'kubernetes.io/hostname';
    case 'pool':
      return 'openyurt.io/nodepool';
  }
}
