import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { whoCanAssume } from '../src/answers/who.js'
import { checkTrust } from '../src/check.js'
import { type Inventory, inventoryOf, isUnknown, type Role } from '../src/inventory.js'
import { readInventory } from '../src/sources/detect.js'
import { evaluate } from '../src/sources/terraform/evaluate.js'
import { expressionOf, parseHcl } from '../src/sources/terraform/hcl/body.js'
import { readTerraformPlan, readTerraformPlanBefore } from '../src/sources/terraform/plan.js'
import { known, type Scope } from '../src/sources/terraform/scope.js'
import { missing, objectOf, originOf, type Value } from '../src/sources/terraform/values.js'
import { positionOf, textAt } from '../src/text/json.js'
import type { Location } from '../src/text/location.js'
import { analyzeRole } from '../src/trust/analyze.js'

const root = new URL('./fixtures/terraform/', import.meta.url)
const now = new Date('2026-06-01T00:00:00Z')

function fixture(path: string): string {
  return readFileSync(new URL(path, root), 'utf8')
}

function configuration(name: string): ReadonlyMap<string, string> {
  const paths = readdirSync(new URL(name, root), { recursive: true, encoding: 'utf8' })
  return new Map(
    paths.filter((path) => path.endsWith('.tf')).map((path) => [path, fixture(`${name}/${path}`)]),
  )
}

function read(name: string, withFiles = true, plan = 'plan'): Inventory {
  const options = { name: 'plan.json', ...(withFiles ? { configuration: configuration(name) } : {}) }
  return readTerraformPlan(fixture(`${name}/${plan}.json`), options)
}

function linesOf(location: Location): string {
  const position = positionOf(location)
  return `${location.input.name}:${position?.line}-${position?.endLine}`
}

function roleAt(inventory: Inventory, address: string): Role {
  const found = [...inventory.roles].filter((role) => role.address === address)
  expect(found).toHaveLength(1)
  return found[0] as Role
}

function policyOf(inventory: Inventory, address: string): Record<string, unknown> {
  const { trustPolicy } = roleAt(inventory, address)
  if (trustPolicy.kind === 'text') return JSON.parse(trustPolicy.text) as Record<string, unknown>
  if (trustPolicy.kind === 'value') return trustPolicy.value as Record<string, unknown>
  throw new Error(trustPolicy.unknown.reason)
}

interface Expected {
  readonly findings: readonly { rule: string; role: string; at?: string; certainty: string }[]
  readonly gaps: readonly string[]
}

/** Made by Terraform 1.11 with the AWS provider 5.100, and what is to be said of them. */
const configurations = readdirSync(root).filter((name) =>
  readdirSync(new URL(name, root)).includes('expected.json'),
)

describe('a plan of real Terraform', () => {
  test('there is one for each shape that people use', () => {
    expect(configurations.length).toBeGreaterThanOrEqual(10)
  })

  describe.each(configurations)('%s', (name) => {
    const expected = JSON.parse(fixture(`${name}/expected.json`)) as Readonly<
      Record<'configuration' | 'plan', Expected>
    >

    test('with the configuration at hand, findings land on the lines of the `.tf` files', () => {
      const { findings, coverage } = checkTrust(read(name), { now })
      expect(
        findings.map(({ rule, role, subject, location, certainty }) => ({
          rule,
          role: role?.address ?? subject?.key,
          at: linesOf(location),
          certainty,
        })),
      ).toEqual(expected.configuration.findings)
      expect(coverage.gaps.map(({ kind, subject }) => `${kind} ${subject}`)).toEqual(
        expected.configuration.gaps,
      )
    })

    test('by itself it says less, and says where', () => {
      const { findings, coverage } = checkTrust(read(name, false), { now })
      expect(
        findings.map(({ rule, role, subject, certainty }) => ({
          rule,
          role: role?.address ?? subject?.key,
          certainty,
        })),
      ).toEqual(expected.plan.findings)
      expect(coverage.gaps.map(({ kind, subject }) => `${kind} ${subject}`)).toEqual(expected.plan.gaps)
      for (const { location } of findings) expect(location.input.name).toBe('plan.json')
    })

    test('no placeholder reaches a sentence', () => {
      for (const withFiles of [true, false]) {
        const inventory = read(name, withFiles)
        const { findings } = checkTrust(inventory, { now })
        const { answers, gaps } = whoCanAssume(inventory, { now })
        const sentences = [
          ...findings.flatMap(({ message, help = '', related }) => [
            message,
            help,
            ...related.map(({ note }) => note),
          ]),
          ...answers.flatMap(({ from, possible, certain, witness = '' }) => [
            from,
            possible,
            certain,
            witness,
          ]),
          ...gaps.map(({ reason }) => reason),
        ]
        expect(sentences.filter((text) => /known-after-apply-|\.invalid/.test(text))).toEqual([])
      }
    })
  })

  test('a plan that destroys everything has no roles after it, and all of them before', () => {
    expect([...read('changes', true, 'destroy').roles]).toEqual([])
    const before = readTerraformPlanBefore(fixture('changes/destroy.json'))
    expect([...before.roles].map(({ name }) => name).sort()).toEqual(['audio', 'photos', 'scratch', 'videos'])
  })
})

