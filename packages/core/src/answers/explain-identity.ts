import type { Role, ServiceAccount, Workload } from '../inventory.js'
import { isUnknown } from '../inventory.js'
import { quoted } from '../text/quote.js'
import { podCredentials } from '../trust/pod-credentials.js'
import type { PodCredentials } from '../trust/pod-credentials.js'
import type { ServiceAccountName } from '../trust/service-account-set.js'
import { generalCause } from './error-causes.js'
import type { ExplainCause } from './error-causes.js'
import type { ExplainMend, ExplainedIdentity, IdentityLink } from './explain-answer.js'
import type { ExplainIndex } from './explain-scene.js'

interface IdentityQuestion {
  readonly index: ExplainIndex
  /** The role in question; absent where the inputs do not hold it. */
  readonly role: Role | undefined
  readonly named: string
  readonly serviceAccount: ServiceAccountName
  readonly cluster: string | undefined
}

/** What the pod gets, why that may not be the role in question, and what would change it. */
export interface IdentityFound {
  /** Worded when it is asked for. */
  readonly identity: () => ExplainedIdentity
  readonly causes: readonly ExplainCause[]
  readonly mend?: () => ExplainMend
}

const ROLE_ARN = /^arn:aws[a-z0-9-]*:iam::\d{12}:role\/[\w\-/.@+=,]+$/

/**
 * Which identity a new pod of the service account gets, by `podCredentials`, and each place in which the SDK looks, in its
 * order: keys, web identity, container, node.
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
 */
export function identityOf(question: IdentityQuestion): IdentityFound {
  // The common case needs no words: no association, and the annotation names the role.
  if (isPlainAnnotation(question))
    return { identity: () => wholeIdentity(question).identity(), causes: otherServiceAccounts(question) }
  return wholeIdentity(question)
}

function isPlainAnnotation({ index, role, serviceAccount, cluster }: IdentityQuestion): boolean {
  const { namespace, name } = serviceAccount
  return (
    role?.arn !== undefined &&
    index.serviceAccountsOf(namespace, name, cluster)[0]?.roleArn === role.arn &&
    index.associationsOf(namespace, name, cluster).length === 0 &&
    index.workloadsOf(namespace, name, cluster).every(({ setsTokenFile }) => !setsTokenFile)
  )
}

function wholeIdentity(question: IdentityQuestion): IdentityFound {
  const { index, serviceAccount, cluster } = question
  const { namespace, name } = serviceAccount
  const workloads = index.workloadsOf(namespace, name, cluster)
  const [account] = index.serviceAccountsOf(namespace, name, cluster)
  const [association] = index.associationsOf(namespace, name, cluster)
  const byHand = workloads.find(({ roleArns, setsTokenFile }) => setsTokenFile && roleArns.length > 0)
  const holds = {
    associations: index.facts.holds.has('associations'),
    accounts: index.facts.serviceAccounts !== undefined,
  }

  const webIdentity = webIdentityLink(byHand, account, association !== undefined, holds)
  const container: IdentityLink =
    association === undefined
      ? {
          place: 'container',
          state: holds.associations ? 'absent' : 'not-read',
          detail: holds.associations ? 'no association was read' : 'associations not read',
        }
      : {
          place: 'container',
          state: byHand === undefined ? 'used' : 'shadowed',
          detail: `an association gives ${quoted(textOf(association.roleArn), 200)}`,
        }
  const isSettled = webIdentity.state === 'used' || container.state === 'used'
  const isOpen = webIdentity.state === 'not-read' || container.state === 'not-read'
  const found = nodeLink(index, cluster, isSettled)
  const node: IdentityLink = isOpen && found.state === 'used' ? { ...found, state: 'not-read' } : found
  const chain: IdentityLink[] = [
    {
      place: 'keys',
      state: 'not-read',
      detail: 'access keys in variables or files would win; no value of a variable is read',
    },
    webIdentity,
    container,
    node,
  ]
  const credentials = podCredentials({
    account,
    association,
    workload: byHand,
    readsAssociations: holds.associations,
  })
  const identity = settled(question, {
    byHand,
    account,
    credentials,
    node,
    chain,
    workloads,
  })
  return {
    identity: () => identity,
    ...disagreement(question, identity, { byHand, account, association, holds }),
  }
}

function webIdentityLink(
  byHand: Workload | undefined,
  account: ServiceAccount | undefined,
  isAssociated: boolean,
  holds: { readonly accounts: boolean },
): IdentityLink {
  const place = 'web-identity'
  if (byHand !== undefined)
    return {
      place,
      state: 'used',
      detail: `${quoted(`${byHand.kind} ${byHand.name}`)} sets ${quoted('AWS_ROLE_ARN')} and ${quoted('AWS_WEB_IDENTITY_TOKEN_FILE')} itself`,
    }
  const arn = account?.roleArn
  if (arn === undefined) {
    if (account !== undefined)
      return {
        place,
        state: 'absent',
        detail: `the service account has no annotation ${quoted('eks.amazonaws.com/role-arn')}`,
      }
    return {
      place,
      state: 'not-read',
      detail: holds.accounts ? 'the service account is not among those read' : 'service accounts not read',
    }
  }
  if (isAssociated)
    return {
      place,
      state: 'shadowed',
      detail: `the annotation names ${quoted(arn, 200)}, and EKS leaves it aside where an association exists`,
    }
  return { place, state: 'used', detail: `the annotation names ${quoted(arn, 200)}` }
}

