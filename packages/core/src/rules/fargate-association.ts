import { isUnknown } from '../inventory.js'
import type { PodIdentityAssociation } from '../inventory.js'
import { placeText } from './kubernetes-subject.js'
import { isAnnotated, strandedClause, strandedWorkloads } from './pod-identity-reach.js'
import type { RuleOn, SubjectReference } from './rule.js'

/**
 * An association for pods that run on Fargate or on Windows, where Pod Identity does not work: they get no credentials by
 * it. Where the service account is annotated too, the association even takes IRSA from them, which another rule says.
 * @see https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html
 */
export const fargateAssociation: RuleOn<'inventory'> = {
  id: 'fargate-association',
  severity: 'medium',
  summary: 'an association for pods that run where Pod Identity does not work',
  since: '0.1.0',
  kind: 'breakage',
  needs: ['associations', 'workloads'],
  on: 'inventory',

  *check({ inventory: { facts } }) {
    for (const association of facts.associations) {
      const clause = strandedClause(strandedWorkloads(association, facts))
      if (clause === undefined || isAnnotated(association, facts)) continue
      yield {
        subject: associationSubject(association),
        location: association.location,
        blamed: 'pods',
        message: `its pods are out of reach of Pod Identity: ${clause}`,
        help: 'use IRSA for them: an annotation, a role that trusts the OIDC provider of the cluster, and no association',
      }
    }
  },
}

function associationSubject(association: PodIdentityAssociation): SubjectReference {
  const { cluster, clusterArn, namespace, serviceAccount } = association
  const name = isUnknown(serviceAccount) ? '' : serviceAccount
  const place = { ...(isUnknown(cluster) ? {} : { cluster }), namespace, name }
  const parts = [clusterArn ?? cluster, namespace, serviceAccount].map((part) =>
    isUnknown(part) ? '' : part,
  )
  return { kind: 'association', key: parts.join('/'), name: `association of ${placeText(place)}` }
}
