import type { ClusterObjects } from '../../analysis/planCluster.js';
import type { Replicas } from '../../analysis/whatIf/scale.js';
import {
  applyWhatIf,
  isWhatIf,
  type AnnotationChange,
  type ScaleChange,
  type WhatIf,
} from '../../analysis/whatIf/whatIf.js';
import { WhatIfError } from '../../analysis/whatIf/whatIfError.js';
import { KNOWN_ANNOTATIONS } from '../../hints/annotations.js';
import { closestWord } from '../../model/text/closestWord.js';
import { isZoneName } from '../../model/zones/zoneName.js';
import { list, flag, type FlagValues } from './flag.js';
import { OBJECT_NAME, oneOf, SERVICE_KEY, type Kind } from './kinds.js';
import { quoted, UsageError } from './usageError.js';

const MOST_REPLICAS = 10_000;

const ZONE: Kind<string> = {
  expected: 'the name of a zone',
  read: (text) => (isZoneName(text) ? text : undefined),
};

const SCALE: Kind<ScaleChange> = {
  expected: `namespace/name=REPLICAS or namespace/name=ZONE:REPLICAS,…, with at most ${MOST_REPLICAS} replicas`,
  read: (text) => {
    const [key = '', count = '', ...rest] = text.split('=');
    const service = SERVICE_KEY.read(key);
    const replicas = readReplicas(count);
    return service === undefined || replicas === undefined || rest.length > 0 ? undefined : { service, replicas };
  },
};

const SET: Kind<AnnotationChange> = {
  expected: 'namespace/name:ANNOTATION=VALUE, where an empty VALUE removes the annotation',
  read: (text) => {
    const [, key = '', annotation = '', value = ''] = /^([^:=]*):([^=]*)=(.*)$/s.exec(text) ?? [];
    const service = SERVICE_KEY.read(key);
    if (service === undefined || annotation === '') return undefined;
    if (!KNOWN_ANNOTATIONS.includes(annotation)) {
      const meant = closestWord(annotation, KNOWN_ANNOTATIONS);
      const advice = meant === undefined ? `it reads ${KNOWN_ANNOTATIONS.join(', ')}` : `did you mean ${meant}?`;
      throw new RangeError(`slicehints does not read the annotation ${quoted(annotation)}; ${advice}`);
    }
    return { service, annotation, value };
  },
};

const GROUP = 'What if:';

/** Changes to the cluster that a command imagines; together with `--overload-threshold` of the hint flags. */
export const WHAT_IF_FLAGS = {
  'without-zone': list(ZONE, {
    describe: 'As if this zone were gone, with its nodes and their endpoints',
    group: GROUP,
  }),
  'without-node': list(OBJECT_NAME, { describe: 'As if this node were gone, with its endpoints', group: GROUP }),
  scale: list(SCALE, {
    describe:
      'As if a Service had so many pods: namespace/name=6, spread as the scheduler would, or namespace/name=zone-a:2,zone-b:4 and none elsewhere',
    group: GROUP,
  }),
  set: list(SET, {
    describe:
      'As if a Service had an annotation: namespace/name:slicehints.io/overload-threshold=0.5; without a value it has it no more',
    group: GROUP,
  }),
  mode: flag(oneOf(['auto', 'balanced', 'same-zone', 'same-node', 'off']), {
    describe: 'As if every Service asked for this mode, whatever its annotations and trafficDistribution',
    group: GROUP,
  }),
} as const;

export type WhatIfArguments = FlagValues<typeof WHAT_IF_FLAGS>;

/**
 * @returns undefined when no flag asks for a change
 * @throws {UsageError} where flags contradict each other
 */
export function readWhatIf(args: WhatIfArguments): WhatIf | undefined {
  const { scale = [], set = [] } = args;
  refuseTwice(
    'scale',
    scale.map(({ service }) => service),
  );
  refuseTwice(
    'set',
    set.map(({ service, annotation }) => `${service}:${annotation}`),
  );
  const changes: WhatIf = {
    withoutZones: args['without-zone'] ?? [],
    withoutNodes: args['without-node'] ?? [],
    scale,
    set,
    mode: args.mode,
  };
  return isWhatIf(changes) ? changes : undefined;
}

const FLAG_OF: Readonly<Record<keyof WhatIf, keyof typeof WHAT_IF_FLAGS>> = {
  withoutZones: 'without-zone',
  withoutNodes: 'without-node',
  scale: 'scale',
  set: 'set',
  mode: 'mode',
};

/**
 * The objects after the changes.
 * @throws {UsageError} naming the flag that cannot be applied to this cluster
 */
export function imagine(objects: ClusterObjects, changes: WhatIf): ClusterObjects {
  try {
    return applyWhatIf(objects, changes);
  } catch (error) {
    if (error instanceof WhatIfError) throw new UsageError(`--${FLAG_OF[error.field]}: ${error.message}`, error);
    throw error;
  }
}

function readReplicas(text: string): Replicas | undefined {
  if (!text.includes(':')) return readCount(text);
  const byZone = new Map<string, number>();
  for (const part of text.split(',')) {
    const [name = '', count = '', ...rest] = part.split(':');
    const zone = ZONE.read(name);
    const replicas = readCount(count);
    if (zone === undefined || replicas === undefined || rest.length > 0 || byZone.has(zone)) return undefined;
    byZone.set(zone, replicas);
  }
  return byZone;
}

function readCount(text: string): number | undefined {
  const count = /^\d{1,5}$/.test(text) ? Number(text) : Infinity;
  return count <= MOST_REPLICAS ? count : undefined;
}

function refuseTwice(name: string, keys: readonly string[]): void {
  const twice = keys.find((key, i) => keys.indexOf(key) !== i);
  if (twice !== undefined) throw new UsageError(`--${name}: ${twice} is given more than once`);
}
