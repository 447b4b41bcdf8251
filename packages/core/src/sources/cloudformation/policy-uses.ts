/** What the unknowns in a trust policy are, told from where they stand. */
import { isList, isObject, type JsonObject } from '../json-input.js'
import type { Unknowns } from './unknowns.js'

const ISSUER_KEY = /^(.+):[A-Za-z]+$/s

export function notePolicy(policy: unknown, unknowns: Unknowns): void {
  const element = isObject(policy) ? policy['Statement'] : undefined
  for (const statement of isList(element) ? element : [element]) {
    if (!isObject(statement)) continue
    joinIssuers(statement, unknowns)
    for (const name of ['Principal', 'NotPrincipal'] as const) notePrincipal(statement[name], unknowns)
    const condition = statement['Condition']
    for (const block of isObject(condition) ? Object.values(condition) : []) {
      for (const [key, values] of isObject(block) ? Object.entries(block) : [])
        noteCondition(key, values, unknowns)
    }
  }
}

/**
 * The issuer in the keys of a statement is that of its provider, as far as one of the two is not known: no template tells
 * that two parameters without a value are different.
 */
function joinIssuers({ Principal: principal, Condition: condition }: JsonObject, unknowns: Unknowns): void {
  const providers = isObject(principal) ? [principal['Federated']].flat() : []
  const [provider] = providers
  if (providers.length !== 1 || typeof provider !== 'string') return
  for (const block of isObject(condition) ? Object.values(condition) : []) {
    for (const key of isObject(block) ? Object.keys(block) : []) {
      const issuer = issuerOfKey(key)
      if (issuer !== undefined) unknowns.join(provider, issuer)
    }
  }
}

/** Keys that look like an issuer's; what is no issuer is left for the analysis to say so. */
function issuerOfKey(key: string): string | undefined {
  const issuer = ISSUER_KEY.exec(key)?.[1]
  if (
    issuer === undefined ||
    issuer.includes('://') ||
    issuer.startsWith('arn:') ||
    /^(?:aws|sts|iam|saml)$/i.test(issuer)
  )
    return undefined
  return issuer
}

function notePrincipal(principal: unknown, unknowns: Unknowns): void {
  for (const [type, values] of isObject(principal) ? Object.entries(principal) : []) {
    for (const value of isList(values) ? values : [values]) {
      if (typeof value !== 'string') continue
      if (type === 'Federated') unknowns.asProviderArn(value)
      if (type === 'AWS') unknowns.use(value, 'principal')
      if (type === 'Service') unknowns.use(value, 'service')
      noteArn(value, unknowns)
    }
  }
}

function noteCondition(key: string, values: unknown, unknowns: Unknowns): void {
  const issuer = ISSUER_KEY.exec(key)?.[1]
  if (issuer !== undefined) unknowns.use(issuer, 'issuer')
  const lower = key.toLowerCase()
  for (const value of isList(values) ? values : [values]) {
    if (typeof value !== 'string') continue
    if (lower.endsWith(':sub')) unknowns.use(value, 'subject')
    if (lower.endsWith(':aud')) unknowns.use(value, 'audience')
    if (lower.endsWith('account')) unknowns.use(value, 'account')
    noteParts(value, unknowns)
    noteArn(value, unknowns)
  }
}

/** An unknown inside of a subject is a name. */
function noteParts(value: string, unknowns: Unknowns): void {
  if (!value.startsWith('system:')) return
  for (const part of value.split(':')) unknowns.use(part, 'name')
}

/** `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE` */
function noteArn(value: string, unknowns: Unknowns): void {
  if (!value.startsWith('arn:')) return
  const [, , , , account = '', ...rest] = value.split(':')
  unknowns.use(account, 'account')
  const resource = rest.join(':')
  if (resource.startsWith('oidc-provider/')) unknowns.use(resource.slice('oidc-provider/'.length), 'issuer')
}
