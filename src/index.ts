/** The public library of slicehints: pure functions over plain Kubernetes objects. */
export { planService } from './hints/planService.js';
export type { PlanServiceInput, PlannedEndpoint, ServicePlan } from './hints/planService.js';
export { DEFAULT_SETTINGS } from './hints/settings.js';
export type { Settings } from './hints/settings.js';
export type { Mode } from './hints/mode.js';
export type { Verdict } from './hints/strategy.js';
export type { AddressTypeForecast } from './hints/plan.js';
export type { HintsManifest, PatchOperation } from './hints/patch.js';
export { usableEndpoints } from './proxy/usable.js';
export type { Forecast, ZoneForecast } from './proxy/forecast.js';
export type { EndpointManifest, EndpointSliceManifest, NodeManifest, ServiceManifest } from './topology/manifest.js';
