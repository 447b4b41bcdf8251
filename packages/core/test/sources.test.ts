import { readFileSync } from 'node:fs'

import { describe, expect, test } from '@jest/globals'

import { PodtrustError } from '../src/errors.js'
import { type Inventory, inventoryOf, isUnknown, type Role } from '../src/inventory.js'
import { equalPolicies } from '../src/policy/normal-form.js'
import { parseTrustPolicyDocument } from '../src/policy/parse.js'
import { readInventory } from '../src/sources/detect.js'
import { dumpInventory, readIamDump } from '../src/sources/iam-dump.js'
import { readTrustPolicy } from '../src/sources/policy.js'
import { readTerraformPlan } from '../src/sources/terraform/plan.js'
import { parseJson, positionOf, textAt } from '../src/text/json.js'

const ACCOUNT = '210987654321'
const ISSUER = 'oidc.eks.eu-west-1.amazonaws.com/id/7C1E0D5A94B2F36E8A0C4D71B59E23F8'
const PROVIDER = `arn:aws:iam::${ACCOUNT}:oidc-provider/${ISSUER}`

const policy = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
}

function fixture(name: string): string {
  return readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8')
}

function terraform(name: string): Inventory {
  return readTerraformPlan(fixture(`terraform/${name}.json`), { name: `${name}.json` })
}

function read(value: unknown): Inventory {
  return readInventory({
    name: 'input.json',
    text: typeof value === 'string' ? value : JSON.stringify(value),
  })
}

function role(inventory: Inventory, name: string): Role {
  const found = [...inventory.roles].filter((candidate) => candidate.name === name)
  expect(found).toHaveLength(1)
  return found[0] as Role
}

function names(inventory: Inventory): readonly string[] {
  return [...inventory.roles].map(({ name }) => name)
}

function reasons({ facts }: Inventory): readonly string[] {
  return facts.gaps.map(({ reason }) => reason)
}

function trust({ trustPolicy }: Role) {
  if (trustPolicy.kind === 'unknown') throw new Error(trustPolicy.unknown.reason)
  return parseTrustPolicyDocument(trustPolicy)
}

function text({ trustPolicy }: Role): string {
  if (trustPolicy.kind === 'text') return trustPolicy.text
  if (trustPolicy.kind === 'value') return JSON.stringify(trustPolicy.value)
  throw new Error(trustPolicy.unknown.reason)
}

function roleEntry(name: string, more: object = {}): object {
  const arn = `arn:aws:iam::${ACCOUNT}:role/${name}`
  return { Path: '/', RoleName: name, Arn: arn, AssumeRolePolicyDocument: policy, ...more }
}

/** The error as a user sees it. */
function refusal(work: () => unknown): { code: string; message: string; hint: string | undefined } {
  try {
    work()
  } catch (error) {
    if (error instanceof PodtrustError) return { code: error.code, message: error.message, hint: error.hint }
    throw error
  }
  throw new Error('nothing was refused')
}

describe('a bare trust policy', () => {
  test('is one role, called like its input', () => {
    const inventory = read(policy)
    expect([...inventory.roles]).toEqual([
      {
        key: 'input.json',
        name: 'input.json',
        trustPolicy: expect.objectContaining({ kind: 'value', value: policy, duplicates: [] }),
        location: expect.objectContaining({ pointer: '' }),
      },
    ])
    expect([...inventory.facts.holds]).toEqual(['roles'])
    expect(inventory.facts.gaps).toEqual([])
  })

  test('is the role of whom the caller says it is', () => {
    const roleArn = `arn:aws-cn:iam::${ACCOUNT}:role/teams/billing/invoice-writer`
    const [named] = readTrustPolicy(JSON.stringify(policy), {
      roleName: 'invoice-writer',
      name: 'p.json',
    }).roles
    const [owned] = readTrustPolicy(JSON.stringify(policy), { roleArn }).roles
    expect(named).toMatchObject({ key: 'invoice-writer', name: 'invoice-writer' })
    expect(named).not.toHaveProperty('account')
    expect(owned).toMatchObject({
      key: roleArn,
      name: 'invoice-writer',
      account: ACCOUNT,
      partition: 'aws-cn',
    })
  })

  test('keeps the keys that stand twice', () => {
    const [twice] = read(
      '{"Statement":{"Condition":{"StringEquals":{"a":"1"},"StringEquals":{"b":"2"}}}}',
    ).roles
    expect(twice?.trustPolicy).toMatchObject({ duplicates: ['/Statement/Condition/StringEquals'] })
  })

  test('without statements is refused with the reason', () => {
    expect(refusal(() => read({ Version: '2012-10-17', statement: [] }))).toMatchObject({
      code: 'E_NOT_A_POLICY',
      message: 'not a trust policy: it has no `Statement`',
    })
    expect(refusal(() => readTrustPolicy('[]')).code).toBe('E_NOT_A_POLICY')
  })

  test('of something that is not a role is the mistake of the caller', () => {
    const roleArn = `arn:aws:iam::${ACCOUNT}:user/somebody`
    expect(refusal(() => readTrustPolicy(JSON.stringify(policy), { roleArn }))).toMatchObject({
      code: 'E_INVALID_ARGUMENT',
      message: `\`${roleArn}\` is not the ARN of a role`,
    })
  })
})

