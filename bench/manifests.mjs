/**
 * 10,000 service accounts of Kubernetes and 2,000 roles, the same for the same sizes. Every fifth service account names a
 * role that does not admit it, every fiftieth one that is not there.
 */
const ACCOUNT = '210987654321'
const ISSUER = 'oidc.eks.eu-west-1.amazonaws.com/id/8A5F3C1E90B24D67A1C2E3F405162738'

/** Manifests as `helm template` or kustomize print them: one document for each service account. */
export function manifestsOf(accounts, roles) {
  const documents = []
  for (let index = 0; index < accounts; index++) {
    const role = index % 50 === 49 ? `gone-${index}` : `role-${index % roles}`
    documents.push(`apiVersion: v1
kind: ServiceAccount
metadata:
  name: app-${index}
  namespace: team-${index % 400}
  labels:
    app.kubernetes.io/name: app-${index}
  annotations:
    eks.amazonaws.com/role-arn: arn:aws:iam::${ACCOUNT}:role/${role}
automountServiceAccountToken: false
`)
  }
  return documents.join('---\n')
}

/** The dump of the roles: each admits the service accounts that name it, but for every fifth. */
export function rolesOf(accounts, roles) {
  const entries = []
  for (let role = 0; role < roles; role++) {
    const subjects = []
    for (let index = role; index < accounts; index += roles) {
      const name = index % 5 === 0 ? `app-${index}x` : `app-${index}`
      subjects.push(`system:serviceaccount:team-${index % 400}:${name}`)
    }
    const policy = {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/${ISSUER}` },
          Action: 'sts:AssumeRoleWithWebIdentity',
          Condition: {
            StringEquals: { [`${ISSUER}:aud`]: 'sts.amazonaws.com', [`${ISSUER}:sub`]: subjects },
          },
        },
      ],
    }
    entries.push({
      Path: '/',
      RoleName: `role-${role}`,
      Arn: `arn:aws:iam::${ACCOUNT}:role/role-${role}`,
      AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(policy)),
      InstanceProfileList: [],
    })
  }
  return JSON.stringify({ RoleDetailList: entries, IsTruncated: false })
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
}

/** Both joined and checked, to the end of the text report, against reading the two files alone. */
export async function manifests(accounts = 10_000, roles = 2_000) {
  const { checkTrust, inventoryOf } = await import('../packages/core/dist/index.js')
  const { readInventory } = await import('../packages/core/dist/sources/detect.js')
  const { yaml } = await import('../packages/core/dist/sources/yaml.js')
  const { toText } = await import('../packages/core/dist/reporters/text.js')
  const inputs = [
    ['roles.json', rolesOf(accounts, roles)],
    ['apps.yaml', manifestsOf(accounts, roles)],
  ]
  // New inputs each time: positions are kept for the ones that were asked about.
  const read = () => inputs.map(([name, text]) => readInventory({ name, text }, { yaml }))
  let findings = 0
  const joined = () => {
    const report = checkTrust(inventoryOf(...read()), { now: new Date('2026-11-01T00:00:00Z') })
    findings = report.findings.length
    return toText(report).length
  }
  const alone = () => read().map((inventory) => [...inventory.roles].length)
  const times = { alone: [], joined: [] }
  for (let round = 0; round < 5; round++) {
    for (const [name, work] of Object.entries({ alone, joined })) {
      globalThis.gc?.()
      const start = performance.now()
      work()
      times[name].push(performance.now() - start)
    }
  }
  const [a, j] = [median(times.alone), median(times.joined)]
  return {
    name: `${accounts} service accounts and ${roles} roles, read, joined and reported, against reading them`,
    ratio: j / a,
    goal: { most: 3 },
    detail: `${j.toFixed(0)} ms against ${a.toFixed(0)} ms, ${findings} findings; medians of 5`,
  }
}
