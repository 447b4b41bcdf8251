export type {
  AnalyzeOptions,
  AwsPrincipalTrust,
  IrsaTrust,
  PodIdentityTrust,
  RoleAnalysis,
  TagModeTrust,
} from './trust/analyze.js'
export type { TrustAnalysis, WebIdentityTrust } from './trust/analyze.js'
export { analyzeRole, analyzeTrust } from './trust/analyze.js'
export type { CheckOptions, CheckStreamOptions, CheckedRole } from './check.js'
export { checkRole, checkTrust, checkTrustStream } from './check.js'
export { docsOf } from './finding.js'
export type { CheckTokenOptions } from './check-token.js'
export { checkToken } from './check-token.js'
export type {
  CauseId,
  ConditionStep,
  ErrorExplanation,
  ExplainCause,
  ExplainMend,
  ExplainOptions,
  ExplainQuestion,
  ExplainStep,
  ExplainedCaller,
  ExplainedIdentity,
  Explanation,
  IdentityLink,
  KnownErrorId,
  NearestMiss,
  SdkError,
  ServiceAccountQuestion,
  StatementStep,
  StepId,
  StepVerdict,
  TokenFacts,
  TokenQuestion,
} from './answers/explain.js'
export { explainAssume, explainError, roleNamesOf } from './answers/explain.js'
export type { WhoGrant } from './answers/who.js'
export { whoCanAssume } from './answers/who.js'
export type { DiffOptions } from './answers/diff.js'
export { diffTrust } from './answers/diff.js'
export type { CompareOptions } from './answers/compare.js'
export { compareMechanisms } from './answers/compare.js'
export type { GraphOptions } from './answers/graph.js'
export { trustGraph } from './answers/graph.js'
export type {
  CallerChange,
  CallerMove,
  ComparedAnnotation,
  ComparedAssociation,
  ComparedCluster,
  ComparedIdentity,
  ComparedReason,
  ComparedReasonId,
  ComparedRole,
  ComparedServiceAccount,
  ComparedTrust,
  Coverage,
  Finding,
  FindingWitness,
  GraphEdge,
  GraphNode,
  MechanismComparison,
  OpenRole,
  Report,
  RoleChange,
  RoleConflict,
  RoleReference,
  TrustDiff,
  TrustGraph,
  TokenReport,
  WhoAnswer,
  WhoReport,
} from './report.js'
export type {
  Fix,
  InventoryProblem,
  InventorySubject,
  PatchOperation,
  Problem,
  Rule,
  RuleKind,
  RuleOn,
  RuleSubjects,
  Severity,
  SubjectReference,
  TokenProblem,
  TokenSubject,
} from './rules/rule.js'
export { SEVERITIES } from './rules/rule.js'
export { rules } from './rules/index.js'
export type {
  Cluster,
  CoverageGap,
  Facts,
  Hole,
  HoleKind,
  ImdsOptions,
  Inventory,
  NodeGroup,
  OidcProvider,
  PodIdentityAssociation,
  Role,
} from './inventory.js'
export type { TrustPolicyDocument, Unknown } from './inventory.js'
export type {
  AccessEntry,
  Account,
  Addon,
  Capability,
  ClusterEndpoint,
  ClusterKind,
  Completeness,
  FargateProfile,
  HeldKind,
  Namespace,
  ServiceAccount,
  StrayAnnotation,
  IssuerProbe,
  RbacBinding,
  RbacRole,
  RolePolicy,
  Workload,
} from './inventory.js'
export { inventoryOf, isUnknown } from './inventory.js'
export { isPlatformIssuer } from './mechanisms/issuers.js'
export { accountSummary } from './answers/account-summary.js'
export type { AccountSummary, ClusterSummary, FindingCause, RiskyRole } from './answers/account-summary.js'
export type { RolePower } from './answers/role-power.js'
export type { TrustPolicy } from './policy/ast.js'
export { parseTrustPolicy } from './policy/parse.js'
export { printTrustPolicy } from './policy/print.js'
export type {
  AssumeRoleRequest,
  Caller,
  ContextValue,
  Outcome,
  RequestContext,
  StsAction,
} from './policy/request.js'
export { evaluateTrust } from './trust/evaluate.js'
export type { NameSet, ServiceAccountName } from './trust/service-account-set.js'
export { ServiceAccountSet } from './trust/service-account-set.js'
export type { InputText, Location, Position } from './text/location.js'
export { keyPositionOf, positionOf } from './text/position.js'
export { escaped, quoted } from './text/quote.js'
export type { PodtrustErrorCode } from './errors.js'
export { ArgumentError, InputError, PodtrustError, WitnessError } from './errors.js'
