import type { PodIdentityAssociation, Role, ServiceAccount, Workload } from '../inventory.js'
import { isUnknown } from '../inventory.js'
import { quoted } from '../text/quote.js'
import { podCredentials } from '../trust/pod-credentials.js'
import type { PodCredentials } from '../trust/pod-credentials.js'
import type { ServiceAccountName } from '../trust/service-account-set.js'
import { generalCause } from './error-causes.js'
import type { ExplainCause } from './error-causes.js'
import type { ExplainMend, ExplainedIdentity, IdentityLink } from './explain-answer.js'
import { podsElsewhere } from './explain-place.js'
import type { PodsElsewhere } from './explain-place.js'
import { isSameCluster } from './explain-scene.js'
import type { ClusterRef, ExplainIndex } from './explain-scene.js'

interface IdentityQuestion {
  readonly index: ExplainIndex
  /** The role in question; absent where the inputs do not hold it. */
  readonly role: Role | undefined
  readonly named: string
  /** Whether the role is known to be missing from its account. */
  readonly isGone?: boolean
  readonly serviceAccount: ServiceAccountName
  /** Where they were looked up already. */
  readonly accounts?: readonly ServiceAccount[] | undefined
  readonly cluster: ClusterRef | undefined
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
  const setup = setupOf(question)
  const { credentials } = setup
  // The common case needs no words: the annotation names the role.
  if (credentials.source === 'annotation' && credentials.roleArn === question.role?.arn)
    return {
      identity: () => settled(question, setup),
      causes: otherServiceAccounts(question),
    }
  const identity = settled(question, setup)
  return { identity: () => identity, ...disagreement(question, identity, setup) }
}

/** What was read of the service account and of its pods, and what that gives them. */
interface Setup {
  readonly account: ServiceAccount | undefined
  readonly association: PodIdentityAssociation | undefined
  /** The one that sets variables of IRSA itself. */
  readonly byHand: Workload | undefined
  readonly workloads: readonly Workload[]
  readonly credentials: PodCredentials
  readonly holds: { readonly associations: boolean; readonly accounts: boolean }
}

function setupOf({ index, serviceAccount, accounts, cluster }: IdentityQuestion): Setup {
  const { namespace, name } = serviceAccount
  const { facts } = index
  const workloads = index.workloadsOf(namespace, name, cluster)
  const [account] = accounts ?? index.serviceAccountsOf(namespace, name, cluster)
  const [association] = index.associationsOf(namespace, name, cluster)
  const byHand =
    workloads.find(({ roleArns, setsTokenFile }) => setsTokenFile && roleArns.length > 0) ??
    workloads.find(({ roleArns }) => roleArns.length > 0)
  const holds = {
    associations:
      association !== undefined || index.hasAll('associations', cluster) || index.holdsAssociations,
    accounts: facts.serviceAccounts !== undefined,
  }
  const credentials = podCredentials({
    account,
    association,
    workload: byHand,
    readsAssociations: holds.associations,
  })
  return { account, association, byHand, workloads, credentials, holds }
}

/** The places in which the SDK looks, with what is there. */
function chainOf(
  { index, cluster }: IdentityQuestion,
  setup: Setup,
  elsewhere: PodsElsewhere | undefined,
): { readonly chain: readonly IdentityLink[]; readonly node: IdentityLink } {
  const { credentials } = setup
  const webIdentity = webIdentityLink(setup)
  const container = containerLink(setup, index.hasAll('associations', cluster), elsewhere)
  const found = nodeLink(index, cluster, webIdentity.state === 'used' || container.state === 'used')
  const node: IdentityLink =
    credentials.source === 'unknown' && found.state === 'used' ? { ...found, state: 'not-read' } : found
  const keys: IdentityLink = {
    place: 'keys',
    state: 'not-read',
    detail: 'access keys in variables or files would win; no value of a variable is read',
  }
  return { chain: [keys, webIdentity, container, node], node }
}

function webIdentityLink({ credentials, byHand, account, holds }: Setup): IdentityLink {
  const place = 'web-identity'
  if (credentials.source === 'environment')
    return {
      place,
      state: 'used',
      detail: byHand?.setsTokenFile
        ? `${workloadName(byHand)} sets ${quoted('AWS_ROLE_ARN')} and ${quoted('AWS_WEB_IDENTITY_TOKEN_FILE')} itself`
        : `${workloadName(byHand)} sets ${quoted('AWS_ROLE_ARN')} itself, and EKS adds the token for the annotation`,
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
      detail: holds.accounts
        ? 'the service account is not among those read'
        : 'no input holds service accounts',
    }
  }
  if (credentials.source === 'association')
    return {
      place,
      state: 'shadowed',
      detail: `the annotation names ${quoted(arn, 200)}, and EKS leaves it aside where an association exists`,
    }
  return { place, state: 'used', detail: `the annotation names ${quoted(arn, 200)}` }
}

