// The exports of `stk-hub`: a Hub, the check, the plan of a promotion, the parsers of the documents, and the error
// type. Each export is a promise to its users; everything else may change at any time.
export { checkRelease, type ReleaseCheck } from './app/check-release-document.ts';
export { createHub, type CreateHubOptions, type Hub } from './app/create-hub.ts';
export { parsePointer } from './documents/parse-pointer.ts';
export { parseRelease } from './documents/release/parse-release.ts';
export { StkError, type ErrorCode } from './kernel/errors.ts';
export type { Finding } from './model/finding.ts';
export type { Pointer } from './model/pointer.ts';
export type { DocumentProblem, Parsed } from './model/problem.ts';
export type { AcceptedFinding } from './model/project.ts';
export type { Release } from './model/release.ts';
export type { Verdict } from './model/verdict.ts';
export { planPromotion, type Plan, type Planned, type PromotionRequest } from './promotion/plan.ts';
export type { EnvironmentStatus } from './reconciler/status/status.ts';
