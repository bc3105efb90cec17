import type { EndpointManifest } from '../../../model/manifest.js';
import { SERVICE_NAME_LABEL } from '../../../model/slice.js';
import { ZONE_LABEL } from '../../../model/node.js';
import { jsonEqual, listAt, textAt, valueAt } from '../../../sandbox/schema/kubeObject.js';
import type { KubeObject } from '../../../sandbox/schema/kubeObject.js';
import type { WriteRecord } from '../../../sandbox/storage/writes.js';
import { describeHints } from '../report.js';

/** One write in words. */
export interface Description {
  /** `slice shop/web-abcde` */
  readonly subject: string;
  readonly text: string;
  /** `namespace/name` of the Service whose traffic it may change. */
  readonly serviceKey?: string;
}

/** More endpoints than this are counted instead of named. */
const MOST_NAMED = 4;
const LONGEST_TEXT = 300;

/** What a write changed; undefined for writes that are not printed: Leases, ConfigMaps, new namespaces, writes without a visible change. */
export function describeWrite(record: WriteRecord): Description | undefined {
  const { resource, namespace, name } = record;
  const place = namespace === '' ? name : `${namespace}/${name}`;
  switch (resource) {
    case 'endpointslices': {
      const service = textAt((record.after ?? record.before)?.metadata, 'labels', SERVICE_NAME_LABEL);
      const text = lifecycle(record, countedEndpoints) ?? sliceChanges(record.before, record.after);
      return described(`slice ${place}`, text, `${namespace}/${service}`);
    }
    case 'pods':
      return described(`pod ${place}`, lifecycle(record, onNode) ?? podChanges(record.before, record.after));
    case 'nodes':
      return described(`node ${place}`, lifecycle(record, inZone) ?? nodeChanges(record.before, record.after));
    case 'services':
      return described(
        `service ${place}`,
        lifecycle(record, modeOf) ?? annotationChanges(record.before, record.after),
        place,
      );
    case 'mutatingadmissionpolicies':
    case 'mutatingadmissionpolicybindings':
      return described(`${resource === 'mutatingadmissionpolicies' ? 'policy' : 'binding'} ${place}`, verbOf(record));
    case 'events':
      return record.after === undefined ? undefined : event(record.after);
    case 'leases':
    case 'configmaps':
      return undefined;
    case 'namespaces':
      return described(
        `namespace ${place}`,
        record.before === undefined ? '' : labelChanges(record.before, record.after),
      );
    case 'customresourcedefinitions':
    default:
      return described(`${customKind(record)} ${place}`, lifecycle(record, enforcementOf) ?? specChange(record));
  }
}

function described(subject: string, text: string, serviceKey?: string): Description | undefined {
  if (text === '') return undefined;
  return { subject, text: bounded(text), ...(serviceKey === undefined ? {} : { serviceKey }) };
}

function bounded(text: string): string {
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text;
}

function verbOf({ before, after }: WriteRecord): string {
  return before === undefined ? 'created' : after === undefined ? 'deleted' : 'changed';
}

/** A creation or deletion with a detail; undefined for a change. */
function lifecycle(record: WriteRecord, detail: (object: KubeObject) => string): string | undefined {
  const { before, after } = record;
  if (before !== undefined && after !== undefined) return undefined;
  const object = after ?? before;
  const more = object === undefined ? '' : detail(object);
  return `${verbOf(record)}${more === '' ? '' : `, ${more}`}`;
}

/** A custom resource or the definition of one; a change of status alone is not printed. */
function customKind({ before, after }: WriteRecord): string {
  const kind = textAt(after ?? before, 'kind');
  return kind === 'CustomResourceDefinition' ? 'definition' : kind;
}

function specChange({ before, after }: WriteRecord): string {
  if (jsonEqual(before?.['spec'], after?.['spec'])) return '';
  const [was, is] = [before, after].map((object) => (object === undefined ? '' : enforcementOf(object)));
  return was === is ? 'changed' : `${was} → ${is}`;
}

function enforcementOf(object: KubeObject): string {
  return textAt(object, 'spec', 'enforcement');
}

function labelChanges(before: KubeObject, after: KubeObject | undefined): string {
  if (after === undefined) return 'deleted';
  return jsonEqual(before.metadata.labels, after.metadata.labels) ? '' : 'labels changed';
}

function countedEndpoints(slice: KubeObject): string {
  const { length } = listAt(slice, 'endpoints');
  return `${length} ${length === 1 ? 'endpoint' : 'endpoints'}`;
}

function onNode(pod: KubeObject): string {
  const node = textAt(pod, 'spec', 'nodeName');
  return node === '' ? '' : `on ${node}`;
}

function inZone(node: KubeObject): string {
  const zone = node.metadata.labels?.[ZONE_LABEL] ?? '';
  return zone === '' ? 'without a zone' : `in zone ${zone}`;
}

function modeOf(service: KubeObject): string {
  return Object.entries(service.metadata.annotations ?? {})
    .filter(([key]) => isTopologyAnnotation(key))
    .map(([key, value]) => `${key}=${value}`)
    .join(' ');
}

