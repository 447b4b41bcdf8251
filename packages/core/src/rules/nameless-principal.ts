import type { Language } from '../automata/language.js'
import type { Statement } from '../policy/ast.js'
import type { Admission } from '../trust/admit.js'
import type { TrustAnalysis } from '../trust/analyze.js'
import { ServiceAccountSet } from '../trust/service-account-set.js'
import type { RoleSubject } from './rule.js'

/** An Allow whose principal names nobody in particular, as far as strangers get in by it. */
export interface NamelessGrant {
  readonly statement: Statement
  /** Pointer to the principal. */
  readonly at: string
  readonly caller: 'aws' | 'web-identity' | 'pods'
  readonly admission: Admission
  readonly word: string
}

/**
 * At most one for each statement: by AWS credentials where that is possible, else by token, else for pods.
 */
export function* namelessGrants(
  role: RoleSubject,
  kinds: readonly Statement['principal']['kind'][],
): Generator<NamelessGrant> {
  for (const statement of role.policy.statements) {
    if (statement.effect === 'Deny' || !kinds.includes(statement.principal.kind)) continue
    const at = namelessAt(statement)
    if (at === undefined) continue
    const found = role.grants
      .flatMap((grant) => admissionsOf(grant).map((admission) => ({ grant, admission })))
      .sort((a, b) => rank(a.grant) - rank(b.grant))
    for (const { grant, admission } of found) {
      if (grant.mechanism === 'pod-identity' && statement.principal.kind === 'principals') continue
      const word = wordOf(grant, admission, statement)
      if (word === undefined) continue
      yield { statement, at, caller: callerOf(grant), admission, word }
      break
    }
  }
}

/** The principal that means everyone: `*` in any form but one that only lists other names. */
function namelessAt({ principal }: Statement): string | undefined {
  if (principal.kind === 'everyone' || principal.kind === 'not-principals') return principal.pointer
  if (principal.kind === 'unreadable') return undefined
  return principal.entries.find(
    ({ type, value }) => value === '*' && (type === 'AWS' || type === 'Federated'),
  )?.pointer
}

function admissionsOf(grant: TrustAnalysis): readonly Admission[] {
  switch (grant.mechanism) {
    case 'pod-identity':
      // What nobody has said that EKS sends is taken as it is expected.
      return [grant.tagged.expectedAdmission, grant.untagged.expectedAdmission]
    case 'aws-principal':
      return grant.caller.kind === 'stranger' ? [grant.admission] : []
    default:
      return [grant.admission]
  }
}

function rank({ mechanism }: TrustAnalysis): number {
  return mechanism === 'aws-principal' ? 0 : mechanism === 'pod-identity' ? 2 : 1
}

function callerOf({ mechanism }: TrustAnalysis): NamelessGrant['caller'] {
  return mechanism === 'aws-principal' ? 'aws' : mechanism === 'pod-identity' ? 'pods' : 'web-identity'
}

/** Somebody whom this very statement lets in, whatever the input leaves open. */
function wordOf(grant: TrustAnalysis, admission: Admission, statement: Statement): string | undefined {
  const own = admission.statements.find((one) => one.statement === statement)
  if (own === undefined || own.possible.isEmpty) return undefined
  if (!isNameless(statement, grant)) return undefined
  const isBound =
    admission.undecided.length > 0 && admission.undecided.every(({ cause }) => cause === 'missing-input')
  const words: Language = isBound
    ? own.certain.intersection(admission.certain)
    : own.possible.intersection(admission.possible)
  if (grant.mechanism === 'aws-principal' || grant.mechanism === 'web-identity') return words.witness()
  const member = ServiceAccountSet.fromWords(words).witness()
  return member === undefined ? undefined : `${member.namespace}:${member.name}`
}

/** Whether it is by the nameless principal that the statement means these callers. */
function isNameless({ principal }: Statement, grant: TrustAnalysis): boolean {
  if (principal.kind !== 'principals' || grant.mechanism === 'aws-principal') return true
  return 'providerArn' in grant && principal.entries.every(({ value }) => value !== grant.providerArn)
}