describe('outputs of the AWS CLI', () => {
  test('the authorization details of an account are its roles', () => {
    const inventory = readIamDump(fixture('dumps/get-account-authorization-details.json'))
    expect(new Set(names(inventory))).toEqual(
      new Set(['eks-cluster-tools', 'uploader', 'thumbnails', 'retired']),
    )
    expect(role(inventory, 'thumbnails')).toMatchObject({
      key: `arn:aws:iam::${ACCOUNT}:role/media/thumbnails`,
      arn: `arn:aws:iam::${ACCOUNT}:role/media/thumbnails`,
      account: ACCOUNT,
      partition: 'aws',
      path: '/media/',
      instanceProfiles: ['thumbnails'],
    })
    expect(role(inventory, 'uploader').instanceProfiles).toEqual([])
    expect([...inventory.facts.holds]).toEqual(['roles'])
    expect(inventory.facts.gaps).toEqual([])
  })

  test('list-roles and get-role do not tell instance profiles', () => {
    const listed = role(readIamDump(fixture('dumps/list-roles.json')), 'thumbnails')
    const got = role(readIamDump(fixture('dumps/get-role.json')), 'uploader')
    expect(listed).not.toHaveProperty('instanceProfiles')
    expect(got.location.pointer).toBe('/Role')
  })

  test('a trust policy may be an object, a text or URL-encoded, and is the same', () => {
    const plain = JSON.stringify(policy)
    const documents = [policy, plain, encodeURIComponent(plain), ` \n${plain}`]
    const inventory = read({
      Roles: documents.map((AssumeRolePolicyDocument, index) =>
        roleEntry(`r${index}`, { AssumeRolePolicyDocument }),
      ),
    })
    for (const found of inventory.roles) {
      const [first] = inventory.roles
      expect(equalPolicies(trust(found), trust(first as Role))).toBe(true)
    }
    expect(inventory.facts.gaps).toEqual([])
  })

  test('decoding leaves a plus a plus, never happens twice and never to what is JSON already', () => {
    const withPercent = '{"Statement":{"Sid":"a+b%2Bc%22"}}'
    const entries = [withPercent, encodeURIComponent(withPercent), '%7B%zz'].map(
      (AssumeRolePolicyDocument, index) => roleEntry(`r${index}`, { AssumeRolePolicyDocument }),
    )
    expect([...read({ Roles: entries }).roles].map(text)).toEqual([withPercent, withPercent, '%7B%zz'])
  })

  test('positions lead into a policy that is a text', () => {
    const document = JSON.stringify(
      { Role: roleEntry('a', { AssumeRolePolicyDocument: JSON.stringify(policy) }) },
      null,
      2,
    )
    const { location } = role(read(document), 'a').trustPolicy
    expect(location).toMatchObject({ pointer: '/Role/AssumeRolePolicyDocument', inner: { pointer: '' } })
    expect(
      positionOf({ ...location, inner: { text: JSON.stringify(policy), pointer: '/Statement/0/Effect' } })
        ?.line,
    ).toBe(6)
  })

  test('one after the other or in a list they are read together', () => {
    const one = JSON.stringify({ Role: roleEntry('one') }, null, 4)
    const two = JSON.stringify({ Role: roleEntry('two {"}') }, null, 4)
    for (const several of [`${one}\n${two}\n`, `\ufeff${one}${two}`, `[${one},${two}]`]) {
      expect(names(read(several))).toEqual(['one', 'two {"}'])
    }
    const second = [...read(`${one}\n${two}\n`).roles][1] as Role
    expect(positionOf(second.trustPolicy.location)?.line).toBe(one.split('\n').length + 6)
    expect(names(read([roleEntry('bare'), { Roles: [roleEntry('listed')] }, [roleEntry('nested')]]))).toEqual(
      ['bare', 'listed', 'nested'],
    )
  })

  test('keys that stand twice in one policy are known for that policy alone', () => {
    const twice = '{"Statement":{"Effect":"Deny","Effect":"Allow"}}'
    const entry = (name: string, document: string) =>
      `{"RoleName":"${name}","AssumeRolePolicyDocument":${document}}`
    const found = [...read(`{"Roles":[${entry('a', twice)},${entry('b', '{}')}]}`).roles]
    expect(found.map(({ trustPolicy }) => trustPolicy.kind === 'value' && trustPolicy.duplicates)).toEqual([
      ['/Statement/Effect'],
      [],
    ])
    expect(reasons(read(`{"Roles":[${entry('a', '{}')}],"Roles":[]}`))).toEqual([
      'the key `/Roles` stands more than once, only the last was read',
    ])
  })

  test('what is malformed becomes a gap and nothing else is lost', () => {
    const inventory = read({
      Roles: [
        roleEntry('good'),
        7,
        null,
        { RoleName: 12, AssumeRolePolicyDocument: policy },
        roleEntry('odd-arn', { Arn: 'arn:aws:s3:::bucket' }),
        { RoleName: 'no-policy' },
        roleEntry('number', { AssumeRolePolicyDocument: 5 }),
      ],
    })
    expect(names(inventory)).toEqual(['good', 'odd-arn', 'no-policy', 'number'])
    expect(reasons(inventory)).toEqual([
      'the entry `/Roles/1` has no `RoleName` and was not read as a role',
      'the entry `/Roles/2` has no `RoleName` and was not read as a role',
      'the entry `/Roles/3` has no `RoleName` and was not read as a role',
      'the `Arn` of `odd-arn` is not the ARN of a role',
      'the input does not hold the trust policy of `no-policy`',
    ])
    expect(role(inventory, 'no-policy').trustPolicy).toMatchObject({
      kind: 'unknown',
      unknown: { cause: 'not-collected' },
    })
    expect(role(inventory, 'number').trustPolicy).toMatchObject({ kind: 'value', value: 5 })
    expect(reasons(read({ Roles: {} }))).toEqual(['`/Roles` is not a list of roles'])
  })

  test('a list that goes on elsewhere is not taken for all', () => {
    const page = { Roles: [roleEntry('one')], IsTruncated: true, Marker: 'x' }
    expect(reasons(read(page))).toEqual(['the output is one page of several, the rest is missing'])
    expect(reasons(read({ Roles: [], NextToken: 'x' }))).toHaveLength(1)
  })

  test('an element of a list that tells nothing is a gap', () => {
    expect(reasons(read([{ Role: roleEntry('a') }, { Users: [] }]))).toEqual([
      'the entry `/1` is no output that tells about roles',
    ])
  })

  test('a list of OIDC providers tells issuers and no client ids', () => {
    const { facts } = readIamDump(fixture('dumps/list-open-id-connect-providers.json'))
    const [provider] = facts.providers
    expect(provider).toMatchObject({ arn: PROVIDER, account: ACCOUNT, partition: 'aws', issuer: ISSUER })
    expect(isUnknown(provider?.clientIds)).toBe(true)
    expect(facts.gaps.map(({ kind }) => kind)).toEqual(['provider'])
    expect([...facts.holds]).toEqual(['providers'])
  })

  test('an OIDC provider tells client ids and not whose it is', () => {
    const { facts } = readIamDump(fixture('dumps/get-open-id-connect-provider.json'))
    expect(facts.providers).toEqual([
      {
        issuer: ISSUER,
        clientIds: ['sts.amazonaws.com'],
        location: expect.objectContaining({ pointer: '' }),
      },
    ])
    expect(facts.gaps).toEqual([])
    const added = read({ Url: ISSUER, ClientIDList: [], OpenIDConnectProviderArn: PROVIDER })
    expect(added.facts.providers[0]).toMatchObject({ arn: PROVIDER, account: ACCOUNT })
  })

  test('a cluster tells its issuer, without the scheme', () => {
    const { facts } = readIamDump(fixture('dumps/describe-cluster.json'))
    expect(facts.clusters).toEqual([
      expect.objectContaining({ name: 'tools', account: ACCOUNT, partition: 'aws', region: 'eu-west-1' }),
    ])
    expect(facts.clusters[0]?.issuer).toMatch(/^oidc\.eks\.eu-west-1\.amazonaws\.com\/id\/\w+$/)
    expect(read({ cluster: { name: 'outpost' } }).facts.clusters[0]).not.toHaveProperty('issuer')
    expect(reasons(read({ cluster: {} }))).toEqual(['the cluster at `/cluster` has no `name`'])
  })

  test('a Pod Identity association tells who gets which role', () => {
    const { facts } = readIamDump(fixture('dumps/describe-pod-identity-association.json'))
    expect(facts.associations).toEqual([
      {
        cluster: 'tools',
        namespace: 'media',
        serviceAccount: 'thumbnails',
        roleArn: `arn:aws:iam::${ACCOUNT}:role/media/thumbnails`,
        targetRoleArn: 'arn:aws:iam::345678901234:role/media-bucket-writer',
        disableSessionTags: true,
        arn: `arn:aws:eks:eu-west-1:${ACCOUNT}:podidentityassociation/tools/a-8qk2vzjt0lmw4ncrx`,
        id: 'a-8qk2vzjt0lmw4ncrx',
        externalId: `eu-west-1/${ACCOUNT}/tools/media/thumbnails`,
        account: ACCOUNT,
        location: expect.objectContaining({ pointer: '/association' }),
      },
    ])
    expect(facts.gaps).toEqual([])
  })

  test('a list of associations does not tell the role, which is a gap', () => {
    const { facts } = read({ associations: [{ clusterName: 'c', namespace: 'n', serviceAccount: 's' }] })
    expect(isUnknown(facts.associations[0]?.roleArn)).toBe(true)
    expect(facts.gaps.map(({ reason }) => reason)).toEqual([
      '`roleArn` of the Pod Identity association is missing, `aws eks describe-pod-identity-association` has it',
    ])
  })

  test('a hundred thousand roles are read one by one, as often as wanted', () => {
    const entries = Array.from({ length: 100_000 }, (_, index) => {
      return `{"RoleName":"role-${index}","AssumeRolePolicyDocument":{}}`
    })
    const inventory = read(`{"Roles":[${entries.join()}]}`)
    for (const _ of [1, 2]) {
      let count = 0
      for (const { name } of inventory.roles) if (name === `role-${count}`) count++
      expect(count).toBe(100_000)
    }
  })

  test('a role costs the same number of steps however many there are', () => {
    const stepsFor = (count: number): number => {
      let steps = 0
      const handler = { get: (entry: object, key: string) => (steps++, Reflect.get(entry, key)) }
      const Roles = Array.from(
        { length: count },
        (_, index) => new Proxy(roleEntry(`role-${index}`), handler),
      )
      const document = { ...parseJson({ name: 'dump', text: '{}' }), value: { Roles } }
      expect([...dumpInventory(document).roles]).toHaveLength(count)
      return steps
    }
    expect(stepsFor(5000)).toBe(5 * stepsFor(1000))
  })
})

