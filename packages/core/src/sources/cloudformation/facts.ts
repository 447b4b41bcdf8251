/** From drafts to facts, when all that is not known has been seen. */
import {
  type CoverageGap,
  type Inventory,
  isUnknown,
  type OidcProvider,
  type PodIdentityAssociation,
  type Role,
} from '../../inventory.js'
import { quoted } from '../../text/quote.js'
import { issuerOfUrl } from '../aws-names.js'
import type { AssociationDraft, Drafts, ProviderDraft, RoleDraft } from './drafts.js'
import { nodeGroupOf } from './node-groups.js'
import { settledPolicy } from './settled-policy.js'
import { afterDeployment, arnOrUnknown, ownerOf, shownName, type Stack, textOrUnknown } from './stack.js'
import type { Template } from './template-parts.js'
import { POLICY } from './trust-policy.js'
import { isOpen } from './unknowns.js'

export function factsOf(
  drafts: Drafts,
  template: Template,
  duplicates: readonly string[],
  gaps: readonly CoverageGap[],
): Inventory {
  const { input, unknowns, given } = template
  const account = given['AWS::AccountId']
  const partition = given['AWS::Partition']
  const region = given['AWS::Region']
  const roleKeys = new Map<string, string[]>()
  const stack: Stack = {
    template,
    ...(account === undefined ? {} : { account }),
    ...(partition === undefined ? {} : { partition }),
    roleKeys,
    gaps: [...gaps],
  }
  for (const draft of drafts.roles) listIn(roleKeys, draft.arn).push(roleKey(draft, stack))
  const profiles = new Map<string, string[]>()
  for (const { name, role } of drafts.profiles) listIn(profiles, role).push(unknowns.settled(name))
  const repeats = new Map<string, string[]>()
  for (const pointer of duplicates) listIn(repeats, policyAt(pointer)).push(pointer)
  const roles = drafts.roles.map((draft) =>
    roleOf(draft, profiles, stack, repeats.get(policyAt(draft.policy.at)) ?? []),
  )
  for (const pointer of repeats.get('') ?? []) {
    const reason = `the key ${quoted(pointer)} stands more than once, only the last was read`
    stack.gaps.push({ kind: 'role', subject: input.name, reason, location: { input, pointer } })
  }
  const providers = drafts.providers.flatMap((draft) => providerOf(draft, stack) ?? [])
  const clusters = drafts.clusters.map(({ resource, name, issuer }) => {
    const shown = shownName(name, resource, stack)
    return {
      name: shown,
      ...(account === undefined || partition === undefined || region === undefined
        ? {}
        : { arn: `arn:${partition}:eks:${region}:${account}:cluster/${shown}` }),
      ...ownerOf(stack),
      ...(region === undefined ? {} : { region }),
      issuer: unknowns.settled(issuer),
      address: resource.id,
      location: { input, pointer: resource.pointer },
    }
  })
  const associations = drafts.associations.flatMap((draft) => associationsOf(draft, stack))
  const nodeGroups = drafts.nodeGroups.map((draft) => nodeGroupOf(draft, stack))
  const holds = new Set<'roles' | 'providers' | 'clusters' | 'associations'>(['roles'])
  if (drafts.providers.length > 0) holds.add('providers')
  if (clusters.length > 0) holds.add('clusters')
  if (associations.length > 0) holds.add('associations')
  const facts = { providers, clusters, associations, holds, gaps: stack.gaps }
  return {
    facts: {
      ...facts,
      ...(nodeGroups.length === 0 ? {} : { nodeGroups }),
      ...(unknowns.holes.length === 0 ? {} : { holes: unknowns.holes }),
    },
    roles,
  }
}

function listIn(lists: Map<string, string[]>, key: string): string[] {
  const list = lists.get(key) ?? []
  lists.set(key, list)
  return list
}

/** The pointer of the trust policy that a pointer leads into, empty for any other. */
function policyAt(pointer: string): string {
  const at = `${pointer}/`.indexOf(`/${POLICY}/`)
  return at === -1 ? '' : pointer.slice(0, at)
}

