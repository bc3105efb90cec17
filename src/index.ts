/** The public library of slicehints: pure functions over plain Kubernetes objects. */
export { planService } from './hints/planService.js';
export type { PlanServiceInput, PlannedEndpoint, ServicePlan } from './hints/planService.js';
export { readMeasured } from './measured/text.js';
export type { ReadMeasured } from './measured/text.js';
export { agedTo } from './measured/figures.js';
export type { MeasuredFigures, MeasuredService } from './measured/figures.js';
export { DEFAULT_SETTINGS } from './hints/settings.js';
export type { Settings } from './hints/settings.js';
export type { Mode } from './hints/mode.js';
export type { Verdict } from './hints/verdict.js';
export type { AddressTypeForecast } from './hints/forecast.js';
export type { PatchOperation } from './hints/patch.js';
export type { HintsManifest } from './model/hints.js';
export { usableEndpoints } from './kubeproxy/rule.js';
export type { Forecast, ZoneForecast } from './kubeproxy/forecast.js';
export type { EndpointManifest, EndpointSliceManifest, NodeManifest, ServiceManifest } from './model/manifest.js';
export { auditService } from './analysis/audit/auditService.js';
export type { AuditServiceInput } from './analysis/audit/auditService.js';
export type { LossFigures, NodeLoss, ServiceAudit, ZoneLoss } from './analysis/audit/serviceAudit.js';
export { recommendService } from './analysis/recommend/recommendService.js';
export type { RecommendServiceInput } from './analysis/recommend/recommendService.js';
export type {
  AdviceReason,
  Candidate,
  ServiceRecommendation,
  SpreadAdvice,
} from './analysis/recommend/serviceRecommendation.js';
export type { Action } from './analysis/recommend/candidates.js';
export type { Situation } from './analysis/recommend/judge.js';
export type { SpreadOption } from './analysis/recommend/spread.js';
export { explainService } from './analysis/explain/explainService.js';
export type { ExplainServiceInput } from './analysis/explain/explainService.js';
export type { ExplainStep, Explanation, Improvement, LiveFacts } from './analysis/explain/explanation.js';
