import type { ServiceRequest } from '../../hints/request.js';
import type { PlannedCluster, PlannedService } from '../planCluster.js';
import type { Figures } from './explanation.js';
import type { AddressTypeForecast } from '../../hints/forecast.js';

/** What the steps of an explanation are made from. */
export interface ExplainContext {
  readonly planned: PlannedService;
  readonly cluster: PlannedCluster;
  readonly request: ServiceRequest;
}

export function figuresOf(forecasts: readonly AddressTypeForecast[], addressType: string): Figures {
  const forecast = forecasts.find((one) => one.addressType === addressType);
  return { inZoneShare: forecast?.inZoneShare ?? 0, busiest: forecast?.worstLoad ?? 0 };
}
