import { groupVersionOf, storageVersionHash, verbsOf } from '../schema/resources.js';
import { NEWEST_VERSION, missingGroups } from './kubernetesVersion.js';
import type { KubernetesVersion } from './kubernetesVersion.js';
import type { ResourceCatalog } from '../schema/resourceCatalog.js';
import type { ResourceDefinition } from '../schema/resources.js';

/** Discovery answers over the resources that are switched on. */
export class Discovery {
  readonly #catalog: ResourceCatalog;
  readonly #hidden: readonly string[];
  readonly version: KubernetesVersion;

  /** @param hiddenGroups groups that are not served, besides those that the version does not have */
  constructor(
    catalog: ResourceCatalog,
    version: KubernetesVersion = NEWEST_VERSION,
    hiddenGroups: readonly string[] = [],
  ) {
    this.#catalog = catalog;
    this.#hidden = [...missingGroups(version), ...hiddenGroups];
    this.version = version;
  }

  /** Every resource that is served, in the order of discovery. */
  get #definitions(): readonly ResourceDefinition[] {
    return this.#catalog.all.filter((one) => this.serves(one));
  }

  /** Whether a resource is served. */
  serves(definition: ResourceDefinition): boolean {
    return !this.#hidden.includes(definition.group);
  }

  /** The groups besides the core. */
  groups(): string[] {
    return [...new Set(this.#definitions.map((one) => one.group))].filter((group) => group !== '').sort();
  }

  /** The resources of one `group/version`. */
  resources(groupVersion: string): readonly ResourceDefinition[] {
    return this.#definitions.filter((one) => groupVersionOf(one) === groupVersion);
  }

  /** `group/version` of everything served. */
  groupVersions(): string[] {
    return [...new Set(this.#definitions.map(groupVersionOf))];
  }

  /** GET /api */
  versions(address: string): object {
    return {
      kind: 'APIVersions',
      versions: ['v1'],
      serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }],
    };
  }

  /** GET /apis */
  groupList(): object {
    return { kind: 'APIGroupList', apiVersion: 'v1', groups: this.groups().map((group) => this.#group(group)) };
  }

  /** GET /apis/<group>; undefined for one that is not served. */
  group(group: string): object | undefined {
    return this.groups().includes(group) ? { kind: 'APIGroup', apiVersion: 'v1', ...this.#group(group) } : undefined;
  }

  #group(group: string): object {
    const versions = this.#versionsOf(group).map((version) => ({ groupVersion: `${group}/${version}`, version }));
    return { name: group, versions, preferredVersion: versions[0] };
  }

  #versionsOf(group: string): string[] {
    return [...new Set(this.#definitions.filter((one) => one.group === group).map((one) => one.version))];
  }

  /** GET /api/v1 and /apis/<group>/<version>; undefined for one that is not served. */
  resourceList(groupVersion: string): object | undefined {
    const own = this.resources(groupVersion);
    if (own.length === 0) return undefined;
    return {
      kind: 'APIResourceList',
      ...(groupVersion === 'v1' ? {} : { apiVersion: 'v1' }),
      groupVersion,
      resources: own.flatMap((one) => [
        {
          name: one.plural,
          singularName: one.singular,
          namespaced: one.namespaced,
          kind: one.kind,
          verbs: verbsOf(one),
          ...(one.shortNames.length === 0 ? {} : { shortNames: one.shortNames }),
          ...(one.categories.length === 0 ? {} : { categories: one.categories }),
          storageVersionHash: storageVersionHash(one),
        },
        ...one.subresources.map(({ name, kind, verbs, groupVersion: other }) => ({
          name: `${one.plural}/${name}`,
          singularName: '',
          namespaced: one.namespaced,
          ...(other ?? {}),
          kind,
          verbs,
        })),
      ]),
    };
  }

  /** GET /api (core) or /apis as APIGroupDiscoveryList. */
  aggregated(core: boolean, version: string): object {
    const groups = core ? [''] : this.groups();
    return {
      kind: 'APIGroupDiscoveryList',
      apiVersion: `apidiscovery.k8s.io/${version}`,
      metadata: {},
      items: groups.map((group) => ({
        metadata: group === '' ? {} : { name: group },
        versions: this.#versionsOf(group).map((name) => ({
          version: name,
          resources: this.#definitions
            .filter((one) => one.group === group && one.version === name)
            .map(aggregatedResource),
          freshness: 'Current',
        })),
      })),
    };
  }
}

function aggregatedResource(one: ResourceDefinition): object {
  // The real server leaves group and version of its own kinds empty here.
  const own = one.custom === undefined ? { group: '', version: '' } : { group: one.group, version: one.version };
  return {
    resource: one.plural,
    responseKind: { ...own, kind: one.kind },
    scope: one.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: one.singular,
    verbs: verbsOf(one),
    ...(one.shortNames.length === 0 ? {} : { shortNames: one.shortNames }),
    ...(one.categories.length === 0 ? {} : { categories: one.categories }),
    ...(one.subresources.length === 0
      ? {}
      : {
          subresources: one.subresources.map(({ name, kind, verbs, groupVersion }) => ({
            subresource: name,
            responseKind: { ...(groupVersion ?? own), kind },
            verbs,
          })),
        }),
  };
}