describe('a trust policy that is known only after apply', () => {
  test('names the issuer of the cluster that the same plan makes, as its provider does', () => {
    for (const withFiles of [true, false]) {
      const { facts, roles } = read('first-apply', withFiles)
      const [cluster] = facts.clusters
      expect(facts.providers[0]?.issuer).toBe(cluster?.issuer)
      for (const role of roles) {
        const [trust] = analyzeRole(role, facts, { now }).trusts
        expect(trust).toMatchObject({ mechanism: 'irsa', issuerKind: 'eks', cluster: { name: 'shop' } })
      }
    }
  })

  test('admits exactly whom its known parts say', () => {
    const { answers } = whoCanAssume(read('first-apply'), { now })
    expect(Object.fromEntries(answers.map(({ role, possible }) => [role.name, possible]))).toMatchObject({
      checkout: 'shop/checkout',
      search: 'service account search in every namespace',
    })
  })

  test('keeps two clusters apart, whose providers come from one block', () => {
    const policy = policyOf(read('irsa-module'), 'module.dns.aws_iam_role.this[0]')
    const statements = policy['Statement'] as readonly {
      Principal: { Federated: string }
      Condition: object
    }[]
    const arns = statements.map(({ Principal }) => Principal.Federated)
    expect(new Set(arns).size).toBe(2)
    for (const [index, { Condition }] of statements.entries()) {
      const issuer = arns[index]?.split('oidc-provider/')[1]
      expect(Object.keys(Object.values(Condition)[0] as object).sort()).toEqual([
        `${issuer}:aud`,
        `${issuer}:sub`,
      ])
    }
  })

  test('is merged as the provider merges documents: by `Sid`, the last one in its place', () => {
    for (const withFiles of [true, false]) {
      const statements = policyOf(read('merged', withFiles), 'aws_iam_role.wide')['Statement'] as {
        Sid: string
        Condition?: object
      }[]
      expect(statements.map(({ Sid }) => Sid)).toEqual(['Pods', 'PodIdentity'])
      expect(JSON.stringify(statements[0])).toContain('system:serviceaccount:apps*:*')
    }
  })

  test('a key that is told from its values is an assumption: nothing is missed on it, and the gap says so', () => {
    const { findings, coverage } = checkTrust(read('first-apply', false), { now })
    expect(findings.map(({ role }) => role?.address)).not.toContain('aws_iam_role.mail')
    const reasons = coverage.gaps
      .filter(({ subject }) => subject === 'aws_iam_role.mail')
      .map(({ reason }) => reason)
    expect(reasons.join()).toContain('told from their values')
    for (const { certainty } of findings) expect(certainty).toBe('possible')
  })

  test('the URL of a provider is read back without its scheme, so a key made of it is no mistake', () => {
    for (const withFiles of [true, false]) {
      const inventory = read('changes', withFiles)
      expect(JSON.stringify(policyOf(inventory, 'aws_iam_role.videos'))).not.toContain('https://')
      expect(policyOf(inventory, 'aws_iam_role.videos')).toMatchObject({
        Statement: [{ Principal: { Federated: expect.stringContaining('::210987654321:') } }],
      })
    }
  })

  test('two plans never share an unknown, one plan read twice always does', () => {
    const plan = fixture('first-apply/plan.json')
    const issuerIn = (name: string) => readTerraformPlan(plan, { name }).facts.clusters[0]?.issuer
    expect(issuerIn('prod.json')).toBe(issuerIn('prod.json'))
    expect(issuerIn('prod.json')).not.toBe(issuerIn('staging.json'))
    const both = inventoryOf(readTerraformPlan(plan, { name: 'a' }), readTerraformPlan(plan, { name: 'b' }))
    expect(both.facts.holes?.length).toBeGreaterThan(1)
    expect(checkTrust(both, { now }).findings.some(({ rule }) => rule === 'cross-cluster-trust')).toBe(false)
  })

  test('keeps its fingerprints from plan to plan', () => {
    const prints = (options: object) =>
      checkTrust(readTerraformPlan(fixture('first-apply/plan.json'), options), { now }).findings.map(
        (one) => one.fingerprint,
      )
    expect(prints({ name: 'today.json' })).toEqual(prints({ name: 'tomorrow.json' }))
    expect(prints({ name: 'today.json' }).length).toBeGreaterThan(0)
  })
})

