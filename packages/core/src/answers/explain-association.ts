import type { PodIdentityAssociation, Role } from '../inventory.js'
import { isUnknown } from '../inventory.js'
import { quoted } from '../text/quote.js'
import type { ServiceAccountName } from '../trust/service-account-set.js'
import { elsewhereCause, elsewhereMend } from './explain-place.js'
import { editDistance } from './edit-distance.js'
import { generalCause, sdkError } from './error-causes.js'
import type { TokenFacts } from './explain-question.js'
import { isAssociatedIn, isLedTo, isSource } from './explain-scene.js'
import { accountOfArn, nameOfCluster } from '../trust/cluster-facts.js'
import type { ClusterRef, ExplainIndex } from './explain-scene.js'
import type { Finding } from './explain-walk.js'

/** A service account, and the role that an association is to give it. */
export interface PodIdentityCall {
  readonly index: ExplainIndex
  /** The role in question: that of the association, or its target. */
  readonly role: Role
  readonly account: string | undefined
  readonly serviceAccount: ServiceAccountName
  readonly cluster: (ClusterRef & { readonly account?: string }) | undefined
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
  const all = index.associationsOf(serviceAccount.namespace, serviceAccount.name, cluster)
  const found = all.find((one) => isSource(one, role)) ?? all.find((one) => isLedTo(one, role)) ?? all[0]
  const isTarget = found !== undefined && !isSource(found, role) && isLedTo(found, role)
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

export function association(call: PodIdentityCall, { association: found, isTarget }: Route): Finding {
  const { role, serviceAccount } = call
  const who = `${serviceAccount.namespace}/${serviceAccount.name}`
  const asked = role.arn ?? role.name
  if (found === undefined) return withoutAssociation(call, who, asked)
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

function withoutAssociation(call: PodIdentityCall, who: string, asked: string): Finding {
  const { index, role, serviceAccount, cluster, token } = call
  const near = nearAssociation(index, serviceAccount, cluster)
  const elsewhere = elsewhereCause(index, serviceAccount, cluster)
  const mend: Finding['mend'] = () =>
    elsewhere === undefined ? associationMend(role, serviceAccount, cluster) : elsewhereMend()
  const isUnnamed = index.facts.associations.some(
    (one) =>
      (isUnknown(one.namespace) || isUnknown(one.serviceAccount)) &&
      (cluster === undefined || isAssociatedIn(one, cluster)),
  )
  if (index.hasAll('associations', cluster) && !isUnnamed) {
    const where = cluster === undefined ? 'the cluster' : `the cluster ${quoted(cluster.name)}`
    const none = `${where} has no association for ${quoted(who)}`
    return {
      verdict: 'failed',
      asked,
      found: 'none',
      // Without an association EKS sets no variables, so that a new pod never gets to ask the agent.
      error: sdkError(token === undefined ? 'no-credentials' : 'association-not-found'),
      causes: [
        near === undefined
          ? { ...generalCause('no-association', 'certain'), summary: none }
          : {
              ...generalCause(near.id, 'certain'),
              summary: `${none}; there is one for ${near.which}, ${near.how}`,
            },
        ...(elsewhere === undefined ? [] : [elsewhere]),
      ],
      mend,
    }
  }
  const isHeld = index.facts.holds.has('associations')
  const general = generalCause('no-association', 'likely')
  const none = isHeld ? { ...general, summary: `no association for ${quoted(who)} was read` } : general
  return {
    verdict: 'unknown',
    asked,
    found: isHeld ? 'none among those read' : 'associations not read',
    missing: [
      `whether an association gives ${quoted(who)} the role (\`aws eks list-pod-identity-associations\`)`,
    ],
    ...(isHeld
      ? {
          causes:
            near === undefined
              ? [none]
              : [
                  {
                    ...generalCause(near.id, 'likely'),
                    summary: `there is an association for ${near.which}, ${near.how}`,
                  },
                  none,
                ],
        }
      : {}),
    mend,
  }
}

function shown(value: PodIdentityAssociation['cluster']): string {
  return isUnknown(value) ? 'a cluster not known yet' : nameOfCluster(value)
}

/** An association of the cluster for a name like this one. */
function nearAssociation(
  index: ExplainIndex,
  { namespace, name }: ServiceAccountName,
  cluster: ClusterRef | undefined,
):
  | { readonly id: 'wrong-namespace' | 'wrong-name'; readonly which: string; readonly how: string }
  | undefined {
  for (const one of index.facts.associations) {
    if (isUnknown(one.namespace) || isUnknown(one.serviceAccount)) continue
    if (cluster !== undefined && !isAssociatedIn(one, cluster)) continue
    const which = quoted(`${one.namespace}/${one.serviceAccount}`)
    if (one.serviceAccount === name && one.namespace !== namespace)
      return { id: 'wrong-namespace', which, how: 'in another namespace' }
    if (one.namespace === namespace && editDistance(one.serviceAccount, name) <= 3)
      return { id: 'wrong-name', which, how: 'with another name' }
  }
  return undefined
}

function associationMend(
  { arn }: Role,
  { namespace, name }: ServiceAccountName,
  cluster: ClusterRef | undefined,
): ReturnType<NonNullable<Finding['mend']>> {
  const where = cluster === undefined ? 'CLUSTER' : nameOfCluster(cluster.name)
  const region = cluster?.arn?.split(':')[3]
  const parts = [where, region ?? '-', namespace, name, arn ?? 'ROLE-ARN']
  return {
    target: 'association',
    title: `create a Pod Identity association for ${quoted(`${namespace}/${name}`)}`,
    ...(parts.every((part) => /^[\w.:/@+=,-]+$/.test(part))
      ? {
          command: `aws eks create-pod-identity-association${region === undefined ? '' : ` --region ${region}`} --cluster-name ${where} --namespace ${namespace} --service-account ${name} --role-arn ${arn ?? 'ROLE-ARN'}`,
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
