import {
  DescribeAccessEntryCommand,
  DescribeAddonCommand,
  DescribeCapabilityCommand,
  DescribeFargateProfileCommand,
  DescribeNodegroupCommand,
  DescribePodIdentityAssociationCommand,
  type EKSClient,
  ListAccessEntriesCommand,
  ListAddonsCommand,
  ListCapabilitiesCommand,
  ListFargateProfilesCommand,
  ListNodegroupsCommand,
  ListPodIdentityAssociationsCommand,
} from '@aws-sdk/client-eks'
import type {
  EksAccessEntry,
  EksAddon,
  EksAssociation,
  EksCapability,
  EksFargateProfile,
  EksNodegroup,
} from '../snapshot/record.js'
import type { Sending } from './collect-run.js'
import type { RawPage } from './pages.js'
import type { ClusterPart } from './progress.js'
import { type Raw, flag, isObject, known, listOf, nameIn, text, textMap, texts } from './raw-member.js'

export type EksClient = Pick<EKSClient, 'send'>

/** The most that EKS gives in one page of any list. */
export const ITEMS_PER_PAGE = 100

/** What a cluster has several of: the call that lists them, and the one that tells of each what the list does not. */
export interface Part<Item> {
  readonly name: ClusterPart
  readonly list: string
  readonly describe: string
  page(eks: EksClient, place: ListPlace, sending: Sending): Promise<RawPage>
  /** What one is asked for by. */
  keyOf(listed: unknown): string | undefined
  /** What the list tells of one. */
  listed(key: string, listed: unknown): Item
  /** The member of the answer that describes one. */
  one(eks: EksClient, clusterName: string, key: string, sending: Sending): Promise<unknown>
  described(key: string, raw: Raw): Item
  /** The member without which a description is none. */
  readonly essential: keyof Item & string
}

interface ListPlace {
  readonly clusterName: string
  readonly maxResults: number
  readonly nextToken: string | undefined
}

const ofListed = (listed: unknown): Raw => (isObject(listed) ? listed : {})

export const associations: Part<EksAssociation> = {
  name: 'associations',
  list: 'eks:ListPodIdentityAssociations',
  describe: 'eks:DescribePodIdentityAssociation',
  async page(eks, place, { options, watched }) {
    const answer = await eks.send(watched(new ListPodIdentityAssociationsCommand(place)), options)
    return { items: answer.associations, next: answer.nextToken }
  },
  keyOf: (listed) => nameIn(ofListed(listed)['associationId']),
  listed: (_, listed) => associationOf(ofListed(listed)),
  async one(eks, clusterName, associationId, { options, watched }) {
    const command = new DescribePodIdentityAssociationCommand({ clusterName, associationId })
    return (await eks.send(watched(command), options)).association
  },
  described: (_, raw) => associationOf(raw),
  essential: 'roleArn',
}

function associationOf(raw: Raw): EksAssociation {
  return known({
    associationArn: text(raw['associationArn']),
    associationId: text(raw['associationId']),
    namespace: text(raw['namespace']),
    serviceAccount: text(raw['serviceAccount']),
    roleArn: nameIn(raw['roleArn']),
    targetRoleArn: nameIn(raw['targetRoleArn']),
    disableSessionTags: flag(raw['disableSessionTags']),
    externalId: text(raw['externalId']),
    policy: nameIn(raw['policy']),
    ownerArn: nameIn(raw['ownerArn']),
  })
}

export const addons: Part<EksAddon> = {
  name: 'addons',
  list: 'eks:ListAddons',
  describe: 'eks:DescribeAddon',
  async page(eks, place, { options, watched }) {
    const answer = await eks.send(watched(new ListAddonsCommand(place)), options)
    return { items: answer.addons, next: answer.nextToken }
  },
  keyOf: nameIn,
  listed: (addonName) => ({ addonName }),
  async one(eks, clusterName, addonName, { options, watched }) {
    return (await eks.send(watched(new DescribeAddonCommand({ clusterName, addonName })), options)).addon
  },
  described: (addonName, raw) => ({
    addonName,
    ...known({
      addonArn: text(raw['addonArn']),
      addonVersion: text(raw['addonVersion']),
      status: text(raw['status']),
      serviceAccountRoleArn: nameIn(raw['serviceAccountRoleArn']),
      podIdentityAssociations: texts(raw['podIdentityAssociations']),
    }),
  }),
  essential: 'addonArn',
}

