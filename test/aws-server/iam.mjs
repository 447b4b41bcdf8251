// @ts-check
/** IAM and STS: the AWS query protocol. A form asks, XML answers. */
import { ApiError, pageOf } from './call.mjs'

/** @typedef {import('./call.mjs').Call} Call */
/** @typedef {import('./call.mjs').Answer} Answer */
/** @typedef {import('./account.mjs').Account} Account */
/** @typedef {import('./account.mjs').Role} Role */
/** @typedef {(call: Call, account: Account) => Answer} Operation */

const NAMESPACES = {
  iam: 'https://iam.amazonaws.com/doc/2010-05-08/',
  sts: 'https://sts.amazonaws.com/doc/2011-06-15/',
}

const RENDERED = Symbol('rendered')

/** @typedef {{ readonly [RENDERED]: string }} Rendered Text that is XML already */

/** @type {Readonly<Record<string, Operation>>} */
const operations = {
  'iam:GetAccountAuthorizationDetails': (call, account) => {
    const filters = listParameter(call, 'Filter')
    const wanted = filters.length === 0 || filters.includes('Role')
    const { count, at } = account.roles
    const roles = { count: wanted ? count : 0, at: (/** @type {number} */ index) => detailOf(at(index)) }
    const page = requirePage(call, roles)
    return {
      body: {
        UserDetailList: [],
        GroupDetailList: [],
        RoleDetailList: page.items,
        Policies: [],
        IsTruncated: page.next !== undefined,
        Marker: page.next,
      },
      member: 'RoleDetailList',
      token: 'Marker',
    }
  },

  'iam:ListRoles': (call, account) => {
    const { PathPrefix = '/' } = call.parameters
    const { count, at } = account.roles
    const page = requirePage(call, {
      count,
      at: (index) => {
        const role = at(index)
        return role.Path.startsWith(PathPrefix) ? listedOf(role) : undefined
      },
    })
    const body = { Roles: page.items, IsTruncated: page.next !== undefined, Marker: page.next }
    return { body, member: 'Roles', token: 'Marker' }
  },

  'iam:GetRole': (call, account) => {
    const { RoleName = '' } = call.parameters
    const role = account.roles.named(RoleName)
    if (role === undefined) {
      throw new ApiError(404, 'NoSuchEntity', `The role with name ${RoleName} cannot be found.`)
    }
    return { body: { Role: wholeOf(role) }, member: 'Role' }
  },

  'iam:ListOpenIDConnectProviders': (_, { providers }) => ({
    body: { OpenIDConnectProviderList: providers.map(({ Arn }) => ({ Arn })) },
    member: 'OpenIDConnectProviderList',
  }),

  'iam:GetOpenIDConnectProvider': (call, { providers }) => {
    const wanted = call.parameters['OpenIDConnectProviderArn']
    const provider = providers.find(({ Arn }) => Arn === wanted)
    if (provider === undefined) {
      throw new ApiError(404, 'NoSuchEntity', `OpenIDConnect Provider not found for arn ${wanted}`)
    }
    const { Arn: _, ...body } = provider
    return { body, member: 'ClientIDList' }
  },

  'iam:GetAccountSummary': (_, { roles, providers, summary }) => {
    const map = {
      Roles: roles.count,
      RolesQuota: 1000,
      Providers: providers.length,
      AssumeRolePolicySizeQuota: 2048,
      Users: 0,
      UsersQuota: 5000,
      Groups: 0,
      GroupsQuota: 300,
      Policies: 0,
      PoliciesQuota: 1500,
      PolicySizeQuota: 6144,
      PolicyVersionsInUseQuota: 10000,
      RolePolicySizeQuota: 10240,
      AttachedPoliciesPerRoleQuota: 10,
      InstanceProfiles: 0,
      InstanceProfilesQuota: 1000,
      AccountMFAEnabled: 1,
      ...summary,
    }
    const entries = Object.entries(map).map(
      ([key, value]) => `<entry><key>${escaped(key)}</key><value>${value}</value></entry>`,
    )
    return { body: { SummaryMap: { [RENDERED]: entries.join('') } }, member: 'SummaryMap' }
  },

  'sts:GetCallerIdentity': (call, { account }) => ({
    body: { UserId: 'AROATESTTESTTESTTEST:session', Account: account, Arn: call.caller },
    member: 'Arn',
  }),
}

/**
 * What IAM or STS answers. `sts:AssumeRole` is the server's own, since it makes credentials.
 *
 * @type {Operation}
 */
export function answerQuery(call, account) {
  const operation = operations[call.action]
  if (operation === undefined) {
    throw new ApiError(
      400,
      'InvalidAction',
      `Could not find operation ${call.action} for version ${call.parameters['Version']}`,
    )
  }
  return operation(call, account)
}

/** What a denial names as the resource. @param {string} action @param {Call['parameters']} parameters @param {Account} account */
export function queryResource(action, parameters, { account, partition }) {
  const arn = `arn:${partition}:iam::${account}:`
  if (action === 'iam:ListRoles') return `${arn}role${parameters['PathPrefix'] ?? '/'}`
  if (action === 'iam:GetRole') return `role ${parameters['RoleName']}`
  if (action === 'iam:ListOpenIDConnectProviders') return `${arn}oidc-provider/*`
  if (action === 'iam:GetOpenIDConnectProvider') return parameters['OpenIDConnectProviderArn'] ?? '*'
  if (action === 'sts:AssumeRole') return parameters['RoleArn'] ?? '*'
  return '*'
}

