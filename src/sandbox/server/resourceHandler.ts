import type { IncomingMessage, ServerResponse } from 'node:http';
import { applyForeignWrite } from '../faults/foreignWriter.js';
import { negotiate } from '../wire/accept.js';
import type { Clock } from '../../kube/clock.js';
import { answer, answerPieces, mediaTypeOf, parseObject, parseValue, readBody, readObject } from '../wire/exchange.js';
import type { AnswerOptions } from '../wire/exchange.js';
import type { FaultBoard, FaultSubject } from '../faults/faults.js';
import { isJsonObject, listAt, textAt, valueAt } from '../schema/kubeObject.js';
import type { JsonObject, KubeObject } from '../schema/kubeObject.js';
import { listObjects, parseVersion, selectionOf } from './listing.js';
import { Renderer } from '../wire/rendering.js';
import type { IncludeObject } from '../wire/rendering.js';
import { isTrue } from './requestInfo.js';
import type { ResourceRequest } from './requestInfo.js';
import type { ResourceDefinition } from '../schema/resources.js';
import { subjectOf } from '../schema/resources.js';
import {
  badRequest,
  invalid,
  notFound,
  notSupported,
  tooLargeResourceVersion,
  unsupportedMediaType,
  unsupportedPatch,
} from '../schema/status.js';

import type { ObjectStore } from '../storage/store.js';
import type { PatchType, WriteOptions } from '../storage/writes.js';
import { terminatePod } from '../workload/termination.js';
import { WatchStream } from './watchStream.js';

/** A request for a resource, past authentication and faults. */
export interface Exchange {
  readonly request: ResourceRequest;
  readonly query: URLSearchParams;
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly user: string;
  readonly subject: FaultSubject;
  readonly answerOptions: AnswerOptions;
}

export interface HandlerOptions {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly random: () => number;
  readonly faults: FaultBoard;
  readonly bookmarkIntervalMs: number;
}

const patchTypes: ReadonlyMap<string, PatchType> = new Map([
  ['application/json-patch+json', 'json'],
  ['application/merge-patch+json', 'merge'],
  ['application/strategic-merge-patch+json', 'strategic'],
  ['application/apply-patch+yaml', 'apply'],
]);

const evicted = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };

/** The verbs of resources over HTTP. */
export class ResourceHandler {
  readonly #options: HandlerOptions;
  readonly #watches = new Set<WatchStream>();

  constructor(options: HandlerOptions) {
    this.#options = options;
  }

  /** Ends the open watches that match, by default all. */
  endWatches(which: (subject: FaultSubject) => boolean = () => true): void {
    for (const watch of [...this.#watches]) if (which(watch.subject)) watch.end();
  }

  /** How many watches are open. */
  get openWatches(): number {
    return this.#watches.size;
  }

  /** @throws {StatusError} for every answer other than success */
  async handle(exchange: Exchange): Promise<void> {
    switch (exchange.request.verb) {
      case 'get':
        return this.#get(exchange);
      case 'list':
        return this.#list(exchange);
      case 'watch':
        return this.#watch(exchange);
      case 'create':
        return this.#create(exchange);
      case 'update':
        return this.#update(exchange);
      case 'patch':
        return this.#patch(exchange);
      case 'delete':
        return this.#delete(exchange);
      case 'deletecollection':
        return this.#deleteCollection(exchange);
    }
  }

  #renderer(exchange: Exchange): Renderer {
    const { store, clock } = this.#options;
    const include = exchange.query.get('includeObject');
    const includeObject: IncludeObject = include === 'None' || include === 'Object' ? include : 'Metadata';
    const negotiated = negotiate(exchange.incoming.headers.accept);
    return new Renderer(store.storage, clock, exchange.request.definition, negotiated, includeObject);
  }

  #get(exchange: Exchange): void {
    const { store } = this.#options;
    const { definition, namespace, name } = exchange.request;
    const renderer = this.#renderer(exchange);
    const asked = parseVersion(exchange.query.get('resourceVersion') ?? '');
    if (asked > store.resourceVersion) throw tooLargeResourceVersion(asked, store.resourceVersion);
    const object = store.get(definition.resource, namespace, name);
    if (object === undefined) throw notFound(subjectOf(definition), name);
    answer(exchange.response, 200, renderer.object(object), undefined, exchange.answerOptions);
  }

