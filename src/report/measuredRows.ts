import { compareText } from '../model/objectKey.js';
import type { ReportModel } from './reportModel.js';

/** A Service whose traffic is measured, beside the forecast of today's hints. */
export interface MeasuredRow {
  /** `namespace/name`. */
  readonly key: string;
  /** undefined where no endpoint takes traffic, or hints do not steer it. */
  readonly forecast: number | undefined;
  readonly measured: number;
}

/** A forecast and a measurement that differ by more than this have parted. */
export const PARTED = 0.1;

/** Those with recent figures, the largest difference first. */
export function measuredRows({ services, plan }: Pick<ReportModel, 'services' | 'plan'>): readonly MeasuredRow[] {
  const rows = services.flatMap(({ key, today }): MeasuredRow[] => {
    const state = plan.clients.measuredOf(key);
    const measured = state?.fresh === true ? state.service.inZoneShare : undefined;
    return measured === undefined ? [] : [{ key, forecast: today?.inZoneShare, measured }];
  });
  return rows.sort((a, b) => differenceOf(b) - differenceOf(a) || compareText(a.key, b.key));
}

export function differenceOf({ forecast, measured }: MeasuredRow): number {
  return forecast === undefined ? 0 : Math.abs(forecast - measured);
}