function nodeLink({ facts }: ExplainIndex, cluster: string | undefined, isSettled: boolean): IdentityLink {
  const place = 'node-role'
  const groups = (facts.nodeGroups ?? []).filter(
    (one) => cluster === undefined || isUnknown(one.cluster) || one.cluster === cluster,
  )
  const roles = [...new Set(groups.map(({ roleArn }) => textOf(roleArn)))]
  const detail =
    roles.length === 0
      ? 'the role of the node, where pods can reach the metadata service'
      : `the role of the node: ${roles.map((one) => quoted(one, 200)).join(', ')}`
  if (isSettled) return { place, state: 'shadowed', detail }
  const isClosed =
    groups.length > 0 &&
    groups.every(
      ({ imds }) =>
        imds !== undefined &&
        !isUnknown(imds) &&
        (imds.disabled === true || (imds.tokens === 'required' && imds.hopLimit === 1)),
    )
  return isClosed
    ? { place, state: 'absent', detail: `${detail}; its metadata service does not answer pods` }
    : { place, state: 'used', detail }
}

interface Parts {
  readonly byHand: Workload | undefined
  readonly account: ServiceAccount | undefined
  readonly credentials: PodCredentials
  readonly node: IdentityLink
  readonly chain: readonly IdentityLink[]
  readonly workloads: readonly Workload[]
}

function settled({ role, named, serviceAccount }: IdentityQuestion, parts: Parts): ExplainedIdentity {
  const { byHand, account, credentials, node, chain } = parts
  const rest = { chain, workloads: parts.workloads.map(({ kind, name }) => `${kind} ${name}`) }
  const who = quoted(`${serviceAccount.namespace}/${serviceAccount.name}`)
  const same = (arn: string): boolean =>
    arn === (role?.arn ?? named) || (role?.arn === undefined && arn.endsWith(`/${role?.name ?? named}`))
  const byRole = (
    source: 'environment' | 'association' | 'annotation',
    arn: string,
    how: string,
  ): ExplainedIdentity => ({
    source,
    roleArn: arn,
    isRole: same(arn),
    summary: `a new pod of ${who} gets ${quoted(arn, 200)}, ${how}`,
    ...rest,
  })
  if (credentials.source === 'environment') {
    if (typeof credentials.roleArn === 'string')
      return byRole(
        'environment',
        credentials.roleArn,
        `by variables that ${quoted(`${byHand?.kind} ${byHand?.name}`)} sets itself`,
      )
    return {
      source: 'unknown',
      summary: `${quoted(`${byHand?.kind} ${byHand?.name}`)} sets ${quoted('AWS_ROLE_ARN')} itself, from a place that was not read`,
      ...rest,
    }
  }
  if (credentials.source === 'association') {
    const { association } = credentials
    const target = association.targetRoleArn ?? association.roleArn
    // Of a role that leads to a target role the pod gets the target's credentials, as it is meant.
    const isFirstHop =
      role?.arn !== undefined && association.targetRoleArn !== undefined && association.roleArn === role.arn
    if (!isUnknown(target)) {
      const how =
        account?.roleArn === undefined
          ? 'by its Pod Identity association'
          : 'by its Pod Identity association, which wins over the annotation'
      const found = byRole('association', target, how)
      const isLinked =
        isFirstHop ||
        (role !== undefined && association.targetRoleArn === undefined && association.roleKey === role.key)
      return isLinked ? { ...found, isRole: true } : found
    }
    const isLinked = role !== undefined && association.roleKey === role.key
    return {
      source: 'association',
      ...(isLinked ? { isRole: true } : {}),
      summary: `a new pod of ${who} gets the role of its Pod Identity association`,
      ...rest,
    }
  }
  if (credentials.source === 'annotation')
    return byRole('annotation', credentials.roleArn, 'by the annotation of its service account')
  if (credentials.source === 'unknown')
    return {
      source: 'unknown',
      summary: `which identity a pod of ${who} gets cannot be told: annotations and associations were not all read`,
      ...rest,
    }
  if (node.state === 'absent')
    return { source: 'none', isRole: false, summary: `a new pod of ${who} gets no AWS credentials`, ...rest }
  return {
    source: 'node-role',
    isRole: false,
    summary: `a new pod of ${who} gets no role of its own; the SDK falls back to ${node.detail}`,
    ...rest,
  }
}

