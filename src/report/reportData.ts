import type { Settings } from '../hints/settings.js';
import type { GivenChanges } from './controls.js';
import type { PackedCluster } from './packedCluster.js';

/** What is written into a page of the report, as JSON. */
export interface ReportData {
  /** Of the cluster; empty: not told. */
  readonly title: string;
  /** ISO 8601. */
  readonly madeAt: string;
  /** Of slicehints. */
  readonly version: string;
  readonly anonymised: boolean;
  readonly settings: Settings;
  readonly changes: GivenChanges;
  /** Sentences on what the input lacks. */
  readonly notes: readonly string[];
  readonly cluster: PackedCluster;
  /** Whether the page follows a running sandbox. */
  readonly live?: boolean;
}

/** The id of the script element that holds it. */
export const DATA_ELEMENT = 'report-data';