  #list(exchange: Exchange): void {
    const { store, faults } = this.#options;
    const renderer = this.#renderer(exchange);
    const paging = exchange.query.get('continue') !== null;
    const gone = paging && faults.take('gone', exchange.subject) !== undefined;
    const { objects, meta } = listObjects(store.storage, exchange.request, exchange.query, gone);
    answerPieces(exchange.response, renderer.list(objects, meta), exchange.answerOptions);
  }

  #watch(exchange: Exchange): void {
    const { store, clock, faults, random, bookmarkIntervalMs } = this.#options;
    const watch = new WatchStream(
      {
        storage: store.storage,
        clock,
        faults,
        renderer: this.#renderer(exchange),
        request: exchange.request,
        query: exchange.query,
        subject: exchange.subject,
        bookmarkIntervalMs,
        // The real server ends a watch after 30 to 60 minutes.
        defaultTimeoutMs: (1800 + random() * 1800) * 1000,
      },
      exchange.response,
    );
    this.#watches.add(watch);
    try {
      watch.open(() => this.#watches.delete(watch));
    } catch (error) {
      this.#watches.delete(watch);
      throw error;
    }
  }

  async #create(exchange: Exchange): Promise<void> {
    const { definition, namespace, subresource } = exchange.request;
    if (subresource === 'eviction') return this.#evict(exchange);
    const body = await readObject(exchange.incoming);
    const renderer = this.#renderer(exchange);
    const warnings: string[] = [];
    const options = this.#writeOptions(exchange, warnings);
    const object = this.#options.store.writer.create(definition, namespace, body, options);
    this.#answerWrite(exchange, 201, renderer.object(object), warnings);
  }

  async #update(exchange: Exchange): Promise<void> {
    const { definition, namespace, name } = exchange.request;
    const body = await readObject(exchange.incoming);
    const renderer = this.#renderer(exchange);
    const warnings: string[] = [];
    const options = this.#writeOptions(exchange, warnings);
    const { object, created } = this.#options.store.writer.update(definition, namespace, name, body, options);
    this.#answerWrite(exchange, created ? 201 : 200, renderer.object(object), warnings);
    this.#foreignWrite(exchange, object);
  }

  async #patch(exchange: Exchange): Promise<void> {
    const { definition, namespace, name } = exchange.request;
    const text = await readBody(exchange.incoming);
    const type = patchTypes.get(mediaTypeOf(exchange.incoming));
    if (type === undefined) throw unsupportedMediaType();
    if (type === 'strategic' && definition.custom !== undefined) throw unsupportedPatch();
    const renderer = this.#renderer(exchange);
    const patch = parseValue(text, type === 'apply');
    const warnings: string[] = [];
    const options = { ...this.#writeOptions(exchange, warnings), force: isTrue(exchange.query.get('force')) };
    const { object, created } = this.#options.store.writer.patch(definition, namespace, name, type, patch, options);
    this.#answerWrite(exchange, created ? 201 : 200, renderer.object(object), warnings);
    this.#foreignWrite(exchange, object);
  }

  async #delete(exchange: Exchange): Promise<void> {
    const { definition, namespace, name } = exchange.request;
    const preconditions = preconditionsOf(await readBody(exchange.incoming), mediaTypeOf(exchange.incoming));
    const renderer = this.#renderer(exchange);
    const options = { ...this.#writeOptions(exchange, []), preconditions };
    const object = this.#options.store.writer.delete(definition, namespace, name, options);
    const keepsGoing = object.metadata.deletionTimestamp !== undefined;
    const body =
      definition.returnsDeleted || keepsGoing ? renderer.object(object) : JSON.stringify(deleted(definition, object));
    answer(exchange.response, 200, body, undefined, exchange.answerOptions);
  }

  async #deleteCollection(exchange: Exchange): Promise<void> {
    const { definition, namespace } = exchange.request;
    const { store } = this.#options;
    await readBody(exchange.incoming);
    const renderer = this.#renderer(exchange);
    const { matches } = selectionOf(exchange.request, exchange.query);
    const gone = store.list(definition.resource, namespace).filter(matches);
    const options = this.#writeOptions(exchange, []);
    for (const object of gone) {
      store.writer.delete(definition, object.metadata.namespace ?? '', object.metadata.name ?? '', options);
    }
    const meta = { resourceVersion: String(store.resourceVersion) };
    answerPieces(exchange.response, renderer.list(gone, meta), exchange.answerOptions);
  }

  /** The Eviction API without disruption budgets: the Pod terminates, and its node removes it. */
  async #evict(exchange: Exchange): Promise<void> {
    const { store, clock } = this.#options;
    const { namespace, name } = exchange.request;
    const body = await readObject(exchange.incoming);
    const options = this.#writeOptions(exchange, []);
    const dryRun = options.dryRun === true || listAt(body, 'deleteOptions', 'dryRun').length > 0;
    const graceSeconds = valueAt(body, 'deleteOptions', 'gracePeriodSeconds');
    terminatePod(store, clock, namespace, name, {
      ...options,
      subresource: '',
      dryRun,
      ...(typeof graceSeconds === 'number' ? { graceSeconds } : {}),
    });
    answer(exchange.response, 201, JSON.stringify(evicted), undefined, exchange.answerOptions);
  }

  #answerWrite(exchange: Exchange, status: number, body: string, warnings: readonly string[]): void {
    const headers = warnings.length === 0 ? {} : { warning: warnings.map(warningHeader).join(', ') };
    answer(exchange.response, status, body, undefined, { ...exchange.answerOptions, headers });
  }

  #writeOptions(exchange: Exchange, warnings: string[]): WriteOptions {
    const { query, request, subject, user } = exchange;
    const dryRun = query.getAll('dryRun');
    if (dryRun.some((value) => value !== 'All')) {
      throw invalid({ group: 'meta.k8s.io', name: 'WriteOptions' }, '', [notSupported('dryRun', dryRun, ['All'])]);
    }
    const validation = query.get('fieldValidation') ?? 'Warn';
    if (validation !== 'Strict' && validation !== 'Warn' && validation !== 'Ignore') {
      throw badRequest(
        `fieldValidation: Unsupported value: "${validation}": supported values: "Ignore", "Strict", "Warn"`,
      );
    }
    return {
      user,
      userAgent: subject.userAgent,
      fieldManager: subject.fieldManager,
      subresource: request.subresource,
      dryRun: dryRun.length > 0,
      fieldValidation: validation,
      onUnknownFields: (fields) => warnings.push(...fields.map((field) => `unknown field "${field}"`)),
    };
  }

  /** The fault `foreign-write`: another writer changes the slice that was just written. */
  #foreignWrite(exchange: Exchange, slice: KubeObject): void {
    if (exchange.request.definition.resource !== 'endpointslices') return;
    const { store, clock, faults } = this.#options;
    const fault = faults.take('foreign-write', exchange.subject);
    if (fault === undefined) return;
    const write = (): void => applyForeignWrite(store, slice, fault.change === 'strip' ? 'strip' : 'annotate');
    if ((fault.ms ?? 0) === 0) write();
    else clock.after(fault.ms ?? 0, write);
  }
}

/** A warning as HTTP carries it; characters that a header cannot hold are left out. */
function warningHeader(text: string): string {
  return `299 - ${JSON.stringify(text.replace(/[^\x20-\x7e]/g, ''))}`;
}

function deleted(definition: ResourceDefinition, object: KubeObject): JsonObject {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name: object.metadata.name,
      ...(definition.group === '' ? {} : { group: definition.group }),
      kind: definition.plural,
      uid: object.metadata.uid,
    },
  };
}

function preconditionsOf(text: string, mediaType: string): { uid?: string; resourceVersion?: string } {
  if (text.trim() === '') return {};
  const body = parseObject(text, mediaType);
  const kind = textAt(body, 'kind');
  if (kind !== '' && kind !== 'DeleteOptions') {
    throw badRequest(`decoded object cannot be converted to DeleteOptions: ${kind}`);
  }
  const preconditions = valueAt(body, 'preconditions');
  if (!isJsonObject(preconditions)) return {};
  const uid = textAt(preconditions, 'uid');
  const resourceVersion = textAt(preconditions, 'resourceVersion');
  return { ...(uid === '' ? {} : { uid }), ...(resourceVersion === '' ? {} : { resourceVersion }) };
}