function containerLink(
  { credentials, association, holds }: Setup,
  isComplete: boolean,
  elsewhere: PodsElsewhere | undefined,
): IdentityLink {
  const place = 'container'
  if (association === undefined) {
    if (isComplete) return { place, state: 'absent', detail: 'the service account has no association' }
    return holds.associations
      ? { place, state: 'absent', detail: 'no association was read' }
      : { place, state: 'not-read', detail: 'no input holds associations' }
  }
  const detail = `an association gives ${quoted(textOf(association.roleArn), 200)}`
  if (credentials.source !== 'association') return { place, state: 'shadowed', detail }
  return elsewhere === undefined
    ? { place, state: 'used', detail }
    : { place, state: 'absent', detail: `${detail}, and nothing hands it out ${elsewhere.where}` }
}

function workloadName(workload: Workload | undefined): string {
  return quoted(`${workload?.kind} ${workload?.name}`)
}

function nodeLink(
  { facts }: ExplainIndex,
  cluster: ClusterRef | undefined,
  isSettled: boolean,
): IdentityLink {
  const place = 'node-role'
  const groups = (facts.nodeGroups ?? []).filter(
    (one) =>
      cluster === undefined ||
      isUnknown(one.cluster) ||
      isSameCluster(one.clusterArn ?? one.cluster, cluster),
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

function settled(question: IdentityQuestion, setup: Setup): ExplainedIdentity {
  const { role, named, serviceAccount, index, cluster } = question
  const { byHand, account, credentials } = setup
  const elsewhere =
    credentials.source === 'association' ? podsElsewhere(index, serviceAccount, cluster) : undefined
  const { chain, node } = chainOf(question, setup, elsewhere)
  const rest = { chain, workloads: setup.workloads.map(({ kind, name }) => `${kind} ${name}`) }
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
    summary: question.isGone
      ? `a new pod of ${who} is given ${quoted(arn, 200)}, ${how}, and there is no such role`
      : `a new pod of ${who} gets ${quoted(arn, 200)}, ${how}`,
    ...rest,
  })
  if (credentials.source === 'environment') {
    if (typeof credentials.roleArn === 'string')
      return byRole(
        'environment',
        credentials.roleArn,
        `by variables that ${workloadName(byHand)} sets itself`,
      )
    return {
      source: 'unknown',
      summary: `${workloadName(byHand)} sets ${quoted('AWS_ROLE_ARN')} itself, from a place that was not read`,
      ...rest,
    }
  }
  if (credentials.source === 'association') {
    const { association } = credentials
    if (elsewhere?.isAll) {
      const where = `${elsewhere.where}, where Pod Identity does not work`
      return {
        source: 'none',
        isRole: false,
        summary:
          elsewhere.workload === undefined
            ? `a new pod of ${who} gets no AWS credentials: EKS sets it up for its association, and it runs ${where}`
            : `${workloadName(elsewhere.workload)} gets no AWS credentials: EKS sets it up for the association of ${who}, and it runs ${where}`,
        ...rest,
      }
    }
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
      summary: `which identity a pod of ${who} gets cannot be told: ${unreadOf(setup)}`,
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

function unreadOf({ account, holds }: Setup): string {
  if (account !== undefined) return 'its associations were not read'
  const which = holds.accounts
    ? 'its service account is not among those read'
    : 'its service account, with the annotation, was not read'
  return holds.associations ? which : `${which}, and associations were not read`
}

/** Why the pod would not come to the role in question. */
function disagreement(
  question: IdentityQuestion,
  identity: ExplainedIdentity,
  found: Setup,
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
          title: `set ${quoted('AWS_ROLE_ARN')} of ${workloadName(found.byHand)} to ${quoted(wanted, 200)}, or leave it out`,
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
      if (found.association !== undefined)
        return {
          causes: [{ ...generalCause('no-pod-identity-here', 'certain'), summary: identity.summary }],
          mend: () => ({
            target: 'association',
            title: `delete the association of ${quoted(who)}, so that EKS goes by the annotation`,
          }),
        }
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
