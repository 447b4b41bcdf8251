// @ts-check
/** Trust policies as people write them, and their usual slips. */

/** @typedef {import('./account.mjs').Json} Json */

/** @param {string} account @param {string} issuer with or without scheme @param {string} [partition] */
export function providerArn(account, issuer, partition = 'aws') {
  return `arn:${partition}:iam::${account}:oidc-provider/${issuer.replace(/^https:\/\//, '')}`
}

/**
 * The usual trust policy for IRSA. Without `sub`, or with another `operator`, it is one of the usual slips.
 *
 * @param {{ account: string, issuer: string, sub?: string, aud?: string, operator?: string, partition?: string }} options
 */
export function irsaTrust({
  account,
  issuer,
  sub,
  aud = 'sts.amazonaws.com',
  operator = 'StringEquals',
  partition,
}) {
  const key = issuer.replace(/^https:\/\//, '')
  /** @type {Record<string, Record<string, string>>} */
  const condition = { StringEquals: { [`${key}:aud`]: aud } }
  if (sub !== undefined) condition[operator] = { ...condition[operator], [`${key}:sub`]: sub }
  return policyOf({
    Effect: 'Allow',
    Principal: { Federated: providerArn(account, issuer, partition) },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: condition,
  })
}

/** The usual trust policy for Pod Identity, with tests on session tags where given. @param {Readonly<Record<string, string>>} [tags] */
export function podIdentityTrust(tags) {
  const condition = Object.entries(tags ?? {}).map(([tag, value]) => [`aws:RequestTag/${tag}`, value])
  return policyOf({
    Effect: 'Allow',
    Principal: { Service: 'pods.eks.amazonaws.com' },
    Action: ['sts:AssumeRole', 'sts:TagSession'],
    ...(tags === undefined ? {} : { Condition: { StringEquals: Object.fromEntries(condition) } }),
  })
}

/** @param {Json} principal such as `{ Service: 'lambda.amazonaws.com' }` */
export function plainTrust(principal) {
  return policyOf({ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' })
}

/** @param {Json} statement */
function policyOf(statement) {
  return { Version: '2012-10-17', Statement: [statement] }
}
