import { beforeEach, describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { storedDefinition } from '../../../src/sandbox/schema/resources.js';
import { listObjects, parseVersion, selectionOf } from '../../../src/sandbox/server/listing.js';
import type { Listing } from '../../../src/sandbox/server/listing.js';
import type { ResourceRequest } from '../../../src/sandbox/server/requestInfo.js';
import { Storage } from '../../../src/sandbox/storage/storage.js';
import { answerOf } from '../storage/stores.js';

let storage: Storage;

function put(name: string, namespace = 'x', labels: Record<string, string> = {}): void {
  storage.put('pods', `${namespace}/${name}`, (resourceVersion) => ({
    metadata: { name, namespace, labels, resourceVersion },
  }));
}

function requestOf(namespace = '', name = ''): ResourceRequest {
  return { definition: storedDefinition('pods'), verb: 'list', namespace, name, subresource: '' };
}

function list(query: string, more: { namespace?: string; gone?: boolean } = {}): Listing {
  return listObjects(storage, requestOf(more.namespace), new URLSearchParams(query), more.gone ?? false);
}

const names = ({ objects }: Listing): string => objects.map(({ metadata }) => metadata.name).join('');
const token = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

beforeEach(() => {
  storage = new Storage(100, 0);
  for (const name of 'abc') put(name);
  put('d', 'y', { app: 'cart' });
});

describe('a list', () => {
  test.each<[string, string, string, object]>([
    ['of all', '', 'abcd', { resourceVersion: '4' }],
    ['by labels', 'labelSelector=app%3Dcart', 'd', { resourceVersion: '4' }],
    ['by fields', 'fieldSelector=metadata.name%3Db', 'b', { resourceVersion: '4' }],
    ['of any version', 'resourceVersion=0', 'abcd', { resourceVersion: '4' }],
    ['of a version or a newer one', 'resourceVersion=2&resourceVersionMatch=NotOlderThan', 'abcd', { resourceVersion: '4' }],
    ['of exactly a version', 'resourceVersion=2&resourceVersionMatch=Exact', 'ab', { resourceVersion: '2' }],
    ['of a version with a limit, which is exact', 'resourceVersion=2&limit=9', 'ab', { resourceVersion: '2' }],
    ['of a limit that it does not reach', 'limit=4', 'abcd', { resourceVersion: '4' }],
    ['of a limit that is none', 'limit=-1', 'abcd', { resourceVersion: '4' }],
    ['from an object on', `continue=${token({ v: 'meta.k8s.io/v1', rv: 4, start: '/x/b' })}`, 'bcd', { resourceVersion: '4' }],
    ['of a page, with how many remain', 'limit=3', 'abc', { resourceVersion: '4', continue: expect.any(String) as unknown, remainingItemCount: 1 }],
    ['of a page of a selection, without how many remain', 'limit=1&fieldSelector=metadata.namespace%3Dx', 'a', { resourceVersion: '4', continue: expect.any(String) as unknown }],
  ])('%s', (_, query, expected, meta) => {
    const listing = list(query);
    expect(names(listing)).toBe(expected);
    expect(listing.meta).toEqual(meta);
  }); // prettier-ignore

  test('of one namespace', () => {
    expect(names(list('', { namespace: 'y' }))).toBe('d');
  });
});

describe('a list is refused', () => {
  const start = token({ v: 'meta.k8s.io/v1', rv: 4, start: '/a' });
  test.each<[string, string, string]>([
    ['of a version to come', 'resourceVersion=5', '504 Timeout: Too large resource version: 5, current: 4'],
    ['of what is no version', 'resourceVersion=x', '500 resourceVersion: Invalid value: "x": strconv.ParseUint: parsing "x": invalid syntax'],
    ['of what is no limit', 'limit=x', '400 strconv.ParseInt: parsing "x": invalid syntax'],
    ['of a match without version', 'resourceVersionMatch=Exact', '422 ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided'],
    ['of a match that goes on', `resourceVersion=1&resourceVersionMatch=Exact&continue=${start}`, '422 ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided'],
    ['of an unknown match', 'resourceVersion=1&resourceVersionMatch=Near', '422 ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Unsupported value: "Near"'],
    ['of exactly any version', 'resourceVersion=0&resourceVersionMatch=Exact', '422 ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden'],
    ['of a version that goes on', `resourceVersion=1&continue=${start}`, '400 specifying resource version is not allowed when using continue'],
    ['of a token in another alphabet', 'continue=%2B', '400 invalid continue token: continue key is not valid: illegal base64 data at input byte 0'],
    ['of a token that is no JSON', `continue=${Buffer.from('x').toString('base64url')}`, "invalid character 'x' looking for beginning of value"],
    ['of a token of another version', `continue=${token({ v: 'v2' })}`, 'server does not recognize this encoded version'],
    ['of a token without a key', `continue=${token({ v: 'meta.k8s.io/v1', rv: 1, start: 'a' })}`, 'the start key is not valid'],
    ['of a token that climbs', `continue=${token({ v: 'meta.k8s.io/v1', rv: 1, start: '/x/../a' })}`, 'the start key is not valid'],
    ['of labels that cannot be read', 'labelSelector=%2C%3D', '400 '],
  ])('%s', (_, query, message) => {
    expect(answerOf(() => list(query))).toContain(message);
  }); // prettier-ignore

  test('of a version that is forgotten', () => {
    storage.compact();
    expect(answerOf(() => list('resourceVersion=2&resourceVersionMatch=Exact'))).toBe('410 The resourceVersion for the provided list is too old.'); // prettier-ignore
    expect(names(list('resourceVersion=2'))).toBe('abcd');
  });
});

describe('pages', () => {
  test('for any limit and changes in between: together they are the list as it was', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.array(fc.constantFrom('a', 'c', 'e')), (limit, changes) => {
        storage = new Storage(100, 0);
        for (const name of 'abcdef') put(name);
        const seen: string[] = [];
        let page = list(`limit=${limit}`);
        seen.push(names(page));
        while (page.meta.continue !== undefined) {
          for (const name of changes) storage.remove('pods', `x/${name}`, () => undefined);
          page = list(`limit=${limit}&continue=${page.meta.continue}`);
          seen.push(names(page));
          expect(page.meta.resourceVersion).toBe('6');
        }
        expect(seen.join('')).toBe('abcdef');
      }),
      { numRuns: 30 },
    );
  });

  test.each<[string, () => boolean]>([
    ['once their version is forgotten', () => (storage.compact(), false)],
    ['once the server takes them for gone', () => true],
  ])('end %s, with a token that goes on without the snapshot', (_, forget) => {
    const { meta } = list('limit=2');
    put('e');
    const gone = forget();
    put('bb');
    const error = ((): unknown => {
      try {
        return list(`continue=${meta.continue ?? ''}`, { gone });
      } catch (thrown) {
        return thrown;
      }
    })() as { code: number; continueToken: string };
    expect(error.code).toBe(410);
    const next = list(`continue=${error.continueToken}`);
    expect([names(next), next.meta.resourceVersion]).toEqual(['bbced', String(storage.resourceVersion)]);
  });
});

describe('a selection', () => {
  const pod = { metadata: { name: 'a', namespace: 'x', labels: { app: 'cart' } } };
  test.each<[string, ResourceRequest, string, boolean]>([
    ['of all', requestOf(), '', true],
    ['of a namespace', requestOf('x'), '', true],
    ['of another namespace', requestOf('y'), '', false],
    ['of a name', requestOf('x', 'a'), '', true],
    ['of another name', requestOf('x', 'b'), '', false],
    ['of labels', requestOf(), 'labelSelector=app', true],
    ['of other labels', requestOf(), 'labelSelector=!app', false],
    ['of fields', requestOf(), 'fieldSelector=metadata.name!=a', false],
  ])('%s', (_, request, query, expected) => {
    const selection = selectionOf(request, new URLSearchParams(query));
    expect(selection.matches(pod)).toBe(expected);
    expect(selection.selective).toBe(query !== '');
  });
});

test.each([
  ['', 0],
  ['0', 0],
  ['17', 17],
])('the version %j is %i', (text, version) => {
  expect(parseVersion(text)).toBe(version);
});
