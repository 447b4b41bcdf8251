/** What roles may do, as IAM tells it: policies that are part of a role, and managed ones that are attached to it. */
import type { RolePolicy } from '../inventory.js'
import { isList, isObject, type JsonObject, textOf } from './json-input.js'

/** The document of a managed policy by its ARN, where the input holds it. */
export type ManagedDocuments = (arn: string) => unknown

/**
 * The policies of a role, or `undefined` where the entry does not tell. A document is decoded when somebody asks for it:
 * an account has thousands of them, and few are looked at.
 */
export function policiesOf(
  { RolePolicyList: inline, AttachedManagedPolicies: attached }: JsonObject,
  managed?: ManagedDocuments,
): readonly RolePolicy[] | undefined {
  if (!isList(inline) && !isList(attached)) return undefined
  const policies: RolePolicy[] = []
  for (const policy of isList(inline) ? inline : []) {
    const name = isObject(policy) ? textOf(policy['PolicyName']) : undefined
    if (!isObject(policy) || name === undefined) continue
    policies.push(withDocument({ name }, () => documentOf(policy['PolicyDocument'])))
  }
  for (const policy of isList(attached) ? attached : []) {
    const arn = isObject(policy) ? textOf(policy['PolicyArn']) : undefined
    if (!isObject(policy) || arn === undefined) continue
    const attachedPolicy = { name: textOf(policy['PolicyName']) ?? arn.slice(arn.lastIndexOf('/') + 1), arn }
    policies.push(managed === undefined ? attachedPolicy : withDocument(attachedPolicy, () => managed(arn)))
  }
  return policies
}

function withDocument({ name, arn }: RolePolicy, read: () => unknown): RolePolicy {
  return {
    name,
    ...(arn === undefined ? {} : { arn }),
    get document() {
      return read()
    },
  }
}

/** The documents of `Policies` of `get-account-authorization-details`, of each the version in force. */
export function managedDocuments(lists: readonly (readonly unknown[])[]): ManagedDocuments | undefined {
  if (lists.length === 0) return undefined
  let versions: Map<string, unknown> | undefined
  return (arn) => {
    versions ??= new Map(lists.flatMap((list) => [...versionsInForce(list)]))
    return documentOf(versions.get(arn))
  }
}

function* versionsInForce(
  policies: readonly unknown[],
): Generator<readonly [arn: string, document: unknown]> {
  for (const policy of policies) {
    if (!isObject(policy)) continue
    const { PolicyVersionList: versions, DefaultVersionId: id } = policy
    const arn = textOf(policy['Arn'])
    if (arn === undefined || !isList(versions)) continue
    const version = versions
      .filter(isObject)
      .find(({ IsDefaultVersion: isDefault, VersionId: one }) => isDefault === true || one === id)
    if (version !== undefined) yield [arn, version['Document']]
  }
}

/** A policy as JSON: IAM gives it URL-encoded, the AWS CLI as an object. What is no JSON is not known. */
function documentOf(value: unknown): unknown {
  if (typeof value !== 'string') return value ?? undefined
  try {
    return JSON.parse(decodedPolicy(value)) as unknown
  } catch {
    return undefined
  }
}

/**
 * IAM encodes by RFC 3986, where a plus is a plus. Text that is JSON already is never decoded: a percent sign in it is
 * its own. What cannot be decoded stays as it is, for whoever reads it to call unreadable.
 */
export function decodedPolicy(text: string): string {
  if (text.trimStart().startsWith('{')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
