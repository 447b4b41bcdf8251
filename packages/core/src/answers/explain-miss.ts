import type { Facts } from '../inventory.js'
import type { TrustPolicy } from '../policy/ast.js'
import type { PatchOperation } from '../policy/condition-patch.js'
import type { RequestModel } from '../mechanisms/request-model.js'
import type { ServiceAccountName } from '../trust/service-account-set.js'
import type { CauseId } from './explain-causes.js'
import type { ExplainIndex } from './explain-scene.js'

/** Who calls, and what a place of the policy is compared with. */
export interface MissScene {
  readonly mechanism: 'irsa' | 'web-identity' | 'pod-identity'
  readonly index: ExplainIndex
  readonly facts: Facts
  readonly policy: TrustPolicy
  readonly model: RequestModel
  /** For tokens: host and path of the issuer, and the ARN that its provider in the role's account has. */
  readonly issuer?: string
  readonly providerArn?: string
  readonly subject?: string
  readonly serviceAccount?: ServiceAccountName
  readonly audience?: string
  readonly cluster?: { readonly name: string; readonly arn?: string }
  /** For Pod Identity. */
  readonly sessionTags: boolean
}

/** One place of the policy that keeps the caller out. */
export interface Miss {
  readonly cause: CauseId
  /** JSON pointer below the policy. */
  readonly at: string
  /** Lower case, no full stop. */
  readonly summary: string
  readonly wanted: string
  readonly found: string
  readonly distance?: number
  /** How far the policy is from letting the caller in here; of several statements the nearest is explained. */
  readonly cost: number
  /** The change of the document that would mend this place, and what it does. */
  readonly change?: MissChange
}

export interface MissChange {
  /** An imperative clause. */
  readonly title: string
  patch(): readonly PatchOperation[] | undefined
}
