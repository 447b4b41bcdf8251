import type { PodIdentityAssociation, Role } from '../inventory.js'
import { isUnknown } from '../inventory.js'
import { quoted } from '../text/quote.js'
import type { ServiceAccountName } from '../trust/service-account-set.js'
import { editDistance } from './edit-distance.js'
import { generalCause, sdkError } from './error-causes.js'
import type { ExplainCause } from './error-causes.js'
import type { TokenFacts } from './explain-question.js'
import { accountOfArn, nameOfCluster } from './explain-scene.js'
import type { ExplainIndex } from './explain-scene.js'
import type { Finding } from './explain-walk.js'

/** A service account, and the role that an association is to give it. */
export interface PodIdentityCall {
  readonly index: ExplainIndex
  /** The role in question: that of the association, or its target. */
  readonly role: Role
  readonly account: string | undefined
  readonly serviceAccount: ServiceAccountName
  readonly cluster: { readonly name: string; readonly arn?: string; readonly account?: string } | undefined
  /** Present where somebody has a token. */
  readonly token?: TokenFacts
  readonly now: Date
}

/** The association that decides, and the role that EKS assumes first. */
export interface Route {
  readonly association: PodIdentityAssociation | undefined
  readonly source: Role | undefined
  readonly target: Role | undefined
  readonly isTarget: boolean
  readonly sessionTags: boolean
}

export function routeOf({ index, role, serviceAccount, cluster }: PodIdentityCall): Route {
  const all = index.associationsOf(serviceAccount.namespace, serviceAccount.name, cluster?.name)
  const found =
    all.find((one) => isSource(one, role)) ??
    all.find((one) => one.targetRoleArn === role.arn && role.arn !== undefined) ??
    all[0]
  const isTarget =
    found !== undefined &&
    !isSource(found, role) &&
    role.arn !== undefined &&
    found.targetRoleArn === role.arn
  const named = found === undefined || isUnknown(found.roleArn) ? undefined : index.role(found.roleArn)
  const target =
    found?.targetRoleArn === undefined || isUnknown(found.targetRoleArn)
      ? undefined
      : index.role(found.targetRoleArn)
  return {
    association: found,
    source: isTarget ? named : role,
    target: isTarget ? role : target,
    isTarget,
    sessionTags: found?.disableSessionTags !== true,
  }
}

export function isSource({ roleArn, roleKey }: PodIdentityAssociation, role: Role): boolean {
  return roleKey === role.key || (role.arn !== undefined && roleArn === role.arn)
}

export function association(
  { index, role, serviceAccount, cluster }: PodIdentityCall,
  { association: found, isTarget }: Route,
): Finding {
  const { namespace, name } = serviceAccount
  const who = `${namespace}/${name}`
  const asked = role.arn ?? role.name
  if (found === undefined) {
    const isHeld = index.facts.holds.has('associations')
    const causes = [
      ...nearAssociations(index, serviceAccount, cluster?.name),
      generalCause('no-association', 'likely'),
    ]
    return {
      verdict: 'unknown',
      asked,
      found: isHeld ? 'none among those read' : 'associations not read',
      missing: [
        `whether an association gives ${quoted(who)} the role (\`aws eks list-pod-identity-associations\`)`,
      ],
      ...(isHeld
        ? {
            causes: causes.map((one) =>
              one.id === 'no-association'
                ? { ...one, summary: `no association for ${quoted(who)} was read` }
                : one,
            ),
          }
        : {}),
      mend: () => associationMend(role, serviceAccount, cluster?.name),
    }
  }
  if (isTarget || isSource(found, role)) {
    const tags = found.disableSessionTags ? ', session tags disabled' : ''
    return { verdict: 'passed', asked, found: `${who} in ${shown(found.cluster)}${tags}` }
  }
  if (isUnknown(found.roleArn))
    return {
      verdict: 'unknown',
      asked,
      found: 'an association with an unknown role',
      missing: [found.roleArn.reason],
    }
  return {
    verdict: 'failed',
    asked,
    found: found.roleArn,
    causes: [
      {
        ...generalCause('association-of-other-role', 'certain'),
        summary: `the association of ${quoted(who)} gives ${quoted(found.roleArn, 200)}`,
      },
    ],
    mend: () => ({ target: 'association', title: `give the association the role ${quoted(asked, 200)}` }),
  }
}

function shown(value: PodIdentityAssociation['cluster']): string {
  return isUnknown(value) ? 'a cluster not known yet' : nameOfCluster(value)
}

/** Associations for a name like this one. */
function nearAssociations(
  index: ExplainIndex,
  { namespace, name }: ServiceAccountName,
  cluster: string | undefined,
): readonly ExplainCause[] {
  for (const one of index.facts.associations) {
    if (isUnknown(one.namespace) || isUnknown(one.serviceAccount)) continue
    if (
      cluster !== undefined &&
      !isUnknown(one.cluster) &&
      nameOfCluster(one.cluster) !== nameOfCluster(cluster)
    )
      continue
    const which = quoted(`${one.namespace}/${one.serviceAccount}`)
    if (one.serviceAccount === name && one.namespace !== namespace)
      return [
        {
          ...generalCause('wrong-namespace', 'likely'),
          summary: `there is an association for ${which}, in another namespace`,
        },
      ]
    if (one.namespace === namespace && editDistance(one.serviceAccount, name) <= 3)
      return [
        {
          ...generalCause('wrong-name', 'likely'),
          summary: `there is an association for ${which}, with another name`,
        },
      ]
  }
  return []
}

function associationMend(
  { arn }: Role,
  { namespace, name }: ServiceAccountName,
  cluster: string | undefined,
): ReturnType<NonNullable<Finding['mend']>> {
  const parts = [cluster ?? 'CLUSTER', namespace, name, arn ?? 'ROLE-ARN']
  return {
    target: 'association',
    title: `create a Pod Identity association for ${quoted(`${namespace}/${name}`)}`,
    ...(parts.every((part) => /^[\w.:/@+=,-]+$/.test(part))
      ? {
          command: `aws eks create-pod-identity-association --cluster-name ${nameOfCluster(parts[0] ?? '')} --namespace ${namespace} --service-account ${name} --role-arn ${parts[3]}`,
        }
      : {}),
  }
}

export function account({ cluster }: PodIdentityCall, { association: found, source }: Route): Finding {
  const own = found?.account ?? cluster?.account ?? accountOfArn(cluster?.arn)
  const roleArn = found === undefined || isUnknown(found.roleArn) ? source?.arn : found.roleArn
  const other = source?.account ?? accountOfArn(roleArn)
  if (own === undefined || other === undefined)
    return { verdict: 'assumed', detail: 'the inputs do not tell both accounts' }
  if (own === other) return { verdict: 'passed', found: own }
  return {
    verdict: 'failed',
    asked: own,
    found: other,
    error: sdkError('eks-not-permitted'),
    causes: [
      {
        ...generalCause('association-in-other-account', 'certain'),
        summary: `the cluster is in account ${own}, the role in ${other}`,
      },
    ],
    mend: () => ({
      target: 'association',
      title: `associate a role of account ${own}, and name ${quoted(roleArn ?? 'the other', 200)} as its target role`,
    }),
  }
}
