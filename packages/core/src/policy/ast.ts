/**
 * What a trust policy says, as plain data. Everything that IAM treats alike is alike here: one value and a list of one
 * value, `"true"` and `true`, condition keys of any letter case, `arn:aws:iam::111122223333:root` and the account id
 * stay as written (they are compared by meaning), operator names of any letter case.
 *
 * A node knows its JSON pointer below the document; lines and columns are worked out from it only when asked.
 */

export type PolicyVersion = '2012-10-17' | '2008-10-17'

export interface TrustPolicy {
  /** The version in force: `2008-10-17` where the document names none, as IAM has it. Policy variables need 2012. */
  readonly version: PolicyVersion
  readonly statements: readonly Statement[]
  /** What IAM would refuse, what is doubtful, what could not be read. Never empty for a document that is not a policy. */
  readonly problems: readonly PolicyProblem[]
  /** Length as IAM counts it against the quota: characters of the document without white space. */
  readonly size: number
}

/** A flaw of the document itself. */
export interface PolicyProblem {
  readonly kind: 'refused' | 'duplicate-key' | 'unreadable'
  /** Lower-case sentence for people, user text in backticks. */
  readonly message: string
  /** The error IAM answers with when this is written, where it is known. */
  readonly iamError?: string
  /** JSON pointer below the document. */
  readonly pointer: string
}

export type Effect = 'Allow' | 'Deny'

export interface Statement {
  readonly index: number
  /** JSON pointer below the document, `/Statement/0`, or `/Statement` for a statement that is not in a list. */
  readonly pointer: string
  readonly sid?: string
  /** `undefined` when it could not be read: such a statement may grant. */
  readonly effect: Effect | undefined
  readonly principal: PrincipalElement
  readonly action: ActionElement
  /** Conditions of the document as JSON has it (the last of duplicate keys); all must hold. */
  readonly conditions: readonly Condition[]
  /**
   * Set when duplicate keys leave several readings: every reading, each a full list of conditions, `conditions` among
   * them. An Allow may hold by any of them.
   */
  readonly readings?: readonly (readonly Condition[])[]
  /**
   * Why the statement cannot be analyzed with certainty (an element IAM does not know, a missing element). What was
   * read of it still bounds what it may grant; it never closes anything.
   */
  readonly unreadable?: string
}

export type PrincipalType = 'AWS' | 'Federated' | 'Service' | 'CanonicalUser'

export type PrincipalElement =
  /** `"Principal": "*"` */
  | { readonly kind: 'everyone'; readonly pointer: string }
  | { readonly kind: 'principals'; readonly pointer: string; readonly entries: readonly PrincipalEntry[] }
  /** `NotPrincipal`: in a trust policy IAM refuses it; an Allow counts as everyone but. */
  | { readonly kind: 'not-principals'; readonly pointer: string; readonly entries: readonly PrincipalEntry[] }
  /** Missing, or of a shape the grammar does not know: anybody may be meant. */
  | { readonly kind: 'unreadable'; readonly pointer: string }

export interface PrincipalEntry {
  readonly type: PrincipalType
  /** As written. */
  readonly value: string
  readonly pointer: string
}

export type ActionElement =
  | {
      readonly kind: 'actions' | 'not-actions'
      readonly pointer: string
      readonly patterns: readonly string[]
    }
  /** Missing, or both `Action` and `NotAction`, or of a shape the grammar does not know. */
  | { readonly kind: 'unreadable'; readonly pointer: string }

export type SetOperator = 'ForAllValues' | 'ForAnyValue'

/** The base operators of IAM, spelled as the documentation spells them. */
export type BaseOperator =
  | 'StringEquals'
  | 'StringNotEquals'
  | 'StringEqualsIgnoreCase'
  | 'StringNotEqualsIgnoreCase'
  | 'StringLike'
  | 'StringNotLike'
  | 'NumericEquals'
  | 'NumericNotEquals'
  | 'NumericLessThan'
  | 'NumericLessThanEquals'
  | 'NumericGreaterThan'
  | 'NumericGreaterThanEquals'
  | 'DateEquals'
  | 'DateNotEquals'
  | 'DateLessThan'
  | 'DateLessThanEquals'
  | 'DateGreaterThan'
  | 'DateGreaterThanEquals'
  | 'Bool'
  | 'BinaryEquals'
  | 'IpAddress'
  | 'NotIpAddress'
  | 'ArnEquals'
  | 'ArnNotEquals'
  | 'ArnLike'
  | 'ArnNotLike'
  | 'Null'

export interface ConditionOperator {
  /** `undefined` for an operator IAM does not have: in an Allow it may match, in a Deny it does not. */
  readonly base: BaseOperator | undefined
  readonly set?: SetOperator
  readonly ifExists: boolean
  /** As written, for messages. */
  readonly text: string
}

/** One key under one operator. */
export interface Condition {
  readonly operator: ConditionOperator
  /** Lower case (ASCII), for look-up. */
  readonly key: string
  /** As written, for messages. */
  readonly keyText: string
  /** Booleans and numbers as their JSON text. Empty lists are kept: they have a meaning of their own. */
  readonly values: readonly string[]
  /** Set when the value is not in the grammar (null, an object): in an Allow the condition may match. */
  readonly unreadable?: true
  /** Pointer to the key: `/Statement/0/Condition/StringEquals/aws:SourceIp`. */
  readonly pointer: string
  /** Whether the value was written as a list: the pointer to value `i` is then `pointer/i`, else `pointer`. */
  readonly isList: boolean
}
