import { parseEksIssuer, sharedIssuer } from '../mechanisms/issuers.js'
import { POD_IDENTITY_SERVICE } from '../mechanisms/pod-identity.js'
import type { Facts, Role } from '../inventory.js'
import type { PrincipalEntry, Statement, TrustPolicy } from '../policy/ast.js'
import { parseProviderArn } from '../mechanisms/provider-arn.js'
import type { IrsaTrust, PodIdentityTrust, RoleAnalysis } from '../trust/analyze.js'
import { actionMatches } from '../trust/match.js'

/**
 * An Allow statement, seen from one principal of it that stands for pods: an OIDC provider of a Kubernetes cluster, or
 * the service of Pod Identity. A statement with two providers is two of these.
 */
export type PodStatement = IrsaStatement | PodIdentityStatement

export interface IrsaStatement {
  readonly mechanism: 'irsa'
  readonly statement: Statement
  readonly principal: PrincipalEntry
  readonly issuer: string
  readonly providerArn: string
  /** Whether `sts:AssumeRoleWithWebIdentity` is among its actions. */
  readonly hasAction: boolean
  /** Absent for a provider that the role can never be reached through: of another account or partition. */
  readonly trust?: IrsaTrust
}

export interface PodIdentityStatement {
  readonly mechanism: 'pod-identity'
  readonly statement: Statement
  readonly principal: PrincipalEntry
  /** Whether `sts:AssumeRole` is among its actions. */
  readonly hasAction: boolean
  readonly trust: PodIdentityTrust
}

/** The pod statements of a role, in the order of the document. */
export function podStatementsOf(
  role: Role,
  policy: TrustPolicy,
  analysis: RoleAnalysis,
  facts: Facts,
): readonly PodStatement[] {
  const found: PodStatement[] = []
  for (const statement of policy.statements) {
    if (statement.effect === 'Deny' || statement.principal.kind !== 'principals') continue
    for (const principal of statement.principal.entries) {
      const one = podStatementOf(statement, principal, analysis, facts)
      if (one !== undefined) found.push(one)
    }
  }
  return found
}

function podStatementOf(
  statement: Statement,
  principal: PrincipalEntry,
  analysis: RoleAnalysis,
  facts: Facts,
): PodStatement | undefined {
  if (principal.type === 'Service' && principal.value === POD_IDENTITY_SERVICE) {
    const trust = analysis.trusts.find((one) => one.mechanism === 'pod-identity')
    if (trust === undefined) return undefined
    const hasAction = actionMatches(statement.action, 'sts:AssumeRole', 'Allow') !== 'false'
    return { mechanism: 'pod-identity', statement, principal, hasAction, trust }
  }
  const arn = principal.type === 'Federated' ? parseProviderArn(principal.value) : undefined
  if (arn === undefined) return undefined
  const trust = analysis.trusts.find((one) => one.mechanism === 'irsa' && one.providerArn === principal.value)
  const hasAction = actionMatches(statement.action, 'sts:AssumeRoleWithWebIdentity', 'Allow') !== 'false'
  const base = {
    mechanism: 'irsa',
    statement,
    principal,
    issuer: arn.issuer,
    providerArn: principal.value,
    hasAction,
  } as const
  if (trust?.mechanism === 'irsa') return { ...base, trust }
  // A provider that no request comes through has no analysis: then only its form and its subjects tell what it is.
  if (analysis.trusts.some((one) => one.mechanism === 'web-identity' && one.providerArn === principal.value))
    return undefined
  return isKubernetes(arn.issuer, statement, facts) ? base : undefined
}

function isKubernetes(issuer: string, statement: Statement, facts: Facts): boolean {
  if (facts.clusters.some((cluster) => cluster.issuer === issuer)) return true
  const bare = issuer.replace(/^https?:\/\//, '').replace(/\/$/, '')
  if (parseEksIssuer(bare) !== undefined) return true
  if (sharedIssuer(bare) !== undefined) return false
  return statement.conditions.some(({ values }) =>
    values.some((value) => value.startsWith('system:serviceaccount')),
  )
}