/** A role and a provider of the same plan, the policy written with `jsonencode`. */
function jsonRole(condition: string, more = ''): Inventory {
  const main = `${more}
resource "aws_eks_cluster" "main" {
  name = "c"
}
resource "aws_iam_openid_connect_provider" "main" {
  url            = aws_eks_cluster.main.identity[0].oidc[0].issuer
  client_id_list = ["sts.amazonaws.com"]
}
resource "aws_iam_role" "app" {
  name               = "app"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = aws_iam_openid_connect_provider.main.arn }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = ${condition}
    }]
  })
}
`
  const change = (address: string, after: object, unknown: object) => {
    const [type, name] = address.split('.')
    return {
      address,
      mode: 'managed',
      type,
      name,
      change: { actions: ['create'], before: null, after, after_unknown: unknown },
    }
  }
  const plan = {
    format_version: '1.2',
    variables: { token: { value: 'hunter2' } },
    resource_changes: [
      change('aws_eks_cluster.main', { name: 'c' }, { arn: true, identity: true }),
      change(
        'aws_iam_openid_connect_provider.main',
        { client_id_list: ['sts.amazonaws.com'] },
        { arn: true, url: true },
      ),
      change('aws_iam_role.app', { name: 'app' }, { arn: true, assume_role_policy: true }),
      change('aws_ssm_parameter.ns', { name: '/ns' }, { value: true }),
    ],
    configuration: {
      root_module: {
        resources: ['aws_eks_cluster.main', 'aws_iam_openid_connect_provider.main', 'aws_iam_role.app'].map(
          (address) => {
            const [type, name] = address.split('.')
            return { address, mode: 'managed', type, name, expressions: {} }
          },
        ),
      },
    },
  }
  return readTerraformPlan(JSON.stringify(plan), {
    name: 'plan.json',
    configuration: new Map([['main.tf', main]]),
  })
}

const ISSUER = 'replace(aws_eks_cluster.main.identity[0].oidc[0].issuer, "https://", "")'

function findingsOf(inventory: Inventory): readonly string[] {
  return checkTrust(inventory, { now }).findings.map(({ rule }) => rule)
}

