import { GetOpenIDConnectProviderCommand, ListOpenIDConnectProvidersCommand } from '@aws-sdk/client-iam'
import type { Listed, ProviderRecord } from '../snapshot/record.js'
import type { CollectRun } from './collect-run.js'
import type { IamClient } from './collect-roles.js'
import { oddAnswer } from './failure.js'
import type { MissLog } from './misses.js'
import { isObject, known, nameIn, texts } from './raw-member.js'

const LIST = 'iam:ListOpenIDConnectProviders'
const GET = 'iam:GetOpenIDConnectProvider'

/**
 * The OIDC providers of the account, or nothing where they could not be listed. Their ARNs are handed on before any
 * provider is read: they name the issuers, and those the Regions with clusters.
 */
export async function collectProviders(
  run: CollectRun,
  iam: IamClient,
  misses: MissLog,
  onArns: (arns: readonly string[]) => void,
): Promise<Listed<ProviderRecord> | undefined> {
  const answer = await run.ask({
    call: LIST,
    turn: 'first',
    send: ({ options, watched }) => iam.send(watched(new ListOpenIDConnectProvidersCommand({})), options),
  })
  const listed: unknown = answer.ok ? answer.output.OpenIDConnectProviderList : undefined
  if (!answer.ok || !Array.isArray(listed)) {
    misses.add({ call: LIST }, answer.ok ? oddAnswer('has no list in it') : answer.failure)
    onArns([])
    return undefined
  }
  const names = listed.map((one: unknown) => (isObject(one) ? nameIn(one['Arn']) : undefined))
  const arns = [...new Set(names.filter((arn) => arn !== undefined))]
  const isWhole = !names.includes(undefined)
  if (!isWhole) misses.add({ call: LIST }, oddAnswer('has a provider without an ARN'))
  run.progress({ kind: 'providers', count: arns.length })
  onArns(arns)

  const items = await Promise.all(arns.map((arn) => providerOf(run, iam, misses, arn)))
  return { items: items.filter((provider) => provider !== undefined), isWhole }
}

/** Undefined for a provider that was deleted since it was listed. */
async function providerOf(
  run: CollectRun,
  iam: IamClient,
  misses: MissLog,
  Arn: string,
): Promise<ProviderRecord | undefined> {
  const answer = await run.ask({
    call: GET,
    turn: 'then',
    send: ({ options, watched }) =>
      iam.send(watched(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: Arn })), options),
  })
  if (!answer.ok) {
    if (answer.failure.isGone) return undefined
    misses.add({ call: GET, subject: Arn }, answer.failure)
    return { Arn }
  }
  const Url = nameIn(answer.output.Url)
  if (Url === undefined) {
    misses.add({ call: GET, subject: Arn }, oddAnswer('has no Url in it'))
    return { Arn }
  }
  const { ClientIDList, ThumbprintList } = answer.output
  return { Arn, Url, ...known({ ClientIDList: texts(ClientIDList), ThumbprintList: texts(ThumbprintList) }) }
}
