import { StatusError } from '../schema/status.js';

/** In which form a client wants objects. */
export type ObjectForm = 'plain' | 'table' | 'partial';

export interface Negotiated {
  readonly form: ObjectForm;
  /** `v1` or `v1beta1` of meta.k8s.io, for tables and partial objects. */
  readonly metaVersion: string;
}

interface MediaRange {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** The media ranges of an Accept header in the client's order of preference. */
export function mediaRangesOf(accept: string): MediaRange[] {
  return accept
    .split(',')
    .map((range, index) => {
      const [type = '', ...pairs] = range.split(';').map((part) => part.trim());
      const parameters = new Map(pairs.map((pair) => pair.split('=', 2)).map(([key = '', value = '']) => [key, value]));
      return { type: type.toLowerCase(), parameters, quality: Number(parameters.get('q') ?? 1), index };
    })
    .filter((range) => range.type !== '')
    .sort((a, b) => b.quality - a.quality || a.index - b.index);
}

const jsonTypes = new Set(['application/json', 'application/*', '*/*']);

/** @throws {StatusError} 406 when the client accepts no media type that the stand-in has, for example only protobuf */
export function negotiate(accept: string | undefined): Negotiated {
  const ranges = mediaRangesOf(accept ?? '');
  if (ranges.length === 0) return { form: 'plain', metaVersion: 'v1' };
  for (const { type, parameters } of ranges) {
    if (!jsonTypes.has(type)) continue;
    const as = parameters.get('as');
    const metaVersion = parameters.get('v') ?? 'v1';
    if (as === undefined) return { form: 'plain', metaVersion };
    if (parameters.get('g') !== 'meta.k8s.io' || (metaVersion !== 'v1' && metaVersion !== 'v1beta1')) continue;
    if (as === 'Table') return { form: 'table', metaVersion };
    if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') return { form: 'partial', metaVersion };
  }
  throw new StatusError(
    406,
    'NotAcceptable',
    'only the following media types are accepted: application/json, application/json;as=Table, application/json;as=PartialObjectMetadata',
  );
}
