import type { Clock } from '../../kube/clock.js';
import type { Negotiated } from './accept.js';
import { viewOf } from '../schema/eventConversion.js';
import type { KubeObject } from '../schema/kubeObject.js';
import { groupVersionOf } from '../schema/resources.js';
import type { ResourceDefinition } from '../schema/resources.js';
import type { Storage } from '../storage/storage.js';
import { columnsOf } from './tableColumns.js';

/** What a client gets to see of each object in a table: nothing, its metadata, or all of it. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

export interface ListMeta {
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

const pieceCharacters = 256 * 1024;

/** Renders stored objects as JSON in the form that was requested. */
export class Renderer {
  readonly #storage: Storage;
  readonly #clock: Clock;
  readonly #definition: ResourceDefinition;
  readonly #negotiated: Negotiated;
  readonly #includeObject: IncludeObject;
  #columnsShown = false;

  constructor(
    storage: Storage,
    clock: Clock,
    definition: ResourceDefinition,
    negotiated: Negotiated,
    includeObject: IncludeObject,
  ) {
    this.#storage = storage;
    this.#clock = clock;
    this.#definition = definition;
    this.#negotiated = negotiated;
    this.#includeObject = includeObject;
  }

  /** One object. */
  object(object: KubeObject): string {
    switch (this.#negotiated.form) {
      case 'plain':
        return this.#plain(object);
      case 'partial':
        return JSON.stringify(this.#partial(object));
      case 'table':
        return this.#table([object], { resourceVersion: object.metadata.resourceVersion ?? '' }, true);
    }
  }

  /** One object of a watch: tables name their columns only in the first event. */
  watched(object: KubeObject): string {
    if (this.#negotiated.form !== 'table') return this.object(object);
    const first = !this.#columnsShown;
    this.#columnsShown = true;
    return this.#table([object], { resourceVersion: object.metadata.resourceVersion ?? '' }, first);
  }

  /** A bookmark; in a table it has no row but itself. */
  bookmark(object: KubeObject): string {
    if (this.#negotiated.form === 'plain') return JSON.stringify(object);
    const partial = this.#partial(object);
    if (this.#negotiated.form === 'partial') return JSON.stringify(partial);
    return JSON.stringify({
      ...this.#tableHead(),
      metadata: { resourceVersion: object.metadata.resourceVersion },
      columnDefinitions: null,
      rows: [{ cells: columnsOf(this.#definition).map(() => ''), object: partial }],
    });
  }

  /** A list in pieces that are to be sent one after the other; long lists must not become one long text. */
  list(objects: readonly KubeObject[], meta: ListMeta): string[] {
    switch (this.#negotiated.form) {
      case 'plain':
        return this.#plainList(objects, meta);
      case 'partial':
        return [
          JSON.stringify({
            kind: 'PartialObjectMetadataList',
            apiVersion: `meta.k8s.io/${this.#negotiated.metaVersion}`,
            metadata: meta,
            items: objects.map((object) => this.#partial(object)),
          }),
        ];
      case 'table':
        return [this.#table(objects, meta, true)];
    }
  }

  #plainList(objects: readonly KubeObject[], meta: ListMeta): string[] {
    const head = `{"kind":"${this.#definition.kind}List","apiVersion":"${groupVersionOf(this.#definition)}"`;
    // Items of a list do not repeat kind and apiVersion, which are the first two fields of each object.
    const prefix = this.#prefix().length;
    const pieces: string[] = [];
    let piece = `${head},"metadata":${JSON.stringify(meta)},"items":[`;
    let separator = '';
    for (const object of objects) {
      piece += `${separator}{${this.#plain(object).slice(prefix)}`;
      separator = ',';
      if (piece.length < pieceCharacters) continue;
      pieces.push(piece);
      piece = '';
    }
    return [...pieces, `${piece}]}`];
  }

  #prefix(): string {
    return `{"kind":"${this.#definition.kind}","apiVersion":"${groupVersionOf(this.#definition)}",`;
  }

  #plain(object: KubeObject): string {
    const shown = viewOf(this.#definition, object);
    return shown === object ? this.#storage.json(object) : JSON.stringify(shown);
  }

  #partial(object: KubeObject): object {
    return {
      kind: 'PartialObjectMetadata',
      apiVersion: `meta.k8s.io/${this.#negotiated.metaVersion}`,
      metadata: object.metadata,
    };
  }

  #tableHead(): { kind: string; apiVersion: string } {
    return { kind: 'Table', apiVersion: `meta.k8s.io/${this.#negotiated.metaVersion}` };
  }

  #table(objects: readonly KubeObject[], meta: ListMeta, withColumns: boolean): string {
    const columns = columnsOf(this.#definition);
    return JSON.stringify({
      ...this.#tableHead(),
      metadata: meta,
      columnDefinitions: withColumns
        ? columns.map(({ name, type, format, description, priority }) => ({
            name,
            type,
            format,
            description,
            priority,
          }))
        : null,
      rows: objects.map((object) => ({
        cells: columns.map(({ cell }) => cell(object, this.#clock)),
        ...this.#rowObject(object),
      })),
    });
  }

  #rowObject(object: KubeObject): object {
    switch (this.#includeObject) {
      case 'None':
        return { object: null };
      case 'Metadata':
        return { object: this.#partial(object) };
      case 'Object':
        return { object: viewOf(this.#definition, object) };
    }
  }
}
