import { valueAt } from '../schema/kubeObject.js';
import type { KubeObject } from '../schema/kubeObject.js';
import { groupVersionOf } from '../schema/resources.js';
import type { ResourceDefinition } from '../schema/resources.js';
import { badRequest } from '../schema/status.js';
import { ownValue } from '../../model/ownValue.js';

/** True for objects, in their stored form, that a selector takes in. */
export type FieldMatcher = (object: KubeObject) => boolean;

const termForm = /^\s*([^=!]+?)\s*(==|!=|=)\s*(.*?)\s*$/;

/**
 * Reads a field selector: terms `path=value`, `path==value`, `path!=value` joined by commas.
 * @throws {StatusError} 400 for a term that is none and for a field that the resource cannot be selected by
 */
export function parseFieldSelector(selector: string, definition: ResourceDefinition): FieldMatcher {
  const matchers = selector
    .split(/(?<!\\),/)
    .filter((term) => term !== '')
    .map((term): FieldMatcher => {
      const [, field, operator, raw] = termForm.exec(term) ?? [];
      if (field === undefined || raw === undefined) {
        throw badRequest(`invalid selector: ${JSON.stringify(selector)}; can't understand ${JSON.stringify(term)}`);
      }
      const path = pathOf(field, definition);
      const value = raw.replace(/\\(.)/g, '$1');
      const wanted = operator !== '!=';
      return (object) => (shownAt(object, path) === value) === wanted;
    });
  return (object) => matchers.every((matches) => matches(object));
}

function shownAt(object: KubeObject, path: readonly string[]): string {
  const value = valueAt(object, ...path);
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  // Booleans without a value read as false in the real server; the only ones here are spec.unschedulable, hostNetwork.
  return path.at(-1) === 'unschedulable' || path.at(-1) === 'hostNetwork' ? 'false' : '';
}

function pathOf(field: string, definition: ResourceDefinition): readonly string[] {
  if (field === 'metadata.name' || (field === 'metadata.namespace' && definition.namespaced)) return field.split('.');
  const path = ownValue(definition.selectableFields, field);
  if (path !== undefined) return path;
  if (definition.group === '') throw badRequest(`field label not supported: ${field}`);
  const known = ['metadata.name', 'metadata.namespace', ...Object.keys(definition.selectableFields)];
  if (Object.keys(definition.selectableFields).length > 0) {
    throw badRequest(`field label not supported: ${field} (${groupVersionOf(definition)})`);
  }
  throw badRequest(
    `${JSON.stringify(field)} is not a known field selector: only ${known.map((one) => JSON.stringify(one)).join(', ')}`,
  );
}