describe('a Terraform plan', () => {
  test('shows the roles it creates, their trust policies and what they are about', () => {
    const inventory = terraform('slips/plan')
    expect(names(inventory)).toEqual([
      'preview-app',
      'checkout-api',
      'prod-reader',
      'invoice-writer',
      'queue-worker',
    ])
    const writer = role(inventory, 'invoice-writer')
    expect(writer).toMatchObject({
      key: 'aws_iam_role.missing_claim',
      address: writer.key,
      change: 'create',
      path: '/',
    })
    expect(writer).not.toHaveProperty('arn')
    expect(writer).not.toHaveProperty('account')
    expect(trust(writer).statements[0]?.conditions).toMatchObject([{ keyText: ISSUER }])
    expect(textAt(writer.trustPolicy.location)).toBe(text(writer))

    const { providers, clusters, associations, gaps, holds } = inventory.facts
    expect(providers).toMatchObject([{ issuer: ISSUER, clientIds: ['sts.amazonaws.com'] }])
    expect(providers[0]).not.toHaveProperty('arn')
    expect(clusters).toMatchObject([
      {
        name: 'prod',
        address: 'aws_eks_cluster.prod',
        issuer: expect.stringMatching(/^issuer-\w+\.known-after-apply\.invalid\/id\/\w+$/),
      },
    ])
    expect(associations).toMatchObject([
      {
        cluster: 'prod',
        namespace: 'orders',
        serviceAccount: 'queue-worker',
        roleKey: 'aws_iam_role.no_tag_session',
      },
    ])
    expect(gaps.map(({ reason }) => reason)).toEqual([
      'the issuer of the cluster `aws_eks_cluster.prod` is known only after apply',
    ])
    expect([...holds].sort()).toEqual(['associations', 'clusters', 'providers', 'roles'])
  })

  test('reaches into modules, count and for_each', () => {
    const inventory = terraform('modules/plan')
    expect([...inventory.roles].map(({ address, name }) => `${address} ${name}`).sort()).toEqual([
      'aws_iam_role.worker["mail"] mail-worker',
      'aws_iam_role.worker["orders"] orders-worker',
      'module.app["billing"].aws_iam_role.this billing-app',
      'module.app["search.v2"].aws_iam_role.this search-v2-app',
      'module.batch[0].aws_iam_role.runner[0] batch-0-runner-0',
      'module.batch[0].aws_iam_role.runner[1] batch-0-runner-1',
      'module.batch[0].module.scheduler.aws_iam_role.this batch-0-scheduler',
      'module.batch[1].aws_iam_role.runner[0] batch-1-runner-0',
      'module.batch[1].aws_iam_role.runner[1] batch-1-runner-1',
      'module.batch[1].module.scheduler.aws_iam_role.this batch-1-scheduler',
    ])
    for (const found of inventory.roles) expect(trust(found).problems).toEqual([])
    expect(inventory.facts.gaps).toEqual([])
  })

  test('links an association to its role by reference, through outputs and by key', () => {
    const links = terraform('modules/plan').facts.associations.map(({ address, roleKey }) => [
      address,
      roleKey,
    ])
    expect(Object.fromEntries(links)).toEqual({
      'aws_eks_pod_identity_association.billing': 'module.app["billing"].aws_iam_role.this',
      'aws_eks_pod_identity_association.worker["mail"]': 'aws_iam_role.worker["mail"]',
      'aws_eks_pod_identity_association.worker["orders"]': 'aws_iam_role.worker["orders"]',
    })
  })

  test('says which trust policies are known only after apply, and what they depend on', () => {
    const inventory = terraform('unknown/plan')
    const unknown = [...inventory.roles].flatMap(({ key, trustPolicy }) =>
      trustPolicy.kind === 'unknown' ? [[key, trustPolicy.unknown.cause, trustPolicy.unknown.reason]] : [],
    )
    const origin = 'known only after apply, it depends on `aws_iam_openid_connect_provider.main.arn`'
    expect(unknown).toEqual(
      ['aws_iam_role.exports'].map((key) => [
        key,
        'known-after-apply',
        `the trust policy of \`${key}\` is ${origin}`,
      ]),
    )
    expect(inventory.facts.gaps.map(({ kind, subject }) => `${kind} ${subject}`).sort()).toEqual([
      'association aws_eks_pod_identity_association.some_worker',
      'cluster aws_eks_cluster.main',
      'provider aws_iam_openid_connect_provider.main',
      'role aws_iam_role.exports',
    ])
    expect(inventory.facts.providers.map(({ issuer }) => issuer)).toEqual([
      inventory.facts.clusters[0]?.issuer,
    ])
    expect(role(inventory, 'aws_iam_role.exports').key).toBe('aws_iam_role.exports')
  })

  test('links an association only where the references leave no doubt', () => {
    const links = terraform('unknown/plan').facts.associations.map(({ address, roleKey }) => [
      address,
      roleKey,
    ])
    expect(Object.fromEntries(links)).toEqual({
      'aws_eks_pod_identity_association.mailer': 'module.mailer.aws_iam_role.this',
      'aws_eks_pod_identity_association.reports': 'aws_iam_role.reports',
      'aws_eks_pod_identity_association.second_worker': 'aws_iam_role.worker[1]',
      'aws_eks_pod_identity_association.some_worker': undefined,
    })
  })

  test('in which nothing changes has every role once, and the data sources', () => {
    const inventory = terraform('state/unchanged')
    expect([...names(inventory)].sort()).toEqual(['eks-cluster-tools', 'retired', 'thumbnails', 'uploader'])
    expect(new Set([...inventory.roles].map(({ change }) => change))).toEqual(new Set(['none']))
    expect(inventory.facts.providers.map(({ address }) => address)).toEqual([
      'aws_iam_openid_connect_provider.prod',
      'data.aws_iam_openid_connect_provider.prod',
    ])
    expect(inventory.facts.gaps).toEqual([])
  })

  test('shows what it makes of roles, and leaves out what it destroys', () => {
    const inventory = terraform('state/revised')
    expect(Object.fromEntries([...inventory.roles].map(({ name, change }) => [name, change]))).toEqual({
      'eks-cluster-tools': 'none',
      'thumbnails-v2': 'replace',
      uploader: 'update',
    })
    expect(text(role(inventory, 'uploader'))).toContain('system:serviceaccount:media:*')
  })

  test('for some targets, or to refresh, leaves the rest as it stands', () => {
    const revised = JSON.parse(fixture('terraform/state/revised.json'))
    const isTarget = ({ address }: { address: string }) => address === 'aws_iam_role.retired[0]'
    const targeted = {
      ...revised,
      complete: false,
      resource_changes: revised.resource_changes.filter(isTarget),
    }
    expect([...names(read(targeted))].sort()).toEqual(['eks-cluster-tools', 'thumbnails', 'uploader'])
    expect(reasons(read(targeted))).toEqual(['the plan is not complete, so resources may be missing'])
    const { resource_changes: _, ...refresh } = revised
    expect([...names(read(refresh))].sort()).toEqual([
      'eks-cluster-tools',
      'retired',
      'thumbnails',
      'uploader',
    ])
  })

  test('keeps a role that Terraform only forgets', () => {
    const change = { actions: ['forget'], before: { name: 'kept', assume_role_policy: '{}' }, after: null }
    const entry = {
      address: 'aws_iam_role.kept',
      mode: 'managed',
      type: 'aws_iam_role',
      name: 'kept',
      change,
    }
    const [kept] = read({ format_version: '1.2', resource_changes: [entry] }).roles
    expect(kept).toMatchObject({ name: 'kept', change: 'none' })
    expect(kept?.trustPolicy.location.pointer).toBe('/resource_changes/0/change/before/assume_role_policy')
  })

  test('never tells what has nothing to do with trust', () => {
    const plan = JSON.parse(fixture('terraform/unknown/plan.json'))
    const secret = 'hunter2-correct-horse'
    plan.variables = { database_password: { value: secret } }
    for (const { change } of plan.resource_changes) {
      change.after = { ...change.after, description: secret, tags: { secret } }
    }
    const inventory = read(plan)
    const said = JSON.stringify([inventory.facts, ...inventory.roles], (key, value) =>
      key === 'input' ? undefined : value,
    )
    expect(said).not.toContain(secret)
  })

  test('whose planning failed or was put off has gaps', () => {
    const errored = { format_version: '1.2', errored: true, deferred_changes: [{}], resource_changes: [] }
    expect(reasons(read(errored))).toEqual([
      'planning ended with an error, so resources may be missing',
      '1 change is put off to a later plan',
    ])
  })

  test('that is malformed has gaps and no crash', () => {
    expect(reasons(read({ format_version: '1.2', resource_changes: {}, prior_state: [] }))).toHaveLength(2)
    const entry = {
      address: 7,
      type: 'aws_iam_role',
      change: { actions: ['create'], after: { name: {}, assume_role_policy: [] } },
    }
    const inventory = read({ format_version: '1.2', resource_changes: [null, {}, entry] })
    expect([...inventory.roles]).toMatchObject([
      { trustPolicy: { kind: 'unknown', unknown: { cause: 'unreadable' } } },
    ])
    expect(inventory.facts.gaps).toHaveLength(1)
  })

  test('cannot pass off its own values as our words', () => {
    const spoofed = { unknown: true, reason: 'everything is fine', cause: 'known-after-apply' }
    const after = { name: 'a', assume_role_policy: spoofed }
    const entry = {
      address: 'aws_iam_role.a',
      mode: 'managed',
      type: 'aws_iam_role',
      name: 'a',
      change: { actions: ['create'], after },
    }
    const [found] = read({ format_version: '1.2', resource_changes: [entry] }).roles
    expect(found?.trustPolicy).toMatchObject({
      unknown: { reason: '`assume_role_policy` of `aws_iam_role.a` is not a text' },
    })
  })

  test('of another format version is refused', () => {
    expect(refusal(() => read({ format_version: '2.0', resource_changes: [] }))).toMatchObject({
      code: 'E_UNSUPPORTED_INPUT',
      message: "format version `2.0` of Terraform's JSON is not known",
    })
  })

  test('whose references run in a circle is read to the end', () => {
    const plan = JSON.parse(fixture('terraform/unknown/plan.json'))
    const mailer = plan.configuration.root_module.module_calls.mailer
    mailer.expressions.provider_arn.references = ['module.mailer.role_arn']
    mailer.module.outputs.role_arn.expression.references = ['var.provider_arn', 'aws_iam_role.this.arn']
    expect([...read(plan).roles]).toHaveLength(5)
  })
})

