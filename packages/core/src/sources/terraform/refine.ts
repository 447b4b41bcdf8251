/**
 * Words of a rebuilt policy, by the place they stand in: an unknown principal of type `Federated` is the ARN of a
 * provider, an unknown subject is one service account, and a condition key of which nothing is known shows its claim in
 * its values.
 */
import { issuerOfProviderArn, SUBJECT_PREFIX } from '../aws-names.js'
import { isList, isObject } from '../json-input.js'
import { type Placeholders, UNKNOWN_ACCOUNT } from '../placeholders.js'

export interface RefineContext {
  readonly placeholders: Placeholders
  readonly owner: { readonly account?: string; readonly partition?: string }
  /** The ARN of the provider that a statement is likely to mean, where nothing but its place is known. */
  guessProvider(origin: string): string | undefined
  /** Whether keys are made of the URL of a provider, which is configured with its scheme and read back without. */
  readonly isOfUrl: boolean
}

export interface Refined {
  readonly policy: unknown
  /** Pointers of statements whose condition keys were told from their values. */
  readonly assumed: readonly string[]
  readonly gaps: readonly string[]
}

export function refined(policy: unknown, context: RefineContext): Refined {
  const assumed: string[] = []
  const gaps: string[] = []
  if (!isObject(policy)) return { policy, assumed, gaps }
  const { Statement: statement } = policy
  if (!isList(statement)) {
    const one = isObject(statement)
      ? refinedStatement(statement, '/Statement', context, assumed, gaps)
      : statement
    return { policy: { ...policy, Statement: one }, assumed, gaps }
  }
  const all = statement.map((one, index) =>
    isObject(one) ? refinedStatement(one, `/Statement/${index}`, context, assumed, gaps) : one,
  )
  return { policy: { ...policy, Statement: all }, assumed, gaps }
}

function refinedStatement(
  statement: Readonly<Record<string, unknown>>,
  pointer: string,
  context: RefineContext,
  assumed: string[],
  gaps: string[],
): unknown {
  const named = issuerOfKeys(statement['Condition'], context)
  const principal = isObject(statement['Principal'])
    ? Object.fromEntries(
        Object.entries(statement['Principal']).map(([type, value]) => [
          type,
          mapped(value, (text) => principalOf(type, text, named, context)),
        ]),
      )
    : statement['Principal']
  const federated = isObject(principal)
    ? [principal['Federated']].flat().find((one) => typeof one === 'string')
    : undefined
  const issuer = typeof federated === 'string' ? issuerOfProviderArn(federated) : undefined
  const condition = statement['Condition']
  const tests: Record<string, unknown> = {}
  for (const [test, keys] of Object.entries(isObject(condition) ? condition : {})) {
    if (!isObject(keys)) {
      tests[test] = keys
      continue
    }
    const read: Record<string, unknown> = {}
    for (const [key, values] of Object.entries(keys)) {
      const known = keyOf(key, values, issuer, context)
      if (known.isAssumed) assumed.push(pointer)
      if (known.key === undefined) {
        gaps.push(
          `a condition key waits for ${originOf(key, context.placeholders) ?? key}, and its values do not tell which claim it is`,
        )
        // Whatever it tests, it lets somebody through and not everybody.
        const stand = issuer === undefined ? 'aws:RequestTag/kubernetes-namespace' : `${issuer}:sub`
        const word = valueOf(stand, key, context)
        tests['StringEquals'] = {
          ...(isObject(tests['StringEquals']) ? tests['StringEquals'] : {}),
          [stand]: word,
        }
        continue
      }
      const plain = mapped(values, (text) => valueOf(known.key ?? '', text, context))
      read[known.key] = known.key in read ? [read[known.key], plain].flat() : plain
    }
    if (Object.keys(read).length > 0) tests[test] = { ...(isObject(tests[test]) ? tests[test] : {}), ...read }
  }
  return {
    ...statement,
    ...(principal === undefined ? {} : { Principal: principal }),
    ...(Object.keys(tests).length === 0 && !isObject(condition) ? {} : { Condition: tests }),
  }
}

function mapped(value: unknown, change: (text: string) => string): unknown {
  if (isList(value)) return value.map((item) => mapped(item, change))
  return typeof value === 'string' ? change(value) : value
}

/** What a text stands for, if it is a word and nothing else. */
function originOf(text: string, placeholders: Placeholders): string | undefined {
  if (!text.startsWith('known-after-apply-')) return undefined
  return placeholders
    .holesIn(text)
    .find(({ placeholder, kind }) => placeholder === text && kind !== 'issuer' && kind !== 'provider')?.origin
}