describe('an unknown value', () => {
  test('under `StringEquals` is one unknown subject, never everybody', () => {
    const inventory = jsonRole(`{ StringEquals = { "\${${ISSUER}}:sub" = aws_ssm_parameter.ns.value } }`)
    expect(findingsOf(inventory)).toEqual([])
    const [answer] = whoCanAssume(inventory, { now }).answers
    expect(answer?.possible).toBe('(known after apply: aws_ssm_parameter.ns.value)')
    expect(inventory.facts.gaps.map(({ reason }) => reason).join()).toContain(
      'it waits for `aws_ssm_parameter.ns.value`',
    )
  })

  test('of a namespace leaves the wildcard beside it to be found', () => {
    const value = '"system:serviceaccount:${aws_ssm_parameter.ns.value}:*"'
    expect(findingsOf(jsonRole(`{ StringLike = { "\${${ISSUER}}:sub" = ${value} } }`))).toEqual([
      'any-service-account-in-namespace',
    ])
  })

  test('may be the same as another, so nobody is said to be kept out by it', () => {
    const pair = (second: string) =>
      jsonRole(`{
        StringEquals = { "\${${ISSUER}}:sub" = "system:serviceaccount:\${aws_ssm_parameter.ns.value}:app" }
        StringLike   = { "\${${ISSUER}}:sub" = "${second}" }
      }`)
    expect(findingsOf(pair('system:serviceaccount:prod:*'))).toEqual([])
    // Whatever the namespace is, a slash is in no subject.
    expect(findingsOf(pair('system:serviceaccount/prod/app'))).not.toEqual([])
  })

  test('is never a leftover of a template, nor too long, nor refused', () => {
    const inventory = jsonRole(`{
      StringEquals = {
        "\${${ISSUER}}:aud"  = aws_ssm_parameter.ns.value
        "\${${ISSUER}}:sub"  = "system:serviceaccount:prod:app"
        "aws:SourceArn"      = aws_eks_cluster.main.arn
      }
    }`)
    expect(
      findingsOf(inventory).filter(
        (rule) => rule !== 'dead-statement' && rule !== 'contradictory-conditions',
      ),
    ).toEqual([])
    for (const rule of ['template-leftover', 'refused-by-iam', 'policy-too-long', 'wrong-audience']) {
      expect(findingsOf(inventory)).not.toContain(rule)
    }
  })

  test('real mistakes around it are found: the scheme in the key, a slip of the claim', () => {
    const raw = '"${aws_eks_cluster.main.identity[0].oidc[0].issuer}:sub" = "system:serviceaccount:prod:app"'
    expect(findingsOf(jsonRole(`{ StringEquals = { ${raw} } }`))).toEqual(['malformed-issuer-key'])
    expect(
      findingsOf(jsonRole(`{ StringEquals = { (${ISSUER}) = "system:serviceaccount:prod:app" } }`)),
    ).toEqual(['missing-claim'])
  })

  test('of a sensitive variable stays one, and its value is never shown', () => {
    const more = 'variable "token" {\n  sensitive = true\n}\n'
    const inventory = jsonRole(
      `{ StringEquals = { "\${${ISSUER}}:sub" = "system:serviceaccount:\${var.token}:app" } }`,
      more,
    )
    const said = JSON.stringify(
      [checkTrust(inventory, { now, analyses: true }), whoCanAssume(inventory, { now })].map(
        ({ ...all }) => all,
      ),
      (key, value: unknown) => (key === 'input' ? undefined : value),
    )
    expect(said).not.toContain('hunter2')
    expect(said).toContain('known after apply: var.token')
  })

  test('that nothing tells keeps the whole policy unknown, and the gap names what it waits for', () => {
    const inventory = read('json', false)
    const { trustPolicy } = roleAt(inventory, 'aws_iam_role.invoices')
    expect(isUnknown(trustPolicy.kind === 'unknown' ? trustPolicy.unknown : undefined)).toBe(true)
    expect(inventory.facts.gaps.find(({ subject }) => subject === 'aws_iam_role.invoices')?.reason).toContain(
      'it depends on `aws_iam_openid_connect_provider.main.arn`',
    )
  })
})

