/**
 * What the resources of a template tell about trust, one reader for each type. A reader runs once for every outcome of
 * the conditions and says what it found as a draft; facts are made of the drafts when all unknowns have been seen.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_IAM.html
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_EKS.html
 */
import type { CoverageGap } from '../../inventory.js'
import { isList, isObject } from '../json-input.js'
import { addonNamespace } from './addons.js'
import {
  CLUSTER_TYPES,
  clusterIssuer,
  clusterName,
  PROVIDER_TYPES,
  providerIssuer,
  roleArn,
} from './attributes.js'
import type { Drafts } from './drafts.js'
import type { Evaluation } from './evaluation.js'
import type { Resource } from './template-parts.js'
import { POLICY, policyOf } from './trust-policy.js'

export interface ResourceReader {
  readonly kind: CoverageGap['kind']
  readonly read: (resource: Resource, evaluation: Evaluation, drafts: Drafts) => void
}

export const readers: ReadonlyMap<string, ResourceReader> = new Map<string, ResourceReader>([
  ['AWS::IAM::Role', { kind: 'role', read: readRole }],
  ['AWS::Serverless::Function', { kind: 'role', read: readFunction }],
  ['AWS::IAM::InstanceProfile', { kind: 'role', read: readInstanceProfile }],
  ...PROVIDER_TYPES.map((type): [string, ResourceReader] => [type, { kind: 'provider', read: readProvider }]),
  ...CLUSTER_TYPES.map((type): [string, ResourceReader] => [type, { kind: 'cluster', read: readCluster }]),
  ['AWS::EKS::PodIdentityAssociation', { kind: 'association', read: readAssociation }],
  ['AWS::EKS::Addon', { kind: 'association', read: readAddon }],
  ['AWS::EKS::Nodegroup', { kind: 'role', read: readNodeGroup }],
])

function readRole(resource: Resource, evaluation: Evaluation, drafts: Drafts): void {
  const name = evaluation.text(resource, 'RoleName')
  const path = evaluation.text(resource, 'Path')
  drafts.roles.push({
    resource,
    id: resource.id,
    name,
    path,
    arn: roleArn(evaluation, resource),
    policy: policyOf(evaluation, resource),
  })
}

/** The role that SAM makes serves the function alone, unless the template says otherwise. */
function readFunction(resource: Resource, evaluation: Evaluation, drafts: Drafts): void {
  if (resource.properties[POLICY] === undefined) return
  const id = `${resource.id}Role`
  const path = evaluation.text(resource, 'RolePath')
  drafts.roles.push({
    resource,
    id,
    name: undefined,
    path,
    arn: roleArn(evaluation, { ...resource, id }),
    policy: policyOf(evaluation, resource),
  })
}

function readInstanceProfile(resource: Resource, evaluation: Evaluation, drafts: Drafts): void {
  const roles = evaluation.property(resource, 'Roles')
  const name = evaluation.text(resource, 'InstanceProfileName') ?? resource.id
  for (const role of isList(roles) ? roles : []) {
    if (typeof role === 'string') drafts.profiles.push({ name, role })
  }
}

function readProvider(resource: Resource, evaluation: Evaluation, drafts: Drafts): void {
  const ids =
    evaluation.property(resource, 'ClientIdList') ?? evaluation.property(resource, 'ClientIDList') ?? []
  const clientIds = isList(ids)
    ? ids.flat().map((id) => evaluation.asText(id, `${resource.id}.ClientIdList`))
    : [evaluation.asText(ids, `${resource.id}.ClientIdList`)]
  drafts.providers.push({ resource, issuer: providerIssuer(evaluation, resource), clientIds })
}

function readCluster(resource: Resource, evaluation: Evaluation, drafts: Drafts): void {
  drafts.clusters.push({
    resource,
    name: clusterName(evaluation, resource),
    issuer: clusterIssuer(evaluation, resource),
  })
}

function readAssociation(resource: Resource, evaluation: Evaluation, drafts: Drafts): void {
  drafts.associations.push({
    resource,
    pointer: resource.pointer,
    cluster: evaluation.text(resource, 'ClusterName'),
    namespace: evaluation.text(resource, 'Namespace'),
    serviceAccount: evaluation.text(resource, 'ServiceAccount'),
    roleArn: evaluation.text(resource, 'RoleArn'),
    targetRoleArn: evaluation.text(resource, 'TargetRoleArn'),
    disableSessionTags: evaluation.text(resource, 'DisableSessionTags')?.toLowerCase() === 'true',
  })
}

/** An add-on makes the associations that it is given, in the namespace that it runs in. */
function readAddon(resource: Resource, evaluation: Evaluation, drafts: Drafts): void {
  const associations = evaluation.property(resource, 'PodIdentityAssociations')
  const config = evaluation.property(resource, 'NamespaceConfig')
  const name = evaluation.text(resource, 'AddonName')
  const namespace =
    isObject(config) && typeof config['Namespace'] === 'string' ? config['Namespace'] : addonNamespace(name)
  for (const [index, entry] of (isList(associations) ? associations : []).entries()) {
    if (!isObject(entry)) continue
    const text = (key: string): string | undefined =>
      entry[key] === undefined ? undefined : evaluation.asText(entry[key], `${resource.id}.${key}`)
    drafts.associations.push({
      resource,
      pointer: `${resource.pointer}/Properties/PodIdentityAssociations/${index}`,
      cluster: evaluation.text(resource, 'ClusterName'),
      namespace,
      serviceAccount: text('ServiceAccount'),
      roleArn: text('RoleArn'),
      targetRoleArn: undefined,
      disableSessionTags: false,
    })
  }
}

function readNodeGroup(resource: Resource, evaluation: Evaluation, drafts: Drafts): void {
  const launch = evaluation.property(resource, 'LaunchTemplate')
  const { Id: id, LaunchTemplateName: launchName, Name: name } = isObject(launch) ? launch : {}
  const template = [...evaluation.template.resources.values()].find(
    (one) =>
      one.type === 'AWS::EC2::LaunchTemplate' &&
      (one.id === id ||
        [name, launchName].some(
          (text) => text !== undefined && text === evaluation.text(one, 'LaunchTemplateName'),
        )),
  )
  const data = template === undefined ? undefined : evaluation.property(template, 'LaunchTemplateData')
  drafts.nodeGroups.push({
    resource,
    name: evaluation.text(resource, 'NodegroupName') ?? resource.id,
    cluster: evaluation.text(resource, 'ClusterName'),
    roleArn: evaluation.text(resource, 'NodeRole'),
    hasLaunchTemplate: launch !== undefined,
    ...(template === undefined
      ? {}
      : { launchTemplate: template.pointer, metadata: isObject(data) ? data['MetadataOptions'] : undefined }),
  })
}