interface Found {
  readonly byHand: Workload | undefined
  readonly account: ServiceAccount | undefined
  readonly association: ReturnType<ExplainIndex['associationsOf']>[number] | undefined
  readonly holds: { readonly associations: boolean; readonly accounts: boolean }
}

/** Why the pod would not come to the role in question. */
function disagreement(
  question: IdentityQuestion,
  identity: ExplainedIdentity,
  found: Found,
): Omit<IdentityFound, 'identity'> {
  const { role, named, serviceAccount, index, cluster } = question
  const wanted = role?.arn ?? named
  const { account } = found
  const who = `${serviceAccount.namespace}/${serviceAccount.name}`
  const annotate =
    (isThere: boolean): (() => ExplainMend) =>
    () => ({
      target: 'annotation',
      title: `annotate the service account ${quoted(who)} with ${quoted(`eks.amazonaws.com/role-arn: ${wanted}`, 300)}, and restart its pods`,
      // Whether there are other annotations was not read, and a patch must not lose them.
      ...(isThere
        ? {
            patch: [
              { op: 'replace', path: '/metadata/annotations/eks.amazonaws.com~1role-arn', value: wanted },
            ],
          }
        : {}),
      ...(/^[\w:/.@+=,-]+$/.test(wanted) && /^[\w./-]+$/.test(who)
        ? {
            command: `kubectl annotate serviceaccount ${serviceAccount.name} -n ${serviceAccount.namespace} --overwrite eks.amazonaws.com/role-arn=${wanted}`,
          }
        : {}),
    })
  if (identity.isRole === true) return { causes: otherServiceAccounts(question) }
  switch (identity.source) {
    case 'environment':
      return {
        causes: [{ ...generalCause('environment-of-other-role', 'certain'), summary: identity.summary }],
        mend: () => ({
          target: 'pod',
          title: `set ${quoted('AWS_ROLE_ARN')} of ${quoted(`${found.byHand?.kind} ${found.byHand?.name}`)} to ${quoted(wanted, 200)}, or leave it out`,
        }),
      }
    case 'association': {
      const annotated = account?.roleArn === wanted ? 'association-wins' : 'association-of-other-role'
      return { causes: [{ ...generalCause(annotated, 'certain'), summary: identity.summary }] }
    }
    case 'annotation': {
      const arn = identity.roleArn ?? ''
      const isMalformed = !ROLE_ARN.test(arn)
      const id = isMalformed ? 'malformed-annotation' : 'annotation-of-other-role'
      const summary = isMalformed
        ? `the annotation ${quoted(arn, 200)} is not the ARN of a role`
        : `the annotation of ${quoted(who)} names ${quoted(arn, 200)}`
      return { causes: [{ ...generalCause(id, 'certain'), summary }], mend: annotate(true) }
    }
    case 'node-role':
    case 'none': {
      const summary = `the service account ${quoted(who)} has no annotation ${quoted('eks.amazonaws.com/role-arn')}${found.holds.associations ? ' and no association' : ''}`
      return {
        causes: [{ ...generalCause('no-annotation', 'certain'), summary }, ...otherServiceAccounts(question)],
        mend: annotate(false),
      }
    }
    case 'unknown': {
      // Without the associations nobody can say what a pod gets; that there is no annotation is certain all the same.
      if (account !== undefined && account.roleArn === undefined && !found.holds.associations) {
        const summary = `the service account ${quoted(who)} has no annotation ${quoted('eks.amazonaws.com/role-arn')}; unless it has an association, its pods get no role`
        return { causes: [{ ...generalCause('no-annotation', 'likely'), summary }], mend: annotate(false) }
      }
      return {
        causes:
          account === undefined && index.hasAll('service-accounts', cluster)
            ? [
                {
                  ...generalCause('pod-of-other-service-account', 'likely'),
                  summary: `there is no service account ${quoted(who)} in the cluster`,
                },
              ]
            : otherServiceAccounts(question),
      }
    }
  }
}

/** A workload of the namespace that runs as `default` while nothing runs as the service account. */
function otherServiceAccounts({ index, serviceAccount, cluster }: IdentityQuestion): readonly ExplainCause[] {
  const { namespace, name } = serviceAccount
  if ((index.facts.workloads ?? []).length === 0 || name === 'default') return []
  if (index.workloadsOf(namespace, name, cluster).length > 0) return []
  const [other] = index.workloadsOf(namespace, 'default', cluster)
  if (other === undefined) return []
  const summary = `nothing that was read runs as ${quoted(`${namespace}/${name}`)}; ${quoted(`${other.kind} ${other.name}`)} of the namespace runs as ${quoted('default')}`
  return [{ ...generalCause('pod-of-other-service-account', 'likely'), summary }]
}

function textOf(value: string | { readonly unknown: true }): string {
  return typeof value === 'string' ? value : '(not known yet)'
}
