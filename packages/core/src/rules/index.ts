import type { Rule } from './rule.js'
import { anyPrincipal } from './any-principal.js'
import { anyServiceAccount } from './any-service-account.js'
import { anyNamespace } from './any-namespace.js'
import { anyServiceAccountInNamespace } from './any-service-account-in-namespace.js'
import { anyExternalOwner } from './any-external-owner.js'
import { anyExternalRepository } from './any-external-repository.js'
import { nameOnlyExternalSubject } from './name-only-external-subject.js'
import { apiServerAudience } from './api-server-audience.js'
import { unpinnedAudience } from './unpinned-audience.js'
import { defaultServiceAccount } from './default-service-account.js'
import { crossClusterTrust } from './cross-cluster-trust.js'
import { crossEnvironmentTrust } from './cross-environment-trust.js'
import { sharedRole } from './shared-role.js'
import { accountPrincipal } from './account-principal.js'
import { nodeCredentialsReachable } from './node-credentials-reachable.js'
import { stalePrincipal } from './stale-principal.js'
import { nodeRoleTrust } from './node-role-trust.js'
import { ec2Trust } from './ec2-trust.js'
import { mixedTrust } from './mixed-trust.js'
import { anyAssociation } from './any-association.js'
import { unpinnedAssociationCluster } from './unpinned-association-cluster.js'
import { sessionTagsBypass } from './session-tags-bypass.js'
import { openTargetRole } from './open-target-role.js'
import { trustControl } from './trust-control.js'
import { clusterTokenMinter } from './cluster-token-minter.js'
import { tokenMinter } from './token-minter.js'
import { clusterAdminPodRole } from './cluster-admin-pod-role.js'
import { anyCertificate } from './any-certificate.js'
import { broadAction } from './broad-action.js'
import { notPrincipal } from './not-principal.js'
import { idleCondition } from './idle-condition.js'
import { idleDeny } from './idle-deny.js'
import { literalWildcard } from './literal-wildcard.js'
import { foreignIssuerKey } from './foreign-issuer-key.js'
import { malformedIssuerKey } from './malformed-issuer-key.js'
import { missingClaim } from './missing-claim.js'
import { malformedSubject } from './malformed-subject.js'
import { wrongAudience } from './wrong-audience.js'
import { wrongAction } from './wrong-action.js'
import { foreignProvider } from './foreign-provider.js'
import { missingTagSession } from './missing-tag-session.js'
import { wrongServicePrincipal } from './wrong-service-principal.js'
import { contradictoryConditions } from './contradictory-conditions.js'
import { principalTagInTrust } from './principal-tag-in-trust.js'
import { wrongSourceArn } from './wrong-source-arn.js'
import { wrongOperatorType } from './wrong-operator-type.js'
import { unqualifiedMultivaluedKey } from './unqualified-multivalued-key.js'
import { deadStatement } from './dead-statement.js'
import { missingProvider } from './missing-provider.js'
import { danglingProvider } from './dangling-provider.js'
import { foreignIssuer } from './foreign-issuer.js'
import { claimableIssuer } from './claimable-issuer.js'
import { absentCluster } from './absent-cluster.js'
import { providerAudience } from './provider-audience.js'
import { annotationNotAdmitted } from './annotation-not-admitted.js'
import { annotationRoleMissing } from './annotation-role-missing.js'
import { malformedRoleAnnotation } from './malformed-role-annotation.js'
import { associationNotAdmitted } from './association-not-admitted.js'
import { associationRoleMissing } from './association-role-missing.js'
import { targetRoleNotAdmitted } from './target-role-not-admitted.js'
import { twoMechanisms } from './two-mechanisms.js'
import { conflictingMechanisms } from './conflicting-mechanisms.js'
import { irsaSwitchedOff } from './irsa-switched-off.js'
import { chainedRoleMissingTagSession } from './chained-role-missing-tag-session.js'
import { leftoverIrsaTrust } from './leftover-irsa-trust.js'
import { absentServiceAccount } from './absent-service-account.js'
import { absentNamespace } from './absent-namespace.js'
import { defaultServiceAccountWorkload } from './default-service-account-workload.js'
import { automountedApiToken } from './automounted-api-token.js'
import { idleTrust } from './idle-trust.js'
import { missingAgent } from './missing-agent.js'
import { agentNotSeen } from './agent-not-seen.js'
import { fargateAssociation } from './fargate-association.js'
import { duplicateKey } from './duplicate-key.js'
import { policyTooLong } from './policy-too-long.js'
import { refusedByIam } from './refused-by-iam.js'
import { templateLeftover } from './template-leftover.js'
import { undecidedTrust } from './undecided-trust.js'
import { badTokenSignature } from './bad-token-signature.js'
import { legacyToken } from './legacy-token.js'
import { longLivedToken } from './long-lived-token.js'
import { wrongTokenAudience } from './wrong-token-audience.js'
import { unboundToken } from './unbound-token.js'
import { expiredToken } from './expired-token.js'
import { notYetValidToken } from './not-yet-valid-token.js'
import { unverifiedToken } from './unverified-token.js'

/** Every rule, in report order. */
export const rules: readonly Rule[] = [
  anyPrincipal,
  anyServiceAccount,
  anyNamespace,
  anyServiceAccountInNamespace,
  anyExternalOwner,
  anyExternalRepository,
  nameOnlyExternalSubject,
  apiServerAudience,
  unpinnedAudience,
  defaultServiceAccount,
  crossClusterTrust,
  crossEnvironmentTrust,
  sharedRole,
  accountPrincipal,
  nodeRoleTrust,
  ec2Trust,
  mixedTrust,
  anyAssociation,
  unpinnedAssociationCluster,
  sessionTagsBypass,
  openTargetRole,
  trustControl,
  clusterTokenMinter,
  tokenMinter,
  clusterAdminPodRole,
  anyCertificate,
  broadAction,
  notPrincipal,
  idleCondition,
  idleDeny,
  literalWildcard,
  foreignIssuerKey,
  malformedIssuerKey,
  missingClaim,
  malformedSubject,
  wrongAudience,
  wrongAction,
  foreignProvider,
  missingTagSession,
  wrongServicePrincipal,
  contradictoryConditions,
  principalTagInTrust,
  wrongSourceArn,
  wrongOperatorType,
  unqualifiedMultivaluedKey,
  deadStatement,
  missingProvider,
  danglingProvider,
  foreignIssuer,
  claimableIssuer,
  absentCluster,
  providerAudience,
  absentServiceAccount,
  absentNamespace,
  annotationNotAdmitted,
  annotationRoleMissing,
  malformedRoleAnnotation,
  associationNotAdmitted,
  associationRoleMissing,
  targetRoleNotAdmitted,
  twoMechanisms,
  conflictingMechanisms,
  irsaSwitchedOff,
  chainedRoleMissingTagSession,
  leftoverIrsaTrust,
  idleTrust,
  missingAgent,
  agentNotSeen,
  fargateAssociation,
  defaultServiceAccountWorkload,
  automountedApiToken,
  nodeCredentialsReachable,
  stalePrincipal,
  duplicateKey,
  policyTooLong,
  refusedByIam,
  templateLeftover,
  undecidedTrust,
  badTokenSignature,
  legacyToken,
  longLivedToken,
  wrongTokenAudience,
  unboundToken,
  expiredToken,
  notYetValidToken,
  unverifiedToken,
]
