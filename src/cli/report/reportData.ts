import { readCluster } from '../../analysis/clusterRecords.js';
import type { ClusterObjects } from '../../analysis/planCluster.js';
import type { WhatIf } from '../../analysis/whatIf/whatIf.js';
import type { Settings } from '../../hints/settings.js';
import { anonymiseChanges } from '../../report/anonymise/changes.js';
import { anonymiseCluster } from '../../report/anonymise/cluster.js';
import { pseudonymsOf } from '../../report/anonymise/pseudonyms.js';
import { anonymiseSettings } from '../../report/anonymise/settings.js';
import { withZonesByAddress } from '../../report/zonesByAddress.js';
import { givenChanges } from '../../report/controls.js';
import { neededFields } from '../../report/neededFields.js';
import { neededSettings } from '../../report/neededNodes.js';
import { packCluster } from '../../report/packedCluster.js';
import type { ReportData } from '../../report/reportData.js';
import { packageVersion } from '../version.js';

export interface ReportInput {
  readonly objects: ClusterObjects;
  readonly settings: Settings;
  readonly changes: WhatIf;
  readonly title: string;
  readonly anonymise: boolean;
  /** Sentences on what was read; they name files and objects. */
  readonly notes: readonly string[];
  readonly nowMs: number;
  readonly live?: boolean;
}

/** What goes into a report: the fields that the planner reads, under pseudonyms where that is asked for. */
export function reportData(input: ReportInput): ReportData {
  const objectsWithZones = input.anonymise ? withZonesByAddress(input.objects, input.settings) : input.objects;
  const needed = neededFields(objectsWithZones, input.settings);
  const settings = neededSettings(input.settings);
  const names = input.anonymise ? pseudonymsOf(needed) : undefined;
  const objects = names === undefined ? needed : anonymiseCluster(needed, names);
  const changes = names === undefined ? input.changes : anonymiseChanges(input.changes, names);
  return {
    title: input.title,
    madeAt: new Date(input.nowMs).toISOString(),
    version: packageVersion(),
    anonymised: input.anonymise,
    settings: names === undefined ? settings : anonymiseSettings(settings, names),
    changes: givenChanges(changes),
    notes: [...(input.anonymise ? [] : input.notes), ...readCluster(objects, settings).notes],
    cluster: packCluster(objects),
    ...(input.live === true ? { live: true } : {}),
  };
}
