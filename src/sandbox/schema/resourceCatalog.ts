import { builtInDefinitions, groupVersionOf } from './resources.js';
import type { ResourceDefinition, ResourceName } from './resources.js';

/** The resources of a server: those that are always there, and custom ones, which come and go with their definitions. */
export class ResourceCatalog {
  readonly #custom = new Map<ResourceName, ResourceDefinition>();
  #all: readonly ResourceDefinition[] = builtInDefinitions;

  /** Every resource, in the order of discovery. */
  get all(): readonly ResourceDefinition[] {
    return this.#all;
  }

  /** What a path names; undefined when there is no such resource. */
  find(group: string, version: string, plural: string): ResourceDefinition | undefined {
    return this.#all.find((one) => one.plural === plural && one.group === group && one.version === version);
  }

  /** The resource of objects of a kind; undefined when there is none. */
  ofKind(apiVersion: string, kind: string): ResourceDefinition | undefined {
    return this.#all.find((one) => one.kind === kind && groupVersionOf(one) === apiVersion);
  }

  /** The definition under which a resource is stored: the first one, so core/v1 for events. */
  stored(resource: ResourceName): ResourceDefinition {
    const definition = this.#all.find((one) => one.resource === resource);
    if (definition === undefined) throw new Error(`Expected a resource of the sandbox, got ${resource}.`);
    return definition;
  }

  /** Takes in a custom resource, or its new definition. */
  set(definition: ResourceDefinition): void {
    this.#custom.set(definition.resource, definition);
    this.#all = [...builtInDefinitions, ...this.#custom.values()];
  }

  delete(resource: ResourceName): void {
    this.#custom.delete(resource);
    this.#all = [...builtInDefinitions, ...this.#custom.values()];
  }
}