/** @param {Call} call @param {Record<string, unknown>} body */
export function queryText({ service, action }, body) {
  const name = nameOf(action)
  const namespace = service === 'sts' ? NAMESPACES.sts : NAMESPACES.iam
  const result = element(`${name}Result`, body)
  return `<${name}Response xmlns="${namespace}">${result}<ResponseMetadata><RequestId>${requestId()}</RequestId></ResponseMetadata></${name}Response>`
}

/** @param {Call['service']} service @param {ApiError} error */
export function queryError(service, { status, code, message }) {
  const namespace = service === 'sts' ? NAMESPACES.sts : NAMESPACES.iam
  const error = element('Error', { Type: status < 500 ? 'Sender' : 'Receiver', Code: code, Message: message })
  return `<ErrorResponse xmlns="${namespace}">${error}<RequestId>${requestId()}</RequestId></ErrorResponse>`
}

let requests = 0

export function requestId() {
  requests += 1
  return `00000000-0000-4000-8000-${String(requests).padStart(12, '0')}`
}

/** @template T @param {Call} call @param {{ count: number, at: (index: number) => T | undefined }} list */
function requirePage({ parameters }, list) {
  const { Marker, MaxItems = '100' } = parameters
  const size = Number(MaxItems)
  if (!Number.isInteger(size) || size < 1 || size > 1000) {
    const bound = size > 1000 ? 'less than or equal to 1000' : 'greater than or equal to 1'
    const refusal = `Value '${MaxItems}' at 'maxItems' failed to satisfy constraint: Member must have value ${bound}`
    throw new ApiError(400, 'ValidationError', `1 validation error detected: ${refusal}`)
  }
  const page = pageOf(list, Marker, size)
  if (page === undefined) throw new ApiError(400, 'ValidationError', 'Invalid Marker.')
  return page
}

/** @param {Call} call @param {string} name */
function listParameter({ parameters }, name) {
  return Object.keys(parameters)
    .filter((key) => key.startsWith(`${name}.member.`))
    .map((key) => parameters[key])
}

/** @type {WeakMap<Role, Rendered>} */
const details = new WeakMap()
/** @type {WeakMap<Role, Rendered>} */
const listed = new WeakMap()

/** A role is rendered once, however often an account is read. @param {WeakMap<Role, Rendered>} kept @param {Role} role @param {() => Record<string, unknown>} members */
function once(kept, role, members) {
  let rendered = kept.get(role)
  if (rendered === undefined) {
    rendered = { [RENDERED]: content(members()) }
    kept.set(role, rendered)
  }
  return rendered
}

/** @param {Role} role */
function detailOf(role) {
  return once(details, role, () => ({
    Path: role.Path,
    RoleName: role.RoleName,
    RoleId: role.RoleId,
    Arn: role.Arn,
    CreateDate: role.CreateDate,
    AssumeRolePolicyDocument: encodedPolicy(role.AssumeRolePolicyDocument),
    InstanceProfileList: role.InstanceProfileList ?? [],
    RolePolicyList: (role.RolePolicyList ?? []).map(({ PolicyName, PolicyDocument }) => ({
      PolicyName,
      PolicyDocument: encodedPolicy(PolicyDocument),
    })),
    AttachedManagedPolicies: role.AttachedManagedPolicies ?? [],
    PermissionsBoundary: role.PermissionsBoundary,
    Tags: role.Tags ?? [],
    RoleLastUsed: role.RoleLastUsed ?? {},
  }))
}

/** @param {Role} role */
function listedMembers(role) {
  return {
    Path: role.Path,
    RoleName: role.RoleName,
    RoleId: role.RoleId,
    Arn: role.Arn,
    CreateDate: role.CreateDate,
    AssumeRolePolicyDocument: encodedPolicy(role.AssumeRolePolicyDocument),
    Description: role.Description,
    MaxSessionDuration: role.MaxSessionDuration ?? 3600,
  }
}

/** `ListRoles` tells neither boundary nor tags nor last use. @param {Role} role */
function listedOf(role) {
  return once(listed, role, () => listedMembers(role))
}

/** @param {Role} role */
function wholeOf(role) {
  const { PermissionsBoundary, Tags = [], RoleLastUsed = {} } = role
  return { ...listedMembers(role), PermissionsBoundary, Tags, RoleLastUsed }
}

/** As RFC 3986 has it, which is what IAM sends. @param {unknown} policy an object, or text that is sent as it is */
function encodedPolicy(policy) {
  const text = typeof policy === 'string' ? policy : JSON.stringify(policy)
  return text.startsWith('%7B') ? text : encodeURIComponent(text).replaceAll(/[!'()*]/g, percent)
}

/** @param {string} character */
function percent(character) {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
}

/** @param {string} name @param {unknown} value @returns {string} */
function element(name, value) {
  return value === undefined ? '' : `<${name}>${content(value)}</${name}>`
}

/** @param {unknown} value @returns {string} */
function content(value) {
  if (Array.isArray(value)) return value.map((item) => element('member', item)).join('')
  if (typeof value !== 'object' || value === null) return escaped(String(value))
  if (RENDERED in value) return String(value[RENDERED])
  return Object.entries(value)
    .map(([name, member]) => element(name, member))
    .join('')
}

const ENTITIES = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ['\r', '&#xD;'],
])

/** @param {string} text */
function escaped(text) {
  // Most texts hold none, and a page of roles has ten thousand of them.
  if (!/[&<>"\r]/.test(text)) return text
  return text.replaceAll(/[&<>"\r]/g, (character) => ENTITIES.get(character) ?? character)
}

/** @param {string} action */
function nameOf(action) {
  return action.slice(action.indexOf(':') + 1)
}
