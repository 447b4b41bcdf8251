import { POD_IDENTITY_SERVICE } from '../mechanisms/pod-identity.js'
import type { JsonValue, PatchOperation } from '../policy/condition-patch.js'
import type { TrustPolicy } from '../policy/ast.js'
import { printTrustPolicy } from '../policy/print.js'
import { quoted } from '../text/quote.js'
import type { Miss, MissScene } from './explain-miss.js'

/** No statement has anything to do with the caller: what one would look like. */
export function missingStatement(scene: MissScene): Miss {
  const {
    mechanism,
    policy,
    issuer = '',
    providerArn = '',
    subject = '',
    audience,
    serviceAccount,
    cluster,
  } = scene
  const { wanted, trusted } = trustedBy(policy)
  const at = policy.statements.length === 0 ? '' : '/Statement'
  if (mechanism === 'pod-identity') {
    const tags: Record<string, string> = {}
    if (scene.sessionTags && serviceAccount !== undefined) {
      tags['aws:RequestTag/kubernetes-namespace'] = serviceAccount.namespace
      tags['aws:RequestTag/kubernetes-service-account'] = serviceAccount.name
      if (cluster?.arn !== undefined) tags['aws:RequestTag/eks-cluster-arn'] = cluster.arn
    }
    return {
      at,
      cause: 'missing-pod-identity-statement',
      summary: `no statement trusts ${quoted(POD_IDENTITY_SERVICE)}; the role trusts ${trusted}`,
      wanted,
      found: POD_IDENTITY_SERVICE,
      cost: 6,
      change: {
        title: 'add a statement for Pod Identity',
        patch: () =>
          addStatement(scene, {
            Effect: 'Allow',
            Principal: { Service: POD_IDENTITY_SERVICE },
            Action: ['sts:AssumeRole', 'sts:TagSession'],
            ...(Object.keys(tags).length === 0 ? {} : { Condition: { StringEquals: tags } }),
          }),
      },
    }
  }
  return {
    at,
    cause: 'missing-statement',
    summary: `no statement trusts the OIDC provider ${quoted(providerArn, 200)}; the role trusts ${trusted}`,
    wanted,
    found: providerArn,
    cost: 6,
    change: {
      title: 'add a statement for the OIDC provider of the cluster',
      patch: () =>
        addStatement(scene, {
          Effect: 'Allow',
          Principal: { Federated: providerArn },
          Action: 'sts:AssumeRoleWithWebIdentity',
          Condition: {
            StringEquals: {
              ...(audience === undefined ? {} : { [`${issuer}:aud`]: audience }),
              [`${issuer}:sub`]: subject,
            },
          },
        }),
    },
  }
}

const MOST_NAMED = 2

/** Whom the role trusts instead, as it is written and in words. */
function trustedBy({ statements }: TrustPolicy): { readonly wanted: string; readonly trusted: string } {
  const all = [
    ...new Set(
      statements.flatMap(({ effect, principal }) =>
        effect === 'Deny' || principal.kind !== 'principals'
          ? []
          : principal.entries.map(({ value }) => value),
      ),
    ),
  ]
  if (all.length === 0) return { wanted: 'nobody', trusted: 'nobody' }
  const more = all.length - MOST_NAMED
  const named = all.slice(0, MOST_NAMED).map((one) => quoted(one, 200))
  return {
    wanted: all.join(', '),
    trusted: more > 0 ? `${named.join(', ')} and ${more} more` : named.join(' and '),
  }
}

/** The patch that adds a statement, whether there is a list of them or only one. */
export function addStatement({ policy }: MissScene, value: JsonValue): readonly PatchOperation[] {
  const [only] = policy.statements
  if (only?.pointer !== '/Statement') return [{ op: 'add', path: '/Statement/-', value }]
  const document = JSON.parse(printTrustPolicy(policy)) as { readonly Statement: JsonValue }
  return [{ op: 'replace', path: '/Statement', value: [document.Statement, value] }]
}