describe('a Terraform state', () => {
  test('shows what stands', () => {
    const inventory = terraform('state/state')
    expect(role(inventory, 'thumbnails')).toMatchObject({
      key: `arn:aws:iam::${ACCOUNT}:role/media/thumbnails`,
      account: ACCOUNT,
      path: '/media/',
      address: 'aws_iam_role.thumbnails',
    })
    expect(role(inventory, 'uploader')).not.toHaveProperty('change')
    expect(inventory.facts.clusters).toMatchObject([{ name: 'tools', region: 'eu-west-1', account: ACCOUNT }])
    expect(inventory.facts.clusters[0]?.issuer).toMatch(/^oidc\.eks\./)
    expect(inventory.facts.gaps).toEqual([])
  })

  test('with nothing in it is a state all the same', () => {
    const inventory = read({ format_version: '1.0' })
    expect([...inventory.roles]).toEqual([])
    expect([...inventory.facts.holds]).toEqual(['roles'])
  })
})

describe('one role in several inputs', () => {
  test('has the same identity and the same trust policy in a plan, a state and every dump', () => {
    const inputs = [
      terraform('state/unchanged'),
      terraform('state/state'),
      readIamDump(fixture('dumps/get-account-authorization-details.json')),
      readIamDump(fixture('dumps/list-roles.json')),
      readIamDump(fixture('dumps/get-role.json')),
    ]
    const uploaders = inputs.map((inventory) => role(inventory, 'uploader'))
    const [first] = uploaders
    for (const { key, name, account, partition, path } of uploaders) {
      expect({ key, name, account, partition, path }).toEqual({
        key: `arn:aws:iam::${ACCOUNT}:role/uploader`,
        name: 'uploader',
        account: ACCOUNT,
        partition: 'aws',
        path: '/',
      })
    }
    for (const uploader of uploaders) expect(equalPolicies(trust(uploader), trust(first as Role))).toBe(true)
    expect(names(inventoryOf(...inputs)).filter((name) => name === 'uploader')).toHaveLength(5)
  })

  test('the provider and the cluster are the same too', () => {
    const state = terraform('state/state').facts
    const provider = readIamDump(fixture('dumps/get-open-id-connect-provider.json')).facts.providers[0]
    const cluster = readIamDump(fixture('dumps/describe-cluster.json')).facts.clusters[0]
    expect(state.providers[0]).toMatchObject({ issuer: provider?.issuer, clientIds: provider?.clientIds })
    expect(state.clusters[0]).toMatchObject({
      name: cluster?.name,
      arn: cluster?.arn,
      issuer: cluster?.issuer,
    })
  })
})

