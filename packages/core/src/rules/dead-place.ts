import type { Condition } from '../policy/ast.js'
import type { Admission } from '../trust/admit.js'

/** Why a value, a condition or a whole pod statement admits nobody: one cause for each dead place. */
export type DeadCause = DeadPlace &
  (
    | {
        readonly kind: 'literal-wildcard'
        readonly condition: Condition
        readonly value: string
        readonly isEscaped?: true
        readonly asOperator?: string
      }
    | {
        readonly kind: 'foreign-issuer-key'
        readonly condition: Condition
        readonly named: string
        readonly rightKey?: string
      }
    /** The statement names several providers, and its conditions are for another one. */
    | {
        readonly kind: 'foreign-issuer-key'
        readonly condition: Condition
        readonly named: string
        readonly ofOtherProvider: true
      }
    | {
        readonly kind: 'malformed-issuer-key'
        readonly condition?: Condition
        readonly flaw: string
        readonly rightKey?: string
        readonly rightArn?: string
      }
    | {
        readonly kind: 'missing-claim'
        readonly condition: Condition
        readonly found: 'none' | 'separator' | 'other'
        readonly claim?: string
        readonly rightKey?: string
      }
    | {
        readonly kind: 'malformed-subject'
        readonly condition: Condition
        readonly value: string
        readonly reason: string
        readonly half?: 'namespace' | 'service account'
        readonly suggestion?: string
      }
    | {
        readonly kind: 'wrong-audience'
        readonly condition: Condition
        readonly clientIds: readonly string[]
        readonly isSubject: boolean
      }
    | { readonly kind: 'wrong-action'; readonly needed: readonly string[] }
    | {
        readonly kind: 'foreign-provider'
        readonly differs: 'account' | 'partition'
        readonly account: string
        readonly partition: string
        readonly issuer: string
      }
    | { readonly kind: 'missing-tag-session'; readonly isNamedElsewhere: boolean }
    | {
        readonly kind: 'contradictory-conditions'
        readonly pair?: readonly [Condition, Condition]
        readonly issuers?: readonly string[]
      }
    | { readonly kind: 'principal-tag-in-trust'; readonly condition: Condition; readonly rightKey: string }
    | { readonly kind: 'wrong-source-arn'; readonly condition: Condition; readonly rightValue?: string }
    | {
        readonly kind: 'wrong-operator-type'
        readonly condition: Condition
        readonly family: string
        readonly asOperator?: string
      }
    | {
        readonly kind: 'unqualified-multivalued-key'
        readonly condition: Condition
        readonly asOperator?: string
      }
    | {
        readonly kind: 'dead-statement'
        readonly reason: string
        readonly rightKey?: string
        readonly condition?: Condition
      }
  )

export type DeadKind = DeadCause['kind']
export type DeadCauseOf<Kind extends DeadKind> = Extract<DeadCause, { readonly kind: Kind }>

interface DeadPlace {
  /** JSON pointer to the value, the condition, the element or the statement to blame. */
  readonly at: string
  readonly related?: readonly { readonly at: string; readonly note: string }[]
  /** Set where the cause rests on what AWS is expected to do, not on what it documents. */
  readonly certainty?: 'possible'
}

/** What the engine made of the requests that may meet the statement: one admission, or one for each tag mode. */
export interface Views {
  readonly documented: readonly Admission[]
  /** Under the readings that are expected where AWS documents nothing; the same where there is nothing to expect. */
  readonly expected: readonly Admission[]
}
