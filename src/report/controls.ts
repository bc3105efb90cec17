import type { ScaleChange, WhatIf, WhatIfMode } from '../analysis/whatIf/whatIf.js';
import type { Settings } from '../hints/settings.js';

/** What a reader of the report may change. */
export interface Controls {
  /** Empty: what each Service asks for. */
  readonly mode: WhatIfMode | '';
  readonly overloadThreshold: number;
  readonly demand: Settings['demand'];
  readonly guard: boolean;
  /** Empty: none. */
  readonly withoutZone: string;
  /** Other numbers of pods than there are. */
  readonly scale: readonly { readonly service: string; readonly replicas: number }[];
}

export const MODES: readonly Controls['mode'][] = ['', 'balanced', 'auto', 'same-zone', 'same-node', 'off'];
export const DEMANDS: readonly Controls['demand'][] = ['cpu', 'nodes', 'endpoints', 'equal', 'measured'];

/** What the flags of the report imagined, in a shape that JSON keeps. */
export interface GivenChanges extends Omit<WhatIf, 'scale'> {
  readonly scale?: readonly {
    readonly service: string;
    readonly replicas: number | readonly (readonly [string, number])[];
  }[];
}

export function givenChanges({ scale = [], ...changes }: WhatIf): GivenChanges {
  return {
    ...changes,
    scale: scale.map(({ service, replicas }) => ({
      service,
      replicas: typeof replicas === 'number' ? replicas : [...replicas],
    })),
  };
}

/** The controls as they stand when the report is opened, and what they have no place for. */
export function startOf(
  settings: Settings,
  given: GivenChanges,
): { readonly controls: Controls; readonly fixed: GivenChanges } {
  const { mode, withoutZones = [], scale = [], ...rest } = given;
  const [zone = '', ...more] = withoutZones;
  const numbers = scale.flatMap(({ service, replicas }) =>
    typeof replicas === 'number' ? [{ service, replicas }] : [],
  );
  return {
    controls: {
      mode: mode ?? '',
      overloadThreshold: settings.overloadThreshold,
      demand: settings.demand,
      guard: settings.guard,
      withoutZone: more.length === 0 ? zone : '',
      scale: numbers,
    },
    fixed: {
      ...rest,
      withoutZones: more.length === 0 ? [] : withoutZones,
      scale: scale.filter(({ replicas }) => typeof replicas !== 'number'),
    },
  };
}

/** The settings that the controls ask for. */
export function settingsOf(settings: Settings, { overloadThreshold, demand, guard }: Controls): Settings {
  return { ...settings, overloadThreshold, demand, guard };
}

/** The changes to the cluster that the controls ask for, with those that no control has a place for. */
export function changesOf({ mode, withoutZone, scale }: Controls, fixed: GivenChanges): WhatIf {
  const byControl = new Set(scale.map(({ service }) => service));
  const kept = (fixed.scale ?? []).filter(({ service }) => !byControl.has(service));
  return {
    withoutZones: [...(fixed.withoutZones ?? []), ...(withoutZone === '' ? [] : [withoutZone])],
    withoutNodes: fixed.withoutNodes ?? [],
    scale: [
      ...kept.map(({ service, replicas }): ScaleChange => ({
        service,
        replicas: typeof replicas === 'number' ? replicas : new Map(replicas),
      })),
      ...scale,
    ],
    set: fixed.set ?? [],
    mode: mode === '' ? undefined : mode,
  };
}
