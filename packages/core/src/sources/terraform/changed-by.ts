/** Roles that a plan leaves as they are, while it changes what they trust or whom they serve. */
import type { Role } from '../../inventory.js'
import { issuerOfProviderArn, issuerOfUrl } from '../aws-names.js'
import { isList, isObject, type JsonObject, textOf } from '../json-input.js'

/** A change, and the texts by which policies name what it changes. */
interface Mark {
  readonly address: string
  readonly names: readonly string[]
  /** The ARNs of roles that it is about, rather than a text of their policies. */
  readonly roles: readonly string[]
}

const TYPES: Readonly<Record<string, (values: JsonObject) => Pick<Mark, 'names' | 'roles'>>> = {
  aws_iam_openid_connect_provider: (values) => {
    const arn = textOf(values['arn'])
    const url = textOf(values['url'])
    const issuer = url === undefined ? arn && issuerOfProviderArn(arn) : issuerOfUrl(url)
    return { names: issuer === undefined || issuer === '' ? [] : [issuer], roles: [] }
  },
  aws_eks_cluster: (values) => {
    const [identity] = isList(values['identity']) ? values['identity'] : []
    const [oidc] = isObject(identity) && isList(identity['oidc']) ? identity['oidc'] : []
    const issuer = isObject(oidc) ? textOf(oidc['issuer']) : undefined
    const arn = textOf(values['arn'])
    return {
      names: [...(issuer === undefined ? [] : [issuerOfUrl(issuer)]), ...(arn === undefined ? [] : [arn])],
      roles: [],
    }
  },
  aws_eks_pod_identity_association: (values) => {
    const arns = [textOf(values['role_arn']), textOf(values['target_role_arn'])]
    return { names: [], roles: arns.filter((arn) => arn !== undefined) }
  },
}

/** The roles, with what changes around those that stay. */
export function rolesWithChanges(roles: readonly Role[], plan: JsonObject): Role[] {
  const marks = [...marksOf(plan)]
  return roles.map((role) => {
    if (role.change !== 'none') return role
    const text = textOfPolicy(role)
    const changedBy = marks
      .filter(
        ({ names, roles: arns }) =>
          names.some((name) => text.includes(name)) || (role.arn !== undefined && arns.includes(role.arn)),
      )
      .map(({ address }) => address)
    return changedBy.length === 0 ? role : { ...role, changedBy }
  })
}

function textOfPolicy({ trustPolicy }: Role): string {
  if (trustPolicy.kind === 'text') return trustPolicy.text
  return trustPolicy.kind === 'value' ? JSON.stringify(trustPolicy.value) : ''
}

function* marksOf(plan: JsonObject): Generator<Mark> {
  for (const entry of isList(plan['resource_changes']) ? plan['resource_changes'] : []) {
    if (!isObject(entry) || entry['mode'] === 'data' || !isObject(entry['change'])) continue
    const { actions, before, after } = entry['change']
    const namesOf = TYPES[textOf(entry['type']) ?? '']
    if (
      namesOf === undefined ||
      !isList(actions) ||
      actions.every((action) => action === 'no-op' || action === 'read' || action === 'forget')
    )
      continue
    const sides = [before, after].filter((side) => isObject(side)).map(namesOf)
    yield {
      address: textOf(entry['address']) ?? '',
      names: sides.flatMap(({ names }) => names),
      roles: sides.flatMap((side) => side.roles),
    }
  }
}
