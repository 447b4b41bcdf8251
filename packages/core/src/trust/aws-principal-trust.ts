import { awsPrincipalModel } from '../mechanisms/aws-principal.js'
import type { CallerClass } from '../mechanisms/aws-principal.js'
import type { Statement, TrustPolicy } from '../policy/ast.js'
import { admit } from './admit.js'
import type { AwsPrincipalTrust } from './analysis.js'
import { accountOf } from './match.js'
import { baseOf } from './role-scene.js'
import type { RoleScene } from './role-scene.js'

const ORGANIZATION_KEYS = new Set(['aws:principalorgid', 'aws:principalorgpaths'])

/** Which holders of AWS credentials get in, one answer per kind of caller. */
export function* awsPrincipalTrusts(scene: RoleScene): Generator<AwsPrincipalTrust> {
  const { role, policy, now } = scene
  const naming = scene.naming.flatMap(({ statements }) => statements)
  const meeting = policy.statements.filter(meansAwsPrincipals)
  if (meeting.length === 0) return
  const isNamed = meeting.some(({ principal }) => principal.kind === 'principals')
  const namedAccounts = new Set<string>(role.account === undefined ? [] : [role.account])
  const namedOrganizations = new Set<string>()
  for (const { principal, conditions } of naming) {
    if (principal.kind === 'principals' || principal.kind === 'not-principals') {
      for (const { type, value } of principal.entries) if (type === 'AWS') addAccounts(value, namedAccounts)
    }
    for (const { key, values } of conditions) {
      if (key.startsWith('aws:principal')) for (const value of values) addAccounts(value, namedAccounts)
      if (key === 'aws:principalorgid')
        for (const value of values) if (/^o-[a-z0-9]+$/.test(value)) namedOrganizations.add(value)
      if (key === 'aws:principalorgpaths')
        for (const value of values) addOrganization(value, namedOrganizations)
    }
  }
  const testsOrganization = naming.some(({ conditions }) =>
    conditions.some(({ key }) => ORGANIZATION_KEYS.has(key)),
  )
  const classes: CallerClass[] = [...namedAccounts]
    .slice(0, 100)
    .map((account) => ({ kind: 'account', account }))
  if (testsOrganization) classes.push({ kind: 'organization' })
  classes.push({ kind: 'stranger' })
  const partition = role.partition ?? partitionIn(policy)
  for (const caller of classes) {
    const admission = admit(
      policy,
      awsPrincipalModel({ caller, account: role.account, partition, namedAccounts, namedOrganizations, now }),
    )
    if (admission.possible.isEmpty) continue
    yield {
      ...baseOf(scene, [admission], isNamed),
      mechanism: 'aws-principal',
      caller,
      principals: admission.possible,
      certainPrincipals: admission.certain,
      admission,
    }
  }
}

function meansAwsPrincipals({ effect, principal }: Statement): boolean {
  if (effect === 'Deny') return false
  return principal.kind === 'principals' ? principal.entries.some(({ type }) => type === 'AWS') : true
}

function addOrganization(path: string, organizations: Set<string>): void {
  const organization = /^(o-[a-z0-9]+)\//.exec(path)?.[1]
  if (organization !== undefined) organizations.add(organization)
}

function addAccounts(value: string, accounts: Set<string>): void {
  const account = accountOf(value) ?? /^arn:[^:]*:(?:iam|sts)::(\d{12}):/.exec(value)?.[1]
  if (account !== undefined) accounts.add(account)
}

function partitionIn(policy: TrustPolicy): string | undefined {
  for (const { principal } of policy.statements) {
    if (principal.kind !== 'principals') continue
    for (const { value } of principal.entries) {
      const partition = /^arn:([a-z0-9-]+):/.exec(value)?.[1]
      if (partition !== undefined) return partition
    }
  }
  return undefined
}
