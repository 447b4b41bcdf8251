import { CAUSES } from './explain-causes.js'
import type { CauseId, ExplainCause } from './explain-causes.js'

import { ERRORS } from './known-errors.js'
import type { KnownError, KnownErrorId } from './known-errors.js'

export type { CauseId, ExplainCause } from './explain-causes.js'
export type { KnownErrorId } from './known-errors.js'

/** An error as the caller of AWS meets it. */
export interface SdkError {
  readonly id: KnownErrorId
  readonly code: string
  /** HTTP status; 0 where no service answers. */
  readonly status: number
  readonly message: string
  /** As the AWS CLI and boto3 print it. */
  readonly text: string
}

/** Longer texts are logs; what tells an error stands near its beginning or nowhere. */
const LONGEST_TEXT = 100_000

/** What an error says, told from its text alone. */
export interface ErrorExplanation {
  readonly error: SdkError
  /** One sentence. */
  readonly means: string
  /** Most likely first; all of them `possible`, since nothing but the text is known. */
  readonly causes: readonly ExplainCause[]
  /** What the text itself tells. */
  readonly facts: readonly { readonly what: string; readonly value: string }[]
}

/**
 * The causes that fit the text of an error of STS, EKS Auth, the Pod Identity agent or an SDK; `undefined` for a text
 * that is none of those known. Of the text only issuers, claims and ARNs are shown.
 *
 * @example
 * ```ts
 * explainError('InvalidIdentityToken: Incorrect token audience')?.causes[0].summary
 * ```
 */
export function explainError(text: string): ErrorExplanation | undefined {
  const head = text.slice(0, LONGEST_TEXT)
  for (const [id, known] of Object.entries(ERRORS) as [KnownErrorId, KnownError][]) {
    if (!known.told.every((pattern) => pattern.test(head))) continue
    const facts = factsOf(id, head)
    const filled = Object.fromEntries(facts.map(({ what, value }) => [what, value]))
    return {
      error: sdkError(id, {
        ISSUER: filled['issuer'] ?? 'https://…',
        CLAIM: filled['claim'] ?? '…',
        ROLE: filled['role'] ?? '…',
        SESSION: filled['caller'] ?? '…',
        'NODE-ROLE-SESSION': filled['caller'] ?? '…',
      }),
      means: known.means,
      causes: known.causes.map((cause) => generalCause(cause)),
      facts,
    }
  }
  return undefined
}

const possible = new Map<CauseId, ExplainCause>()

/** A cause as it is said where nothing but the error is known. */
export function generalCause(id: CauseId, certainty: ExplainCause['certainty'] = 'possible'): ExplainCause {
  const known = certainty === 'possible' ? possible.get(id) : undefined
  if (known !== undefined) return known
  const { general, look } = CAUSES[id]
  const cause: ExplainCause = { id, certainty, summary: general, look }
  if (certainty === 'possible') possible.set(id, cause)
  return cause
}

/** An error with its blanks filled, such as `ISSUER`. */
export function sdkError(id: KnownErrorId, blanks?: Readonly<Record<string, string>>): SdkError {
  if (blanks !== undefined) return filledError(id, blanks)
  let error = plainErrors.get(id)
  if (error === undefined) plainErrors.set(id, (error = filledError(id, {})))
  return error
}

const plainErrors = new Map<KnownErrorId, SdkError>()

function filledError(id: KnownErrorId, blanks: Readonly<Record<string, string>>): SdkError {
  const { code, status, message: template, operation }: KnownError = ERRORS[id]
  const message = template.replace(
    /\b(?:ISSUER|CLAIM|NOW|EXP|NODE-ROLE-SESSION|SESSION|ROLE)\b/g,
    (blank) => blanks[blank] ?? '…',
  )
  let text = message
  if (operation !== undefined)
    text = `An error occurred (${code}) when calling the ${operation} operation: ${message}`
  else if (status > 0)
    text = `Error when retrieving credentials from container-role: Error retrieving metadata: Received non 200 response ${status} from container metadata: (${code}): ${message}`
  return { id, code, status, message, text }
}

const FACTS: readonly { readonly what: string; readonly found: RegExp }[] = [
  { what: 'issuer', found: /provider found in your account for (https:\/\/[^\s"'<>\\]{1,300})/i },
  { what: 'claim', found: /required claim:?\s*([a-z_]{1,40})/i },
  { what: 'caller', found: /(arn:[a-z0-9-]+:sts::\d{12}:assumed-role\/[\w+=,.@-]{1,64}\/[\w+=,.@-]{1,64})/ },
  { what: 'role', found: /(arn:[a-z0-9-]+:iam::\d{12}:role\/[\w+=,.@/-]{1,576})/ },
]

function factsOf(id: KnownErrorId, text: string): { what: string; value: string }[] {
  const facts = FACTS.flatMap(({ what, found }) => {
    const value = found.exec(text)?.[1]
    return value === undefined ? [] : [{ what, value: value.replace(/[.,;)]+$/, '') }]
  })
  if (id === 'node-role-used') {
    const node = facts.find(({ what }) => what === 'caller')?.value.split('/')[1]
    if (node !== undefined) facts.push({ what: 'node role', value: node })
  }
  return facts
}
