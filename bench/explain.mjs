/**
 * 10,000 pairs of a service account and a role, explained from one inventory, against the evaluator's time for the same
 * calls. Every fifth role names another service account, so that the nearest miss is looked for too. The mend is not
 * part of it: it is computed for those who read it.
 */
import { manifestsOf, rolesOf } from './manifests.mjs'

const ACCOUNT = '210987654321'
const ISSUER = 'oidc.eks.eu-west-1.amazonaws.com/id/8A5F3C1E90B24D67A1C2E3F405162738'

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
}

export async function explain(pairs = 10_000, roles = 2_000) {
  const { evaluateTrust, explainAssume, inventoryOf } = await import('../packages/core/dist/index.js')
  const { requestOf } = await import('../packages/core/dist/trust/one-request.js')
  const { irsaModel } = await import('../packages/core/dist/mechanisms/irsa.js')
  const { parseTrustPolicyDocument } = await import('../packages/core/dist/policy/parse.js')
  const { readInventory } = await import('../packages/core/dist/sources/detect.js')
  const { yaml } = await import('../packages/core/dist/sources/yaml.js')
  const cluster = {
    cluster: {
      name: 'main',
      arn: `arn:aws:eks:eu-west-1:${ACCOUNT}:cluster/main`,
      identity: { oidc: { issuer: `https://${ISSUER}` } },
    },
  }
  const provider = {
    OpenIDConnectProviderArn: `arn:aws:iam::${ACCOUNT}:oidc-provider/${ISSUER}`,
    Url: ISSUER,
    ClientIDList: ['sts.amazonaws.com'],
  }
  const texts = [
    ['roles.json', rolesOf(pairs, roles)],
    ['apps.yaml', manifestsOf(pairs, roles)],
    ['cluster.json', JSON.stringify(cluster)],
    ['provider.json', JSON.stringify(provider)],
  ]
  const parts = texts.map(([name, text]) => readInventory({ name, text }, { yaml }))
  const now = new Date('2026-11-01T00:00:00Z')
  const questions = Array.from({ length: pairs }, (_, index) => ({
    role: `role-${index % roles}`,
    serviceAccount: { namespace: `team-${index % 400}`, name: `app-${index}` },
  }))

  // The evaluator wants each policy parsed and each call built by its request model; both sides do both.
  const evaluate = () => {
    const byName = new Map()
    for (const role of inventoryOf(...parts).roles)
      byName.set(role.name, parseTrustPolicyDocument(role.trustPolicy))
    const facts = {
      issuer: ISSUER,
      providerArn: provider.OpenIDConnectProviderArn,
      account: ACCOUNT,
      clientIds: provider.ClientIDList,
      now,
    }
    let allowed = 0
    for (const { role, serviceAccount } of questions) {
      const policy = byName.get(role)
      const word = `${serviceAccount.namespace}:${serviceAccount.name}`
      if (evaluateTrust(policy, requestOf(policy, irsaModel(facts), word, now)).outcome === 'allowed')
        allowed++
    }
    return allowed
  }
  const answer = () => {
    // A new inventory each time, so that the index of it is part of the time.
    const inventory = inventoryOf(...parts)
    let allowed = 0
    let causes = 0
    for (const question of questions) {
      const { outcome, causes: found } = explainAssume(inventory, question, { now })
      if (outcome === 'allowed') allowed++
      causes += found.length
    }
    if (causes < pairs) throw new Error('some pairs have no cause')
    return allowed
  }
  const times = { evaluate: [], answer: [] }
  const counts = {}
  // The first rounds are for the compiler of the engine, on both sides.
  for (let round = -4; round < 9; round++) {
    for (const [name, work] of Object.entries({ evaluate, answer })) {
      globalThis.gc?.()
      const start = performance.now()
      counts[name] = work()
      if (round >= 0) times[name].push(performance.now() - start)
    }
  }
  if (counts.evaluate !== counts.answer) throw new Error('the two disagree on who gets in')
  const [e, a] = [median(times.evaluate), median(times.answer)]
  return {
    name: `explaining ${pairs} service account and role pairs, against evaluating them`,
    ratio: a / e,
    goal: { most: 3 },
    detail: `${a.toFixed(0)} ms against ${e.toFixed(0)} ms, ${((1000 * a) / pairs).toFixed(1)} µs a pair, ${counts.answer} allowed; medians of 9; mends not computed`,
  }
}
