import { POD_IDENTITY_SERVICE } from '../mechanisms/pod-identity.js'
import type { JsonValue, PatchOperation } from '../policy/condition-patch.js'
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
  const types = new Set(
    policy.statements.flatMap(({ principal }) =>
      principal.kind === 'principals'
        ? principal.entries.map(({ type, value }) => (type === 'Service' ? value : type))
        : [],
    ),
  )
  const trusted =
    types.size === 0
      ? 'nobody'
      : [...types].map((one) => (one === 'Federated' ? 'an OIDC provider or SAML' : one)).join(', ')
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
      summary: `no statement trusts ${quoted(POD_IDENTITY_SERVICE)}; the role trusts ${quoted(trusted, 200)}`,
      wanted: trusted,
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
    summary: `no statement trusts the OIDC provider ${quoted(providerArn, 200)}; the role trusts ${quoted(trusted, 200)}`,
    wanted: trusted,
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

/** The patch that adds a statement, whether there is a list of them or only one. */
export function addStatement({ policy }: MissScene, value: JsonValue): readonly PatchOperation[] {
  const [only] = policy.statements
  if (only?.pointer !== '/Statement') return [{ op: 'add', path: '/Statement/-', value }]
  const document = JSON.parse(printTrustPolicy(policy)) as { readonly Statement: JsonValue }
  return [{ op: 'replace', path: '/Statement', value: [document.Statement, value] }]
}