export const nodegroups: Part<EksNodegroup> = {
  name: 'nodegroups',
  list: 'eks:ListNodegroups',
  describe: 'eks:DescribeNodegroup',
  async page(eks, place, { options, watched }) {
    const answer = await eks.send(watched(new ListNodegroupsCommand(place)), options)
    return { items: answer.nodegroups, next: answer.nextToken }
  },
  keyOf: nameIn,
  listed: (nodegroupName) => ({ nodegroupName }),
  async one(eks, clusterName, nodegroupName, { options, watched }) {
    const command = new DescribeNodegroupCommand({ clusterName, nodegroupName })
    return (await eks.send(watched(command), options)).nodegroup
  },
  described: (nodegroupName, raw) => ({
    nodegroupName,
    ...known({ nodeRole: nameIn(raw['nodeRole']), amiType: text(raw['amiType']) }),
  }),
  essential: 'nodeRole',
}

export const fargateProfiles: Part<EksFargateProfile> = {
  name: 'fargateProfiles',
  list: 'eks:ListFargateProfiles',
  describe: 'eks:DescribeFargateProfile',
  async page(eks, place, { options, watched }) {
    const answer = await eks.send(watched(new ListFargateProfilesCommand(place)), options)
    return { items: answer.fargateProfileNames, next: answer.nextToken }
  },
  keyOf: nameIn,
  listed: (fargateProfileName) => ({ fargateProfileName }),
  async one(eks, clusterName, fargateProfileName, { options, watched }) {
    const command = new DescribeFargateProfileCommand({ clusterName, fargateProfileName })
    return (await eks.send(watched(command), options)).fargateProfile
  },
  described: (fargateProfileName, raw) => ({
    fargateProfileName,
    ...known({
      podExecutionRoleArn: nameIn(raw['podExecutionRoleArn']),
      selectors: listOf(raw['selectors'], (selector) =>
        known({ namespace: text(selector['namespace']), labels: textMap(selector['labels']) }),
      ),
    }),
  }),
  essential: 'podExecutionRoleArn',
}

export const accessEntries: Part<EksAccessEntry> = {
  name: 'accessEntries',
  list: 'eks:ListAccessEntries',
  describe: 'eks:DescribeAccessEntry',
  async page(eks, place, { options, watched }) {
    const answer = await eks.send(watched(new ListAccessEntriesCommand(place)), options)
    return { items: answer.accessEntries, next: answer.nextToken }
  },
  keyOf: nameIn,
  listed: (principalArn) => ({ principalArn }),
  async one(eks, clusterName, principalArn, { options, watched }) {
    const command = new DescribeAccessEntryCommand({ clusterName, principalArn })
    return (await eks.send(watched(command), options)).accessEntry
  },
  described: (principalArn, raw) => ({
    principalArn,
    ...known({
      type: text(raw['type']),
      kubernetesGroups: texts(raw['kubernetesGroups']),
      username: text(raw['username']),
    }),
  }),
  essential: 'type',
}

export const capabilities: Part<EksCapability> = {
  name: 'capabilities',
  list: 'eks:ListCapabilities',
  describe: 'eks:DescribeCapability',
  async page(eks, place, { options, watched }) {
    const answer = await eks.send(watched(new ListCapabilitiesCommand(place)), options)
    return { items: answer.capabilities, next: answer.nextToken }
  },
  keyOf: (listed) => nameIn(ofListed(listed)['capabilityName']),
  listed: (capabilityName, listed) => capabilityOf(capabilityName, ofListed(listed)),
  async one(eks, clusterName, capabilityName, { options, watched }) {
    const command = new DescribeCapabilityCommand({ clusterName, capabilityName })
    return (await eks.send(watched(command), options)).capability
  },
  described: capabilityOf,
  essential: 'roleArn',
}

function capabilityOf(capabilityName: string, raw: Raw): EksCapability {
  return { capabilityName, ...known({ type: text(raw['type']), roleArn: nameIn(raw['roleArn']) }) }
}
