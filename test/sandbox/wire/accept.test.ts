import { describe, expect, test } from 'vitest';
import { mediaRangesOf, negotiate } from '../../../src/sandbox/wire/accept.js';

describe('in which form a client wants objects', () => {
  test.each<[string, string | undefined, string, string]>([
    ['nothing is asked for', undefined, 'plain', 'v1'],
    ['an empty header', '', 'plain', 'v1'],
    ['JSON', 'application/json', 'plain', 'v1'],
    ['anything', '*/*', 'plain', 'v1'],
    ['a table, as kubectl asks', 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json', 'table', 'v1'],
    ['a table of the older version', 'application/json;as=Table;v=v1beta1;g=meta.k8s.io', 'table', 'v1beta1'],
    ['metadata alone', 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io', 'partial', 'v1'],
    [
      'a table of another group: what comes next',
      'application/json;as=Table;v=v1;g=other,application/json',
      'plain',
      'v1',
    ],
    [
      'a table of an unknown version: what comes next',
      'application/json;as=Table;v=v2;g=meta.k8s.io,*/*',
      'plain',
      'v1',
    ],
    ['protobuf, else JSON', 'application/vnd.kubernetes.protobuf, application/json', 'plain', 'v1'],
    ['what is preferred', 'application/json;q=0.5,application/json;as=Table;v=v1;g=meta.k8s.io;q=0.9', 'table', 'v1'],
  ])('%s', (_, accept, form, metaVersion) => {
    expect(negotiate(accept)).toEqual({ form, metaVersion });
  });

  test.each(['application/vnd.kubernetes.protobuf', 'text/html', 'application/json;as=Else;v=v1;g=meta.k8s.io'])(
    '%s alone is refused with 406',
    (accept) => {
      expect(() => negotiate(accept)).toThrow(expect.objectContaining({ code: 406 }));
    },
  );
});

test('media ranges are in order of quality, and of the header where it is equal', () => {
  const types = mediaRangesOf('b/b;q=0.5, A/a , c/c;q=0.5,, d/d;q=0.9').map(({ type }) => type);
  expect(types).toEqual(['a/a', 'd/d', 'b/b', 'c/c']);
});