describe('the examples', () => {
  const example = (name: string): Inventory =>
    read(readFileSync(new URL(`../../../examples/${name}`, import.meta.url), 'utf8'))

  test('are read without a gap, and every policy in them without a problem', () => {
    const inventory = inventoryOf(example('account.json'), example('policy.json'))
    expect(names(inventory)).toHaveLength(15)
    expect(reasons(inventory)).toEqual([])
    for (const found of inventory.roles) expect(trust(found).problems).toEqual([])
  })

  test('have a story for every role', () => {
    const stories = readFileSync(new URL('../../../examples/README.md', import.meta.url), 'utf8')
    const told = [...stories.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name]) => name)
    expect(told).toEqual(names(example('account.json')))
  })

  test('show the plan that the tests read', () => {
    expect(names(example('terraform/plan.json'))).toEqual(names(terraform('slips/plan')))
  })
})

describe('an input that is not read', () => {
  test.each([
    ['', 'E_UNRECOGNIZED_INPUT', 'the input is empty'],
    [' \n', 'E_UNRECOGNIZED_INPUT', 'the input is empty'],
    ['hello', 'E_UNRECOGNIZED_INPUT', 'not an input that podtrust knows'],
    ['{"a":1}', 'E_UNRECOGNIZED_INPUT', 'not an input that podtrust knows'],
    ['[]', 'E_UNRECOGNIZED_INPUT', 'not an input that podtrust knows'],
    ['"text"', 'E_UNRECOGNIZED_INPUT', 'not an input that podtrust knows'],
    ['{"Statement": [}', 'E_NOT_JSON', 'not JSON: expected a value at line 1, column 16'],
    [
      '{"Roles":[]} trailing',
      'E_NOT_JSON',
      'not JSON: the value has ended but the text goes on at line 1, column 14',
    ],
    [
      '{"Roles":[]} {"Roles":[}',
      'E_NOT_JSON',
      'not JSON: the value has ended but the text goes on at line 1, column 14',
    ],
    ['PK\u0003\u0004\u0000', 'E_UNSUPPORTED_INPUT', 'this is a binary Terraform plan'],
    ['\ufffd\ufffd{\u0000"\u0000', 'E_UNSUPPORTED_INPUT', 'this is not UTF-8 text'],
    [
      '[command]/usr/bin/terraform show -json\n{}',
      'E_UNSUPPORTED_INPUT',
      'the first line was written by a wrapper around terraform',
    ],
    [
      '\u001b[1mTerraform will perform the following actions:\u001b[0m\n',
      'E_UNSUPPORTED_INPUT',
      'the text of `terraform plan` says too little to be judged',
    ],
    [
      '\n  # aws_iam_role.a will be created\n  + resource',
      'E_UNSUPPORTED_INPUT',
      'the text of `terraform plan` says too little to be judged',
    ],
    [
      '{"@level":"info"}\n{"@level":"info"}\n',
      'E_UNSUPPORTED_INPUT',
      'the text of `terraform plan` says too little to be judged',
    ],
    [
      '{"version":4,"terraform_version":"1.11.4","lineage":"x"}',
      'E_UNSUPPORTED_INPUT',
      'this is a raw Terraform state',
    ],
    [
      'resource "aws_iam_role" "a" {\n}\n',
      'E_UNSUPPORTED_INPUT',
      'Terraform configurations are not read, their plans are',
    ],
    [
      'AWSTemplateFormatVersion: "2010-09-09"\n',
      'E_UNSUPPORTED_INPUT',
      'YAML is not read without a parser for it',
    ],
    [
      '---\napiVersion: v1\nkind: ServiceAccount\n',
      'E_UNSUPPORTED_INPUT',
      'YAML is not read without a parser for it',
    ],
    ['{{- if .Values.create }}\napiVersion: v1\n', 'E_UNSUPPORTED_INPUT', 'this is a template of Helm'],
    [
      'Version: 2012-10-17\nStatement: []\n',
      'E_UNSUPPORTED_INPUT',
      'YAML is not read without a parser for it',
    ],
    [
      '{"format_version":"1.0","provider_schemas":{}}',
      'E_UNRECOGNIZED_INPUT',
      'not an input that podtrust knows',
    ],
  ])('%j is refused with one sentence', (given, code, message) => {
    expect(refusal(() => read(given))).toMatchObject({ code, message })
  })

  test('names what was looked for, and how to come to something better', () => {
    expect(refusal(() => read('hello')).hint).toContain('looked for: a trust policy; `terraform show -json`')
    expect(refusal(() => read('PK\u0003\u0004')).hint).toContain('terraform show -json plan.bin > plan.json')
  })

  test('is told apart by the readers of one kind too', () => {
    expect(refusal(() => readIamDump('{}'))).toMatchObject({ code: 'E_UNRECOGNIZED_INPUT' })
    expect(refusal(() => readTerraformPlan('{}'))).toMatchObject({ code: 'E_UNRECOGNIZED_INPUT' })
    expect(refusal(() => readTerraformPlan('x'))).toMatchObject({ code: 'E_NOT_JSON' })
  })
})

