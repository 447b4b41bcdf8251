/**
 * What a reference to a resource, and an attribute of it, will be. Names that AWS makes up are the logical ids.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/resources-section-structure.html
 */
import { issuerOfUrl } from '../aws-names.js'
import { type Evaluation, LONGEST_TEXT } from './evaluation.js'
import { parameterValue } from './parameters.js'
import type { Resource } from './template-parts.js'
import { isMark } from './unknowns.js'

/** CloudFormation's own type, and the custom resources of the CDK that stand for it. */
export const PROVIDER_TYPES: readonly string[] = [
  'AWS::IAM::OIDCProvider',
  'Custom::AWSCDKOpenIdConnectProvider',
]
export const CLUSTER_TYPES: readonly string[] = ['AWS::EKS::Cluster', 'Custom::AWSCDK-EKS-Cluster']
const JSON_TYPE = 'Custom::AWSCDKCfnJson'
const JSON_TEXT_TYPE = 'Custom::AWSCDKCfnJsonStringify'

export function referenceTo(evaluation: Evaluation, resource: Resource): unknown {
  const { type, id } = resource
  if (PROVIDER_TYPES.includes(type)) return providerArn(evaluation, resource)
  if (CLUSTER_TYPES.includes(type)) return clusterName(evaluation, resource)
  switch (type) {
    case 'AWS::IAM::Role':
      return evaluation.text(resource, 'RoleName') ?? id
    case 'AWS::IAM::InstanceProfile':
      return evaluation.text(resource, 'InstanceProfileName') ?? id
    case 'AWS::EC2::LaunchTemplate':
      return id
    default:
      return evaluation.unknown(id)
  }
}

export function attributeOf(evaluation: Evaluation, resource: Resource, name: string): unknown {
  const { type, id } = resource
  if (PROVIDER_TYPES.includes(type) && name === 'Arn') return providerArn(evaluation, resource)
  if (CLUSTER_TYPES.includes(type)) {
    if (name === 'Arn')
      return `${arnHead(evaluation, 'eks', regionOf(evaluation))}:cluster/${clusterName(evaluation, resource)}`
    if (name === 'OpenIdConnectIssuerUrl') return `https://${clusterIssuer(evaluation, resource)}`
    // The CDK's own, without the scheme.
    if (name === 'OpenIdConnectIssuer') return clusterIssuer(evaluation, resource)
  }
  if (type === 'AWS::IAM::Role' && name === 'Arn') return roleArn(evaluation, resource)
  if (type === 'AWS::IAM::InstanceProfile' && name === 'Arn') {
    return `${arnHead(evaluation, 'iam')}:instance-profile/${evaluation.text(resource, 'InstanceProfileName') ?? id}`
  }
  if (type === JSON_TYPE && name === 'Value') return jsonValue(evaluation, resource)
  if (type === JSON_TEXT_TYPE && name === 'Value') return jsonText(evaluation, resource)
  return evaluation.unknown(`${id}.${name}`)
}

/** The CDK keeps what CloudFormation cannot say, an object with keys that are put together, as the text of JSON. */
function jsonValue(evaluation: Evaluation, resource: Resource): unknown {
  const value = evaluation.property(resource, 'Value')
  if (typeof value !== 'string' || isMark(value)) return value ?? evaluation.unknown(`${resource.id}.Value`)
  try {
    return JSON.parse(value) as unknown
  } catch {
    return evaluation.unknown(`${resource.id}.Value`)
  }
}

function jsonText(evaluation: Evaluation, resource: Resource): string {
  const text = JSON.stringify(evaluation.property(resource, 'Value')) ?? ''
  return text.length > LONGEST_TEXT ? evaluation.unknown(`${resource.id}.Value`) : text
}

function arnHead(evaluation: Evaluation, service: string, region = ''): string {
  return `arn:${String(parameterValue(evaluation, 'AWS::Partition'))}:${service}:${region}:${String(parameterValue(evaluation, 'AWS::AccountId'))}`
}

function regionOf(evaluation: Evaluation): string {
  return String(parameterValue(evaluation, 'AWS::Region'))
}

export function roleArn(evaluation: Evaluation, resource: Resource): string {
  const name = evaluation.text(resource, 'RoleName') ?? resource.id
  return `${arnHead(evaluation, 'iam')}:role${evaluation.text(resource, 'Path') ?? '/'}${name}`
}

/** The CDK's custom resource has the properties of the API under `Config`. */
export function clusterName(evaluation: Evaluation, resource: Resource): string {
  const config = evaluation.property(resource, 'Config')
  const name = typeof config === 'object' && config !== null && 'name' in config ? config.name : undefined
  return (
    evaluation.text(resource, 'Name') ??
    (name === undefined ? resource.id : evaluation.asText(name, `${resource.id}.name`))
  )
}

/** No cluster has it before it is made. */
export function clusterIssuer(evaluation: Evaluation, { id }: Resource): string {
  return evaluation.template.unknowns.issuer(`${id}.OpenIdConnectIssuerUrl`)
}

/** Host and path; `undefined` where the provider has no `Url`. */
export function providerIssuer(evaluation: Evaluation, resource: Resource): string | undefined {
  const url = evaluation.text(resource, 'Url')
  return url === undefined ? undefined : issuerOfUrl(evaluation.template.unknowns.asIssuerUrl(url))
}

function providerArn(evaluation: Evaluation, resource: Resource): string {
  const issuer = providerIssuer(evaluation, resource)
  if (issuer === undefined) return evaluation.unknown(`${resource.id}.Arn`)
  return `${arnHead(evaluation, 'iam')}:oidc-provider/${issuer}`
}