/** The only issuer that the keys of a statement name. */
function issuerOfKeys(condition: unknown, { placeholders }: RefineContext): string | undefined {
  const tests = Object.values(isObject(condition) ? condition : {})
  const issuers = tests
    .flatMap((test) => (isObject(test) ? Object.keys(test) : []))
    .flatMap((key) => {
      const issuer = /^(?:https:\/\/)?([^:]+\.[^:]+):[^:]+$/.exec(key)?.[1]
      return issuer === undefined || originOf(issuer, placeholders) !== undefined ? [] : issuer
    })
  const [only] = issuers
  return issuers.every((issuer) => issuer === only) ? only : undefined
}

/** A provider of which nothing is known is the one that the keys are of: with another the statement makes no sense. */
function principalOf(
  type: string,
  text: string,
  named: string | undefined,
  { placeholders, owner, guessProvider }: RefineContext,
): string {
  const origin = originOf(text, placeholders)
  const { account = UNKNOWN_ACCOUNT, partition = 'aws' } = owner
  if (origin !== undefined) {
    if (type === 'Federated') {
      const guess = guessProvider(origin)
      const guessed = guess === undefined ? undefined : issuerOfProviderArn(guess)
      return placeholders.providerArn(origin, guessed ?? named ?? placeholders.issuer(origin), owner)
    }
    if (type === 'AWS') return `arn:${partition}:iam::${account}:role/${text}`
    return type === 'Service' ? `${text}.amazonaws.com` : text
  }
  return text
}

/** The key, and whether its claim was told from its values. A claim that stands behind an unknown issuer is no guess. */
function keyOf(
  key: string,
  values: unknown,
  issuer: string | undefined,
  { placeholders, isOfUrl }: RefineContext,
): { readonly key: string | undefined; readonly isAssumed: boolean } {
  if (isOfUrl && issuer !== undefined && key.startsWith(`https://${issuer}:`))
    return { key: key.slice('https://'.length), isAssumed: false }
  const colon = key.lastIndexOf(':')
  const before = colon === -1 ? undefined : originOf(key.slice(0, colon), placeholders)
  if (before !== undefined && issuer !== undefined) return { key: issuer + key.slice(colon), isAssumed: true }
  if (originOf(key, placeholders) === undefined)
    return { key: sameIssuer(key, placeholders), isAssumed: false }
  if (issuer === undefined) return { key: undefined, isAssumed: true }
  const claim = claimOf([values].flat())
  return { key: claim === undefined ? undefined : `${issuer}:${claim}`, isAssumed: true }
}

/** Only subjects look like subjects; what else is tested of a token is its audience. */
function claimOf(values: readonly unknown[]): 'sub' | 'aud' | undefined {
  const texts = values.filter((value) => typeof value === 'string')
  if (
    texts.some(
      (text) => text.startsWith('system:') || text.startsWith(SUBJECT_PREFIX) || /^[*?]?.*:.*:/.test(text),
    )
  )
    return 'sub'
  return texts.some(
    (text) => text === 'sts.amazonaws.com' || /^(?:https:\/\/|[a-z0-9-]+(?:\.[a-z0-9-]+)+$)/.test(text),
  )
    ? 'aud'
    : undefined
}

/** The host of EKS with an id that is not known yet is the issuer that the id is part of. */
function sameIssuer(key: string, placeholders: Placeholders): string {
  return key.replace(
    /^oidc\.eks\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?\/id\/([a-z0-9]+)/,
    (all, id: string) => {
      return (
        placeholders.holes.find(
          ({ kind, placeholder }) => kind === 'issuer' && placeholder.endsWith(`/id/${id}`),
        )?.placeholder ?? all
      )
    },
  )
}

function valueOf(key: string, text: string, { placeholders, owner }: RefineContext): string {
  const origin = originOf(text, placeholders)
  if (origin === undefined) return text
  const { account = UNKNOWN_ACCOUNT, partition = 'aws' } = owner
  if (key.endsWith(':sub')) return placeholders.subject(origin)
  if (/^aws:(?:SourceArn|RequestTag\/eks-cluster-arn)$/i.test(key))
    return `arn:${partition}:eks:xx-unknown-1:${account}:cluster/${text}`
  if (/Account$/i.test(key)) return account
  return text
}