function sliceChanges(before: KubeObject | undefined, after: KubeObject | undefined): string {
  const old = byAddress(before);
  const now = byAddress(after);
  const added = [...now.keys()].filter((address) => !old.has(address));
  const removed = [...old.keys()].filter((address) => !now.has(address));
  const kept = [...now].flatMap(([address, next]) => {
    const previous = old.get(address);
    return previous === undefined ? [] : [{ address, previous, next }];
  });
  const ready = kept.filter(({ previous, next }) => isReady(previous) !== isReady(next));
  const hinted = [...now].filter(
    ([address, next]) =>
      describeHints(next) !== describeHints(old.get(address) ?? {}) && !(!old.has(address) && !next.hints),
  );
  return [
    named(added.map((address) => `+${address}`)),
    named(removed.map((address) => `-${address}`)),
    named(ready.map(({ address, next }) => `${address} ${isReady(next) ? 'ready' : 'not ready'}`)),
    hinted.length === 0
      ? ''
      : `hints ${named(hinted.map(([address, next]) => `${address}→${describeHints(next) || 'none'}`))}`,
  ]
    .filter((part) => part !== '')
    .join('; ');
}

function named(parts: readonly string[]): string {
  const more = parts.length - MOST_NAMED;
  return [...parts.slice(0, MOST_NAMED), ...(more > 0 ? [`and ${more} more`] : [])].join(' ');
}

function byAddress(slice: KubeObject | undefined): Map<string, EndpointManifest> {
  const endpoints = listAt(slice, 'endpoints') as readonly EndpointManifest[];
  return new Map(endpoints.map((endpoint) => [endpoint.addresses?.[0] ?? '', endpoint]));
}

function isReady({ conditions }: EndpointManifest): boolean {
  return conditions?.ready !== false;
}

function podChanges(before: KubeObject | undefined, after: KubeObject | undefined): string {
  if (before?.metadata.deletionTimestamp === undefined && after?.metadata.deletionTimestamp !== undefined) {
    return 'terminates';
  }
  const [was, is] = [readyCondition(before), readyCondition(after)];
  // A new Pod becomes not ready before it becomes ready.
  return was === is || (was === '' && is === 'False') ? '' : is === 'True' ? 'ready' : 'not ready';
}

function readyCondition(object: KubeObject | undefined): string {
  const ready = listAt(object, 'status', 'conditions').find((one) => textAt(one, 'type') === 'Ready');
  return textAt(ready, 'status');
}

function nodeChanges(before: KubeObject | undefined, after: KubeObject | undefined): string {
  const zones = [before, after].map((node) => node?.metadata.labels?.[ZONE_LABEL] ?? '');
  const cpu = [before, after].map((node) => quantityText(valueAt(node, 'status', 'allocatable', 'cpu')));
  const cordoned = [before, after].map((node) => valueAt(node, 'spec', 'unschedulable') === true);
  const readiness = [before, after].map(readyCondition);
  return [
    readiness[0] === readiness[1] ? '' : readiness[1] === 'True' ? 'ready' : 'not ready',
    zones[0] === zones[1] ? '' : `zone ${zones[0] === '' ? 'none' : zones[0]} → ${zones[1] === '' ? 'none' : zones[1]}`,
    cpu[0] === cpu[1] ? '' : `allocatable CPU ${cpu[0] === '' ? 'none' : cpu[0]} → ${cpu[1] === '' ? 'none' : cpu[1]}`,
    cordoned[0] === cordoned[1] ? '' : cordoned[1] ? 'cordoned' : 'uncordoned',
  ]
    .filter((part) => part !== '')
    .join('; ');
}

/** A quantity is text or, in YAML without quotes, a number. */
function quantityText(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function isTopologyAnnotation(key: string): boolean {
  return /^(slicehints\.io|service\.kubernetes\.io|openyurt\.io)\//.test(key);
}

function annotationChanges(before: KubeObject | undefined, after: KubeObject | undefined): string {
  const old = new Map(Object.entries(before?.metadata.annotations ?? {}));
  const now = new Map(Object.entries(after?.metadata.annotations ?? {}));
  const keys = [...new Set([...old.keys(), ...now.keys()])].filter(isTopologyAnnotation).sort();
  const changes = keys
    .filter((key) => old.get(key) !== now.get(key))
    .map((key) => `${key} ${old.get(key) ?? 'none'} → ${now.get(key) ?? 'none'}`);
  if (!jsonEqual(before?.['spec'], after?.['spec'])) changes.push('spec changed');
  return changes.join('; ');
}

function event(object: KubeObject): Description {
  const namespace = textAt(object, 'involvedObject', 'namespace');
  const name = textAt(object, 'involvedObject', 'name');
  const text = `${textAt(object, 'type')} ${textAt(object, 'reason')}: ${textAt(object, 'message')}`;
  return { subject: `event ${namespace}/${name}`, text: bounded(text) };
}