/** The ARN, where the account is given and the template names the role. */
function knownArn({ arn, name }: RoleDraft, { account, partition }: Stack): string | undefined {
  return account === undefined || partition === undefined || name === undefined || isOpen(arn)
    ? undefined
    : arn
}

function roleKey(draft: RoleDraft, stack: Stack): string {
  const key = knownArn(draft, stack) ?? draft.id
  return draft.branch === undefined ? key : `${key} (${draft.branch})`
}

function roleOf(
  draft: RoleDraft,
  profilesOf: ReadonlyMap<string, readonly string[]>,
  stack: Stack,
  duplicates: readonly string[],
): Role {
  const { template, gaps } = stack
  const { resource, id, branch } = draft
  const name = shownName(draft.name, draft, stack)
  const key = roleKey(draft, stack)
  const arn = knownArn(draft, stack)
  const location = { input: template.input, pointer: resource.pointer }
  const settled = settledPolicy(draft.policy, template, id, duplicates)
  for (const reason of settled.gaps) gaps.push({ kind: 'role', subject: key, reason, location })
  const profiles = profilesOf.get(draft.name ?? id) ?? []
  return {
    key,
    name: branch === undefined ? name : `${name} (${branch})`,
    ...(arn === undefined ? {} : { arn }),
    ...ownerOf(stack),
    ...(draft.path === undefined || isOpen(draft.path) ? {} : { path: draft.path }),
    address: id,
    trustPolicy: settled.document,
    location,
    ...(profiles.length === 0 ? {} : { instanceProfiles: profiles }),
  }
}

function providerOf({ resource, issuer, clientIds }: ProviderDraft, stack: Stack): OidcProvider | undefined {
  const { template, account, partition, gaps } = stack
  const { unknowns, input } = template
  const location = { input, pointer: resource.pointer }
  if (issuer === undefined) {
    gaps.push({
      kind: 'provider',
      subject: resource.id,
      reason: `${quoted(resource.id)} has no \`Url\``,
      location,
    })
    return undefined
  }
  const host = issuerOfUrl(unknowns.settled(issuer))
  const openIds = clientIds.find(isOpen)
  const ids =
    openIds === undefined
      ? clientIds
      : afterDeployment(`a client id of ${quoted(resource.id)}`, openIds, stack)
  if (isUnknown(ids)) gaps.push({ kind: 'provider', subject: resource.id, reason: ids.reason, location })
  return {
    ...(account === undefined || partition === undefined
      ? {}
      : { arn: `arn:${partition}:iam::${account}:oidc-provider/${host}` }),
    ...ownerOf(stack),
    issuer: host,
    clientIds: ids,
    address: resource.id,
    location,
  }
}

/** One for each form that the conditions give to its role. */
function associationsOf(draft: AssociationDraft, stack: Stack): readonly PodIdentityAssociation[] {
  const { id } = draft.resource
  const { template, gaps, account } = stack
  const location = { input: template.input, pointer: draft.pointer }
  const keys = draft.roleArn === undefined ? [] : (stack.roleKeys.get(draft.roleArn) ?? [])
  const association: PodIdentityAssociation = {
    cluster: textOrUnknown(draft.cluster, 'ClusterName', id, stack),
    namespace: textOrUnknown(draft.namespace, 'Namespace', id, stack),
    serviceAccount: textOrUnknown(draft.serviceAccount, 'ServiceAccount', id, stack),
    roleArn: arnOrUnknown(draft.roleArn, 'RoleArn', id, stack),
    ...(draft.targetRoleArn === undefined
      ? {}
      : { targetRoleArn: arnOrUnknown(draft.targetRoleArn, 'TargetRoleArn', id, stack) }),
    disableSessionTags: draft.disableSessionTags,
    ...(account === undefined ? {} : { account }),
    address: id,
    location,
  }
  const { cluster, namespace, serviceAccount, roleArn } = association
  for (const value of [cluster, namespace, serviceAccount, keys.length === 0 ? roleArn : undefined]) {
    if (isUnknown(value)) gaps.push({ kind: 'association', subject: id, reason: value.reason, location })
  }
  return keys.length === 0 ? [association] : keys.map((key) => ({ ...association, roleKey: key }))
}