describe('a key that stands twice in an object', () => {
  test('is seen where it was written, though the plan has lost the first', () => {
    const inventory = read('json')
    const { trustPolicy } = roleAt(inventory, 'aws_iam_role.payments')
    expect(trustPolicy).toMatchObject({ kind: 'value', duplicates: ['/Statement/0/Condition/StringEquals'] })
    const finding = checkTrust(inventory, { now }).findings.find(({ rule }) => rule === 'duplicate-key')
    expect(finding && textAt(finding.location)).toMatch(/^StringEquals = \{\s+"\$\{local\.known\}:aud"/)
  })
})

describe('the lines of a `.tf` file', () => {
  test('roles, providers and clusters stand where they are declared', () => {
    const inventory = read('local-module')
    expect(linesOf(roleAt(inventory, 'module.reports.aws_iam_role.this').location)).toBe(
      'workload/main.tf:45-48',
    )
    expect(inventory.facts.providers.map(({ location }) => linesOf(location))).toEqual(['main.tf:16-19'])
  })

  test('what a module of a registry declares stands at its call', () => {
    const files = new Map([...configuration('local-module')].filter(([path]) => path === 'main.tf'))
    const inventory = readTerraformPlan(fixture('local-module/plan.json'), { configuration: { files } })
    expect(linesOf(roleAt(inventory, 'module.reports.aws_iam_role.this').location)).toBe('main.tf:29-36')
  })

  test('the folder of the root module is found by what it declares, wherever it lies', () => {
    const files = new Map(
      [...configuration('local-module')].map(([path, text]) => [`infra/prod/${path}`, text]),
    )
    const inventory = readTerraformPlan(fixture('local-module/plan.json'), { configuration: files })
    expect(linesOf(roleAt(inventory, 'module.reports.aws_iam_role.this').location)).toBe(
      'infra/prod/workload/main.tf:45-48',
    )
  })

  test('roles of a state stand where they are declared too', () => {
    const inventory = read('state', true, 'state')
    expect([...inventory.roles].map(({ name, location }) => `${name} ${linesOf(location)}`).sort()).toEqual(
      ['eks-cluster-tools', 'retired', 'thumbnails', 'uploader'].map((name) =>
        expect.stringMatching(new RegExp(`^${name} main\\.tf:`)),
      ),
    )
    expect(
      checkTrust(inventory, { now }).findings.every(({ location }) => location.input.name === 'main.tf'),
    ).toBe(true)
  })

  test('a condition in a heredoc is found by its line, with interpolations before it', () => {
    const finding = checkTrust(read('heredoc'), { now }).findings.find(({ rule }) => rule === 'any-namespace')
    expect(finding && textAt(finding.location)).toBe(
      '"${aws_iam_openid_connect_provider.main.url}:sub": "system:serviceaccount:*:uploads"',
    )
  })

  test('a file that is no configuration from some line on is a gap, and what stands before is used', () => {
    const broken = `${configuration('heredoc').get('main.tf') ?? ''}\nresource "aws_iam_role" "late" {\n  name = [\n`
    const inventory = readTerraformPlan(fixture('heredoc/plan.json'), {
      configuration: new Map([['main.tf', broken]]),
    })
    expect(linesOf(roleAt(inventory, 'aws_iam_role.uploads').location)).toBe('main.tf:21-43')
    expect(inventory.facts.gaps.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('`main.tf` was read up to where'),
    ])
  })

  test('a configuration reaches the reader through `readInventory` too', () => {
    const input = { name: 'plan.json', text: fixture('heredoc/plan.json') }
    const inventory = readInventory(input, { configuration: configuration('heredoc') })
    expect(linesOf(roleAt(inventory, 'aws_iam_role.thumbnails').location)).toBe('main.tf:45-63')
  })
})

describe('the two sides of a plan', () => {
  test('what was: known trust of roles that are changed, replaced or destroyed', () => {
    const before = readTerraformPlanBefore(fixture('changes/plan.json'))
    expect([...before.roles].map(({ name }) => name).sort()).toEqual(['audio', 'photos', 'scratch', 'videos'])
    expect(JSON.stringify(policyOf(before, 'aws_iam_role.photos'))).toContain(
      'system:serviceaccount:media:photos',
    )
    expect(JSON.stringify(policyOf(before, 'aws_iam_role.videos'))).toContain(
      'D41C0A2B7E9F4653A8B1C2D3E4F50617',
    )
    expect([...before.roles].every(({ change }) => change === undefined)).toBe(true)
  })

  test('a role that stays is judged where its provider changes, and only there', () => {
    expect(roleAt(read('changes'), 'aws_iam_role.audio')).toMatchObject({
      change: 'none',
      changedBy: ['aws_iam_openid_connect_provider.audio'],
    })
    const { coverage } = checkTrust(read('changes'), { now })
    expect(coverage.roles).toMatchObject({ total: 3, analyzed: 3, unchanged: 0 })
    expect(
      [...read('state', false, 'unchanged').roles].some(({ changedBy }) => changedBy !== undefined),
    ).toBe(false)
  })
})

describe('nodes', () => {
  test('a group has the options of its launch template and the role of its nodes', () => {
    const { facts } = read('nodes')
    const groups = Object.fromEntries((facts.nodeGroups ?? []).map((group) => [group.name, group]))
    expect(groups['open']).toMatchObject({
      roleKey: 'aws_iam_role.node',
      cluster: 'shop',
      imds: { tokens: 'optional', hopLimit: 2 },
    })
    expect(groups['closed']).toMatchObject({ imds: { tokens: 'required', hopLimit: 1 } })
    expect(groups['default']).not.toHaveProperty('imds')
    expect(roleAt(read('nodes'), 'aws_iam_role.node').instanceProfiles).toEqual(['node'])
  })
})