describe('a hostile input', () => {
  test('that is nested deep is refused', () => {
    const deep = '['.repeat(100_000)
    expect(refusal(() => read(deep)).code).toBe('E_TOO_DEEP')
    expect(refusal(() => read(`{"Roles":${deep}`)).code).toBe('E_TOO_DEEP')
  })

  test('cannot reach prototypes', () => {
    const inventory =
      read(`{"__proto__":{"Roles":[]},"Role":{"__proto__":{"RoleName":"x"},"RoleName":"a","Arn":null,
      "AssumeRolePolicyDocument":{"__proto__":{"Statement":[]}}},"constructor":{"prototype":{}}}`)
    expect(names(inventory)).toEqual(['a'])
    expect({}).not.toHaveProperty('Roles')
    expect(refusal(() => read('{"__proto__":{"Roles":[]}}')).code).toBe('E_UNRECOGNIZED_INPUT')
    const change = { actions: ['create'], after: { name: 'toString' } }
    const plan = {
      format_version: '1.0',
      resource_changes: [{ address: '__proto__', type: 'constructor', mode: 'data', change }],
    }
    expect([...read(plan).roles]).toEqual([])
  })

  test('of five megabytes is read or refused without delay', () => {
    const long = 'x'.repeat(5_000_000)
    expect(names(read({ Role: roleEntry(long) }))).toEqual([long])
    expect(refusal(() => read(long)).code).toBe('E_UNRECOGNIZED_INPUT')
    expect(refusal(() => read('\n'.repeat(5_000_000) + 'x')).code).toBe('E_UNRECOGNIZED_INPUT')
    expect(refusal(() => read(`${'{}        '.repeat(500_000)}{`)).code).toBe('E_NOT_JSON')
    const deepAddress = `module.${'a["'.repeat(100_000)}`
    const entry = {
      address: deepAddress,
      module_address: deepAddress,
      type: 'aws_iam_role',
      mode: 'managed',
      name: 'a',
    }
    const change = { actions: ['create'], after: {}, after_unknown: { assume_role_policy: true } }
    expect([...read({ format_version: '1.2', resource_changes: [{ ...entry, change }] }).roles]).toHaveLength(
      1,
    )
  })

  test('cannot put control characters or line breaks into a sentence', () => {
    const name = 'a\u001b[2J\n::error::`'
    const inventory = read({
      Roles: [{ RoleName: name }, { RoleName: name, Arn: 'no', AssumeRolePolicyDocument: {} }],
    })
    for (const reason of reasons(inventory)) expect(reason).toMatch(/^[ -~]+$/)
    expect(inventory.facts.gaps).toHaveLength(2)
  })
})
