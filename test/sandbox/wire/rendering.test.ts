import { beforeEach, describe, expect, test } from 'vitest';
import type { Negotiated } from '../../../src/sandbox/wire/accept.js';
import { Renderer } from '../../../src/sandbox/wire/rendering.js';
import type { IncludeObject } from '../../../src/sandbox/wire/rendering.js';
import type { KubeObject } from '../../../src/sandbox/schema/kubeObject.js';
import { builtInDefinitions, storedDefinition } from '../../../src/sandbox/schema/resources.js';
import type { ResourceDefinition } from '../../../src/sandbox/schema/resources.js';
import { Storage } from '../../../src/sandbox/storage/storage.js';
import { FakeClock } from '../../support/fakeClock.js';

const maps = storedDefinition('configmaps');
const events = builtInDefinitions.find((one) => one.group === 'events.k8s.io') as ResourceDefinition;
const meta = { resourceVersion: '9' };

let storage: Storage;
beforeEach(() => {
  storage = new Storage(10, 0);
});

function rendererOf(form: Negotiated['form'], include: IncludeObject = 'Metadata', definition = maps): Renderer {
  return new Renderer(storage, new FakeClock(), definition, { form, metaVersion: 'v1' }, include);
}

function mapOf(name: string, data: object = { a: '1' }): KubeObject {
  return { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name, resourceVersion: '7', creationTimestamp: '2025-12-31T23:59:00Z' }, data }; // prettier-ignore
}

const parsed = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;
const partialOf = (object: KubeObject): object => ({
  kind: 'PartialObjectMetadata',
  apiVersion: 'meta.k8s.io/v1',
  metadata: object.metadata,
});

describe('one object', () => {
  test.each<[string, Negotiated['form'], object]>([
    ['as it is', 'plain', mapOf('c')],
    ['with its metadata alone', 'partial', partialOf(mapOf('c'))],
  ])('%s', (_, form, expected) => {
    expect(parsed(rendererOf(form).object(mapOf('c')))).toEqual(expected);
  });

  test.each<[IncludeObject, unknown]>([
    ['None', null],
    ['Metadata', partialOf(mapOf('c'))],
    ['Object', mapOf('c')],
  ])('as a table, with %s of it in the row', (include, object) => {
    expect(parsed(rendererOf('table', include).object(mapOf('c')))).toMatchObject({
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { resourceVersion: '7' },
      columnDefinitions: [{ name: 'Name' }, { name: 'Data' }, { name: 'Age' }],
      rows: [{ cells: ['c', 1, '60s'], object }],
    });
  });

  test('of events.k8s.io has the names of that group, also in a table', () => {
    const event = { kind: 'Event', apiVersion: 'v1', metadata: { name: 'e' }, message: 'm' };
    expect(parsed(rendererOf('plain', 'Object', events).object(event))).toMatchObject({ note: 'm' });
    expect(parsed(rendererOf('table', 'Object', events).object(event))).toMatchObject({ rows: [{ object: { note: 'm' } }] }); // prettier-ignore
  });

  test('is written once for each version', () => {
    const object = mapOf('c');
    const text = rendererOf('plain').object(object);
    expect(text).toBe(storage.json(object));
  });
});

describe('a watch', () => {
  test('names the columns of a table only once', () => {
    const renderer = rendererOf('table');
    expect(parsed(renderer.watched(mapOf('c')))['columnDefinitions']).toHaveLength(3);
    expect(parsed(renderer.watched(mapOf('d')))['columnDefinitions']).toBeNull();
  });

  test('shows plain objects as they are', () => {
    expect(parsed(rendererOf('plain').watched(mapOf('c')))).toEqual(mapOf('c'));
  });

  const bookmark: KubeObject = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { resourceVersion: '8' } };
  test.each<[Negotiated['form'], object]>([
    ['plain', bookmark],
    ['partial', partialOf(bookmark)],
    ['table', { kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata: { resourceVersion: '8' }, columnDefinitions: null, rows: [{ cells: ['', '', ''], object: partialOf(bookmark) }] }],
  ])('has bookmarks as %s', (form, expected) => {
    expect(parsed(rendererOf(form).bookmark(bookmark))).toEqual(expected);
  }); // prettier-ignore
});

describe('a list', () => {
  const objects = [mapOf('c'), mapOf('d')];
  const items = objects.map(({ metadata, data }) => ({ metadata, data }));
  test.each<[string, readonly KubeObject[], object]>([
    ['names the type once', objects, { kind: 'ConfigMapList', apiVersion: 'v1', metadata: meta, items }],
    ['may be empty', [], { kind: 'ConfigMapList', apiVersion: 'v1', metadata: meta, items: [] }],
  ])('%s', (_, list, expected) => {
    expect(parsed(rendererOf('plain').list(list, meta).join(''))).toEqual(expected);
  });

  test('of metadata alone', () => {
    expect(parsed(rendererOf('partial').list(objects, meta).join(''))).toEqual({
      kind: 'PartialObjectMetadataList',
      apiVersion: 'meta.k8s.io/v1',
      metadata: meta,
      items: objects.map(partialOf),
    });
  });

  test('as a table has a row for each, and its place in the whole', () => {
    const table = parsed(rendererOf('table').list(objects, { ...meta, continue: 'token', remainingItemCount: 3 }).join('')); // prettier-ignore
    expect(table['metadata']).toEqual({ resourceVersion: '9', continue: 'token', remainingItemCount: 3 });
    expect(table['rows']).toHaveLength(2);
  });

  test('that is long comes in pieces, which make one text', () => {
    const long = Array.from({ length: 5 }, (_, index) => mapOf(`c${index}`, { a: 'x'.repeat(200_000) }));
    const pieces = rendererOf('plain').list(long, meta);
    expect(pieces.length).toBe(3);
    expect(parsed(pieces.join(''))['items']).toEqual(long.map(({ metadata, data }) => ({ metadata, data })));
  });
});