describe('HCL', () => {
  const scope: Scope = {
    input: { name: 'x.tf', text: '' },
    bound: new Map<string, Value>([
      ['known', 'https://host/id/a'],
      ['unknown', missing('aws_x.y.z')],
      [
        'map',
        objectOf([
          ['b', 2],
          ['a', 1],
        ]),
      ],
      ['list', [objectOf([['n', ['p']]]), objectOf([['n', ['q']]])]],
    ]),
    resolve: (name) => ({ value: missing(name), used: 0 }),
    settle: () => null,
    wordFor: (origin) => `<${origin}>`,
    fileText: () => undefined,
    made: (text) => text,
    spend: () => true,
  }
  const valueOf = (text: string): unknown => {
    const expression = expressionOf(text)
    if (expression === undefined) return 'unreadable'
    const value = known(evaluate(expression, { ...scope, input: { name: 'x.tf', text } }), scope)
    const origin = originOf(value)
    return origin === undefined ? value : { missing: origin }
  }

  test.each([
    ['"a${known}b"', 'ahttps://host/id/ab'],
    ['"$${known} %%{x}"', '${known} %{x}'],
    ['"\\u0041\\n\\""', 'A\n"'],
    ['"${unknown}:sub"', '<aws_x.y.z>:sub'],
    ['unknown', { missing: 'aws_x.y.z' }],
    ['replace(known, "https://", "")', 'host/id/a'],
    ['replace("arn:x:oidc-provider/h", "/^(.*provider/)/", "")', 'h'],
    ['replace("ab", "/(a)(b)/", "$2$1")', 'ba'],
    ['element(split("/", known), 2)', 'host'],
    ['trimprefix(known, "https://") == "host/id/a" ? 1 : 2', 1],
    ['[for k, v in map : "${k}=${v}"]', ['a=1', 'b=2']],
    ['[for v in ["x", ""] : upper(v) if v != ""]', ['X']],
    ['list[*].n[0]', ['p', 'q']],
    ['list.*.n[0]', ['p']],
    ['try(map.c, "none")', 'none'],
    ['try(unknown, "none")', { missing: 'aws_x.y.z' }],
    ['coalesce(null, "", "x")', 'x'],
    ['format("%s-%d%%", "a", 3)', 'a-3%'],
    ['jsonencode({ a = [1, null], "b${1}" : "c" })', '{"a":[1,null],"b1":"c"}'],
    ['!(1 < 2) || false', false],
    ['flatten([["a"], [["b"]]])', ['a', 'b']],
    ['nosuch(1)', { missing: 'nosuch(1)' }],
    ['"%{ if true }x%{ endif }"', { missing: '"%{ if true }x%{ endif }"' }],
    ['a b', 'unreadable'],
    ['(1', 'unreadable'],
  ])('%s', (text, expected) => {
    expect(JSON.parse(JSON.stringify(valueOf(text)))).toEqual(expected)
  })

  test('blocks end where they end: braces in strings, heredocs and comments are none', () => {
    const text = `
# } not here
resource "a" "one" {
  x = "}" // }
  /* } */
  y = <<-EOT
    }
    EOT
  nested { z = { k = "v" } }
}
resource a two {}
`
    const { body, fault } = parseHcl(text)
    expect(fault).toBeUndefined()
    expect(
      body.blocks.map(({ type, labels, start, end }) => [
        type,
        labels,
        text.slice(start, start + 8),
        text[end - 1],
      ]),
    ).toEqual([
      ['resource', ['a', 'one'], 'resource', '}'],
      ['resource', ['a', 'two'], 'resource', '}'],
    ])
    expect([...(body.blocks[0]?.body.attributes.keys() ?? [])]).toEqual(['x', 'y'])
  })

  test('nothing hangs and nothing overflows', () => {
    for (const text of [
      'x = ' + '['.repeat(200_000),
      'x = ' + '"${'.repeat(100_000),
      'a {'.repeat(100_000),
      'x = ' + '!'.repeat(100_000),
      'x = ' + 'a.'.repeat(50_000) + 'b',
      '/*',
      '"',
      'x = <<EOT\n',
    ]) {
      expect(() => parseHcl(text)).not.toThrow()
    }
    expect(valueOf(`replace("${'a'.repeat(500)}", "/(a+)+$/", "")`)).toMatchObject({
      missing: expect.any(String),
    })
  })
})
