import type { Language } from '../automata/language.js'
import type { KeyModel, RequestModel } from '../mechanisms/request-model.js'
import type { Statement } from '../policy/ast.js'
import type { StsAction } from '../policy/request.js'
import type { Cell } from './cells.js'

/** Which words of a request model a policy admits. */
export interface Admission {
  readonly model: RequestModel
  readonly certain: Language
  readonly possible: Language
  /** Why `certain` and `possible` differ; empty where they do not. */
  readonly undecided: readonly Undecided[]
  /** Allow statements whose principal may mean the caller, with the actions of the model that they name. */
  readonly statements: readonly StatementAdmission[]
  /** What the policy tests and the caller, the place or the time chooses: it restricts the call, not who may call. */
  readonly residual: readonly string[]
  /** Keys of the policy's conditions that meet the caller, with what the model says of them. */
  readonly keys: ReadonlyMap<string, KeyModel>
  /** Each combination of cells with the words that it admits. */
  readonly combinations: readonly Combination[]
}

export interface Combination {
  /** What the context holds under each key that varies. */
  readonly cell: Cell
  readonly certain: Language
  readonly possible: Language
}

/** What one Allow statement admits by itself, before any Deny. */
export interface StatementAdmission {
  readonly statement: Statement
  readonly actions: readonly StsAction[]
  readonly certain: Language
  readonly possible: Language
}

/** One reason why the answer is a pair of bounds. */
export interface Undecided {
  /**
   * `doubt`: AWS's behaviour is not documented; `missing-input`: a fact is not in the input; `limit`: the policy is too
   * large for an exact answer.
   */
  readonly cause: 'doubt' | 'missing-input' | 'limit'
  readonly reason: string
  /** JSON pointer below the policy, where one place is to blame. */
  readonly pointer?: string
  /** Set where the bounds may be wider apart than they need be, because the question was too hard to answer exactly. */
  readonly isInexact?: true
}
