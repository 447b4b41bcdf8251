import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { checkTrust } from '../src/check.js'
import { PodtrustError } from '../src/errors.js'
import { type Inventory, isUnknown } from '../src/inventory.js'
import type { Finding, Report } from '../src/report.js'
import { readCloudFormationTemplate } from '../src/sources/cloudformation/template.js'
import { readInventory } from '../src/sources/detect.js'
import { keyPositionOf, positionOf } from '../src/text/json.js'
import { yaml } from '../src/sources/yaml.js'
import { analyzeTrust } from '../src/trust/analyze.js'

const now = new Date('2026-06-01T00:00:00Z')
const PARTS = 'packages/core/test/fixtures/cloudformation'

function fixture(name: string): string {
  return readFileSync(new URL(`fixtures/cloudformation/${name}`, import.meta.url), 'utf8')
}

function template(name: string, parameters?: Readonly<Record<string, string>>): Inventory {
  const text = fixture(name)
  return readInventory(
    { name: `${PARTS}/${name}`, text },
    { yaml, ...(parameters === undefined ? {} : { parameters }) },
  )
}

function written(resources: object, more: object = {}): Inventory {
  return readCloudFormationTemplate(JSON.stringify({ Resources: resources, ...more }))
}

function report(inventory: Inventory): Report {
  return checkTrust(inventory, { now })
}

/** Who can assume each role, in words, by the name of the role. */
function admitted(inventory: Inventory): Record<string, string[]> {
  const sets: Record<string, string[]> = {}
  for (const { name } of inventory.roles) sets[name] = []
  for (const trust of analyzeTrust(inventory, { now })) {
    const who = 'serviceAccounts' in trust ? `${trust.mechanism}: ${trust.serviceAccounts}` : trust.mechanism
    sets[trust.role.name]?.push(who)
  }
  return sets
}

/** Rule and role of findings that are worth a failing build, and the others where they are asked for. */
function found(
  { findings }: Report,
  severities: readonly string[] = ['medium', 'high', 'critical'],
): readonly string[] {
  return findings
    .filter(({ severity }) => severities.includes(severity))
    .map(({ rule, role, subject }) => `${(role ?? subject)?.name}: ${rule}`)
}

function finding(inventory: Inventory, rule: string, role: string): Finding {
  const all = report(inventory).findings.filter((one) => one.rule === rule && one.role?.name === role)
  expect(all).toHaveLength(1)
  return all[0] as Finding
}

/** The line of the text in which a finding begins. */
function lineOf(name: string, { location }: Finding): string {
  const line = (keyPositionOf(location) ?? positionOf(location))?.line
  expect(line).toBeDefined()
  return fixture(name).split('\n')[(line ?? 0) - 1]?.trim() ?? ''
}

function reasons({ facts }: Inventory): readonly string[] {
  return facts.gaps.map(({ reason }) => reason)
}

const trustOf = (
  principal: unknown,
  condition?: unknown,
  action: unknown = 'sts:AssumeRoleWithWebIdentity',
): object => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: principal,
      Action: action,
      ...(condition === undefined ? {} : { Condition: condition }),
    },
  ],
})

const roleWith = (policy: unknown): object => ({
  Type: 'AWS::IAM::Role',
  Properties: { AssumeRolePolicyDocument: policy },
})

describe('templates that tools write', () => {
  test("eksctl's stack for a service account admits that service account and nobody else", () => {
    const inventory = template('eksctl-service-account.json')
    expect(admitted(inventory)).toEqual({ Role1: ['irsa: billing/invoice-writer'] })
    expect(report(inventory)).toMatchObject({
      findings: [],
      coverage: { complete: true, roles: { total: 1, pod: 1 } },
    })
  })

  test("eksctl's map of service principals is looked up, and instance profiles belong to their roles", () => {
    const inventory = template('eksctl-nodegroup.json')
    expect(found(report(inventory))).toEqual([
      'Role1: node-role-trust',
      'tools/workers: node-credentials-reachable',
    ])
    expect(finding(inventory, 'node-role-trust', 'Role1').message).toContain('`NodeInstanceProfile`')
    expect(inventory.facts.nodeGroups).toMatchObject([
      {
        name: 'workers',
        cluster: 'tools',
        roleKey: 'NodeInstanceRole',
        imds: { tokens: 'optional', hopLimit: 2 },
      },
    ])
    const imds = inventory.facts.nodeGroups?.[0]?.imds
    const place = imds === undefined || isUnknown(imds) ? undefined : imds.location
    expect(place && positionOf(place)).toMatchObject({ line: 23 })
  })

  test('the condition that the CDK keeps in a custom resource is read, so that no subject is missing', () => {
    const inventory = template('cdk-service-account.template.json')
    expect(admitted(inventory)).toEqual({
      ClusterRole1A2B3C4D: [],
      InvoiceRoleE08C7B02: ['irsa: billing/invoice-writer'],
      ReportRole33334444: ['irsa: every service account in reports'],
      ThumbnailRole55556666: ['pod-identity: every service account of the cluster'],
    })
    expect(found(report(inventory))).toEqual(['ReportRole33334444: any-service-account-in-namespace'])
    expect(report(inventory).coverage).toMatchObject({ complete: true, gaps: [] })
  })

  test('what is blamed in such a condition stands where the role refers to it', () => {
    const name = 'cdk-service-account.template.json'
    const blamed = finding(template(name), 'any-service-account-in-namespace', 'ReportRole33334444')
    expect(lineOf(name, blamed)).toBe(
      '"StringLike": { "Fn::GetAtt": ["ReportConditionJson11112222", "Value"] }',
    )
  })

  test('the issuer of a cluster that is made by the same stack is one issuer wherever it stands', () => {
    const inventory = template('cdk-service-account.template.json')
    const [trust] = [...analyzeTrust(inventory, { now })]
    expect(trust).toMatchObject({
      mechanism: 'irsa',
      cluster: { name: 'tools' },
      provider: { clientIds: ['sts.amazonaws.com'] },
    })
    expect(inventory.facts.clusters[0]?.issuer).toBe(inventory.facts.providers[0]?.issuer)
    expect(inventory.facts.associations).toMatchObject([
      {
        cluster: 'tools',
        namespace: 'media',
        serviceAccount: 'thumbnails',
        roleKey: 'ThumbnailRole55556666',
      },
    ])
  })

  test('what a function of SAM runs as is another flow', () => {
    const inventory = written(
      {
        Hello: {
          Type: 'AWS::Serverless::Function',
          Properties: { Role: 'arn:aws:iam::210987654321:role/hello' },
        },
      },
      { Transform: 'AWS::Serverless-2016-10-31' },
    )
    expect([...inventory.roles]).toEqual([])
    expect(inventory.facts.gaps).toEqual([])
  })
})

describe('a trust policy inside of a text', () => {
  test('admits whom it would if the issuer were known', () => {
    const inventory = template('sub-text.yaml')
    expect(admitted(inventory)).toEqual({
      OneAccount: ['irsa: invoices/invoice-writer'],
      AnyName: ['irsa: every service account in billing'],
      Direct: ['irsa: service account cache in every namespace'],
    })
    expect(found(report(inventory))).toEqual([
      'Direct: any-namespace',
      'AnyName: any-service-account-in-namespace',
    ])
  })

  test('all ways to take the issuer apart and put it together lead to the same cluster', () => {
    const trusts = [...analyzeTrust(template('sub-text.yaml'), { now })]
    expect(trusts.map((trust) => ('cluster' in trust ? trust.cluster?.name : undefined))).toEqual([
      'tools',
      'tools',
      'tools',
    ])
    expect(new Set(trusts.map((trust) => ('issuer' in trust ? trust.issuer : ''))).size).toBe(1)
    expect(trusts.every((trust) => 'provider' in trust && trust.provider?.address === 'Provider')).toBe(true)
  })

  test('leaves nothing open, for which issuer it is decides nothing', () => {
    expect(report(template('sub-text.yaml')).coverage.complete).toBe(true)
  })

  test('variables of the function shadow parameters, and `${!Name}` stays a text', () => {
    expect(admitted(template('sub-text.yaml'))['OneAccount']).toEqual(['irsa: invoices/invoice-writer'])
    const [, kept] = template('leftovers.yaml').roles
    expect(kept?.trustPolicy).toMatchObject({
      text: expect.stringContaining('"aws:RequestTag/kubernetes-namespace": "${Namespace}"'),
    })
  })

  test('findings point at the line inside of the text', () => {
    const blamed = finding(template('sub-text.yaml'), 'any-service-account-in-namespace', 'AnyName')
    expect(lineOf('sub-text.yaml', blamed)).toBe('"${Issuer}:sub": "system:serviceaccount:${Namespace}:*"')
    expect(positionOf(blamed.location)).toMatchObject({ line: 57, column: 38, endLine: 57, endColumn: 76 })
    const direct = positionOf(finding(template('sub-text.yaml'), 'any-namespace', 'Direct').location)
    const line = fixture('sub-text.yaml').split('\n')[(direct?.line ?? 0) - 1]
    expect(line?.slice((direct?.column ?? 0) - 1, (direct?.endColumn ?? 0) - 1)).toBe(
      '"system:serviceaccount:*:cache"',
    )
  })

  test.each([
    ['a text', (text: string) => text],
    ['Fn::Sub', (text: string) => ({ 'Fn::Sub': text })],
    [
      'Fn::Sub with a map',
      (text: string) => ({ 'Fn::Sub': [text.replace('billing', '${Where}'), { Where: 'billing' }] }),
    ],
    ['Fn::Join', (text: string) => ({ 'Fn::Join': ['billing', text.split('billing')] })],
    ['an object', (text: string) => JSON.parse(text) as unknown],
    ['Fn::ToJsonString', (text: string) => ({ 'Fn::ToJsonString': JSON.parse(text) as unknown })],
    ['a branch', (text: string) => ({ 'Fn::If': ['Yes', { 'Fn::Sub': text }, { Ref: 'AWS::NoValue' }] })],
  ])('is the same policy as %s', (_form, form) => {
    const issuer = 'oidc.eks.eu-west-1.amazonaws.com/id/7C1E0D5A94B2F36E8A0C4D71B59E23F8'
    const policy = trustOf(
      { Federated: `arn:aws:iam::210987654321:oidc-provider/${issuer}` },
      { StringLike: { [`${issuer}:sub`]: 'system:serviceaccount:billing:*' } },
    )
    const inventory = written(
      { Role: roleWith(form(JSON.stringify(policy))) },
      { Conditions: { Yes: { 'Fn::Equals': ['a', 'a'] } } },
    )
    expect(admitted(inventory)).toEqual({ Role: ['irsa: every service account in billing'] })
    expect(found(report(inventory))).toEqual(['Role: any-service-account-in-namespace'])
    expect(positionOf(finding(inventory, 'any-service-account-in-namespace', 'Role').location)).toBeDefined()
  })
})

describe('conditions', () => {
  const conditional = template('conditions.yaml')

  test('a role is read once for each way they may turn out, and named after it', () => {
    expect(admitted(conditional)).toEqual({
      'invoices (IsProd)': ['pod-identity: invoices/writer'],
      'invoices (not IsProd)': ['pod-identity: every service account in namespaces matching dev-*'],
      Same: [],
    })
    expect([...conditional.roles].map(({ key, address }) => [key, address])).toEqual([
      ['PodRole (IsProd)', 'PodRole'],
      ['PodRole (not IsProd)', 'PodRole'],
      ['Same', 'Same'],
    ])
  })

  test('what never holds is not made', () => {
    expect(found(report(conditional))).not.toContain('Gone: any-principal')
    expect(Object.keys(admitted(conditional))).not.toContain('Gone')
  })

  test('findings point into the branch that is at fault', () => {
    const blamed = finding(conditional, 'ec2-trust', 'invoices (not IsProd)')
    expect(lineOf('conditions.yaml', blamed)).toBe('Service: ec2.amazonaws.com')
  })

  test('an unquoted version is no date', () => {
    expect([...conditional.roles][0]?.trustPolicy).toMatchObject({ value: { Version: '2012-10-17' } })
  })

  test('an association is linked to every form of its role', () => {
    expect(conditional.facts.associations.map(({ roleKey }) => roleKey)).toEqual([
      'PodRole (IsProd)',
      'PodRole (not IsProd)',
    ])
  })

  test('a parameter that is given decides them', () => {
    expect(Object.keys(admitted(template('conditions.yaml', { Environment: 'prod' })))).toEqual([
      'invoices',
      'Same',
    ])
    expect(Object.keys(admitted(template('conditions.yaml', { Environment: 'dev' })))).toEqual(['invoices'])
  })

  test('that exclude each other are not both taken', () => {
    const pick = (name: string, otherwise: unknown): object => ({
      'Fn::If': [name, `${name.toLowerCase()}:app`, otherwise],
    })
    const subject = { 'Fn::Join': ['', ['system:serviceaccount:', pick('A', pick('B', 'c:app'))]] }
    const issuer = 'oidc.eks.eu-west-1.amazonaws.com/id/7C1E0D5A94B2F36E8A0C4D71B59E23F8'
    const equals = (value: string): object => ({ 'Fn::Equals': [{ Ref: 'Stage' }, value] })
    const forms = written(
      {
        Role: {
          ...roleWith(
            trustOf(
              { Federated: `arn:aws:iam::210987654321:oidc-provider/${issuer}` },
              { StringEquals: { [`${issuer}:sub`]: subject } },
            ),
          ),
          Condition: 'AOrB',
        },
      },
      {
        Parameters: { Stage: { Type: 'String' } },
        Conditions: {
          A: equals('a'),
          B: equals('b'),
          AOrB: { 'Fn::Or': [{ Condition: 'A' }, { Condition: 'B' }] },
        },
      },
    )
    expect(Object.values(admitted(forms)).flat().toSorted()).toEqual(['irsa: a/app', 'irsa: b/app'])
  })

  test('that are too many to be read one by one leave a gap', () => {
    const names = Array.from({ length: 7 }, (_, index) => `C${index}`)
    const actions = names.map((name) => ({ 'Fn::If': [name, `sts:${name}`, { Ref: 'AWS::NoValue' }] }))
    const inventory = written(
      { Role: roleWith(trustOf({ Service: 'pods.eks.amazonaws.com' }, undefined, actions)) },
      {
        Conditions: Object.fromEntries(names.map((name) => [name, { 'Fn::Equals': [{ Ref: name }, 'yes'] }])),
      },
    )
    expect([...inventory.roles]).toHaveLength(32)
    expect(reasons(inventory)).toEqual([
      '`Role` depends on more conditions than are read one by one, so some of its forms were not judged',
    ])
  })
})

describe('what a template does not tell', () => {
  const partial = template('parameters.yaml')

  test('is a gap with its name, and never a finding', () => {
    expect(reasons(partial)).toEqual([
      'the trust policy of `Names` holds values that are known only after deployment: `Namespace` and `Subject`',
      'the trust policy of `Whole` is known only after deployment: it comes from `Policy`',
      'a statement in the trust policy of `Part` is known only after deployment and was not judged: it comes from `OIDCProviderArn` and `Macro.Condition`',
    ])
    expect(report(partial).coverage.complete).toBe(false)
    expect(found(report(partial))).toEqual(['Issuer: any-namespace'])
  })

  test('two parameters for one issuer are not taken for two issuers', () => {
    expect(admitted(partial)).toMatchObject({ Issuer: ['irsa: service account app in every namespace'] })
    expect(found(report(partial), ['info', 'low', 'medium', 'high'])).not.toContain(
      'Issuer: foreign-issuer-key',
    )
  })

  test('is called by its name in messages', () => {
    const { message } = finding(partial, 'unpinned-audience', 'Issuer')
    expect(message).toContain('(known after apply: OIDCIssuer):aud')
    expect(report(partial).findings.filter((one) => one.message.includes('.invalid'))).toEqual([])
  })

  test('an unknown name is one unknown service account and not every', () => {
    const [names] = [...analyzeTrust(partial, { now })].filter(({ role }) => role.name === 'Names')
    expect(names).toMatchObject({ mechanism: 'irsa' })
    const members = names !== undefined && 'serviceAccounts' in names ? [...names.serviceAccounts] : []
    expect(members).toHaveLength(2)
    const shown = new Map(partial.facts.holes?.map(({ placeholder, origin }) => [placeholder, origin]))
    expect(members.map(({ namespace, name }) => [shown.get(namespace), shown.get(name) ?? name])).toEqual([
      ['Namespace', 'app'],
      ['Subject', 'Subject'],
    ])
  })

  test('what the rest of the policy says is judged, and found where it stands', () => {
    const blamed = finding(partial, 'any-association', 'Part')
    expect(lineOf('parameters.yaml', blamed)).toContain('Effect: Allow')
    expect(positionOf(blamed.location)?.line).toBe(50)
  })

  test('parameters that are given fill it in', () => {
    const issuer = 'oidc.eks.eu-west-1.amazonaws.com/id/7C1E0D5A94B2F36E8A0C4D71B59E23F8'
    const full = template('parameters.yaml', {
      'AWS::AccountId': '210987654321',
      'AWS::Region': 'eu-west-1',
      OIDCProviderArn: `arn:aws:iam::210987654321:oidc-provider/${issuer}`,
      OIDCIssuer: issuer,
      Namespace: 'billing',
      Subject: 'system:serviceaccount:media:uploader',
    })
    expect(admitted(full)['Names']).toEqual(['irsa: billing/app and media/uploader'])
    expect([...full.roles][0]).toMatchObject({ account: '210987654321', partition: 'aws' })
  })

  test('an unknown Deny leaves the whole policy open', () => {
    const open = written({
      Role: roleWith({
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' },
          {
            Effect: 'Deny',
            Principal: { AWS: '*' },
            Action: 'sts:AssumeRole',
            Condition: { 'Fn::GetAtt': ['Guard', 'Condition'] },
          },
        ],
      }),
    })
    expect(report(open)).toMatchObject({ findings: [], coverage: { complete: false } })
    expect(reasons(open)).toEqual([
      'the trust policy of `Role` has a statement that is known only after deployment: it comes from `Guard.Condition`',
    ])
  })

  test('loops, macros and includes leave gaps, where they may hold roles', () => {
    const loops = template('loops.yaml')
    expect(reasons(loops)).toEqual([
      'the macro `TeamMacro` changes the template before it is deployed, what it adds was not read',
      'resources that the loop `Fn::ForEach::Roles` makes were not read',
      'the trust policy of `Included` is known only after deployment: it comes from `Fn::Transform`',
    ])
  })

  test('templates that a template only points to leave gaps', () => {
    const child = { TemplateURL: 'https://s3.amazonaws.com/templates/child.yaml' }
    const parent = written({
      Bucket: { Type: 'AWS::S3::Bucket' },
      Child: { Type: 'AWS::CloudFormation::Stack', Properties: child },
      App: { Type: 'AWS::Serverless::Application', Properties: { Location: 'app.yaml' } },
      Roles: { Type: 'Team::Iam::Roles::MODULE' },
    })
    expect(reasons(parent)).toEqual([
      'the nested stack `Child` was not read: it is a template of its own',
      'the application `App` was not read: it is a template of its own',
      'the module `Roles` was not read: it is a template of its own',
    ])
    expect(report(parent).coverage.complete).toBe(false)
  })

  test('imports, secrets and parameters kept elsewhere are unknowns of their own', () => {
    const aud = (value: unknown): object => ({
      StringEquals: { 'aws:RequestTag/kubernetes-namespace': value },
    })
    const pods = { Service: 'pods.eks.amazonaws.com' }
    const values = [
      { 'Fn::ImportValue': 'namespace' },
      '{{resolve:ssm:/team/namespace}}',
      { Ref: 'Kept' },
      { 'Fn::Sub': '${Nested.Outputs.Namespace}' },
    ]
    const inventory = written(
      Object.fromEntries(
        values.map((value, index) => [
          `Role${index}`,
          roleWith(trustOf(pods, aud(value), ['sts:AssumeRole', 'sts:TagSession'])),
        ]),
      ),
      { Parameters: { Kept: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/team/namespace' } } },
    )
    expect(reasons(inventory).map((reason) => reason.slice(reason.indexOf(': ') + 2))).toEqual([
      '`import of namespace`',
      '`{{resolve:ssm:/team/namespace}}`',
      '`Kept`',
      '`Nested.Outputs.Namespace`',
    ])
  })
})

describe('an issuer', () => {
  test('that is written out may be the one of a cluster of the template, but only one is', () => {
    const inventory = template('literal-issuer.yaml')
    expect(admitted(inventory)).toEqual({
      Meant: ['irsa: billing/invoice-writer'],
      Slipped: ['irsa: no service account'],
    })
    expect(found(report(inventory))).toEqual(['Slipped: foreign-issuer-key'])
    expect(lineOf('literal-issuer.yaml', finding(inventory, 'foreign-issuer-key', 'Slipped'))).toContain(
      '59E23F9:sub',
    )
  })

  test('in braces that nothing fills in stays a text', () => {
    const inventory = template('leftovers.yaml')
    expect(found(report(inventory), ['low', 'medium', 'high'])).toContain('Leftover: template-leftover')
    expect(lineOf('leftovers.yaml', finding(inventory, 'template-leftover', 'Leftover'))).toBe(
      'Federated: arn:aws:iam::210987654321:oidc-provider/${OidcProvider}',
    )
  })
})

describe('add-ons and associations', () => {
  test('an add-on makes associations in its namespace', () => {
    const inventory = template('add-ons.yaml')
    expect(inventory.facts.associations).toMatchObject([
      {
        cluster: 'Cluster',
        namespace: 'kube-system',
        serviceAccount: 'aws-node',
        roleKey: 'AddonRole',
        address: 'Cni',
      },
      {
        namespace: 'certificates',
        serviceAccount: 'cert-manager',
        roleArn: 'arn:aws:iam::210987654321:role/cert-manager',
      },
      {
        cluster: 'elsewhere',
        namespace: { unknown: true },
        serviceAccount: 'agent',
        roleArn: { unknown: true },
      },
    ])
    expect(reasons(inventory)).toEqual([
      '`Metrics` has no `Namespace`',
      '`RoleArn` of `Metrics` is known only after deployment: it comes from `import of agent-role`',
    ])
  })

  test('an association has all that it can say', () => {
    const inventory = readCloudFormationTemplate(
      JSON.stringify({
        Resources: {
          Role: {
            Type: 'AWS::IAM::Role',
            Properties: {
              RoleName: 'app',
              Path: '/team/',
              AssumeRolePolicyDocument: trustOf({ Service: 'pods.eks.amazonaws.com' }),
            },
          },
          Association: {
            Type: 'AWS::EKS::PodIdentityAssociation',
            Properties: {
              ClusterName: 'tools',
              Namespace: 'media',
              ServiceAccount: 'app',
              RoleArn: { 'Fn::Sub': 'arn:aws:iam::${AWS::AccountId}:role/team/app' },
              TargetRoleArn: 'arn:aws:iam::345678901234:role/target',
              DisableSessionTags: true,
            },
          },
        },
      }),
      { parameters: { 'AWS::AccountId': '210987654321', 'AWS::Partition': 'aws' } },
    )
    expect(inventory.facts.associations).toMatchObject([
      {
        cluster: 'tools',
        roleArn: 'arn:aws:iam::210987654321:role/team/app',
        roleKey: 'arn:aws:iam::210987654321:role/team/app',
        targetRoleArn: 'arn:aws:iam::345678901234:role/target',
        disableSessionTags: true,
        account: '210987654321',
      },
    ])
    expect([...inventory.roles][0]).toMatchObject({
      key: 'arn:aws:iam::210987654321:role/team/app',
      name: 'app',
      path: '/team/',
    })
  })
})

describe('a template', () => {
  test('is told by what it holds, in JSON without any help and in YAML with it', () => {
    expect([
      ...readInventory({ name: 't', text: fixture('eksctl-service-account.json') }).roles,
    ]).toHaveLength(1)
    expect([...readInventory({ name: 't', text: fixture('leftovers.yaml') }, { yaml }).roles]).toHaveLength(2)
    expect([
      ...readInventory({
        name: 't',
        text: JSON.stringify({ TemplateBody: JSON.parse(fixture('eksctl-service-account.json')) as unknown }),
      }).roles,
    ]).toHaveLength(1)
    expect(() => readCloudFormationTemplate('{"Statement": []}')).toThrow(PodtrustError)
  })

  test('in JSON and in YAML is the same', () => {
    const json = fixture('cdk-service-account.template.json')
    const same = readCloudFormationTemplate(`# JSON is YAML.\n${json}`, { yaml })
    expect(admitted(same)).toEqual(admitted(readCloudFormationTemplate(json)))
    expect(found(report(same))).toEqual(['ReportRole33334444: any-service-account-in-namespace'])
  })

  test('that repeats a key says so', () => {
    const policy =
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"pods.eks.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"Null":{"a:b":"true"},"Null":{"a:c":"true"}}}]}'
    const inventory = readCloudFormationTemplate(
      `{"Resources":{"Role":{"Type":"AWS::IAM::Role","Properties":{"AssumeRolePolicyDocument":${policy}}}},"Outputs":{},"Outputs":{}}`,
    )
    expect(found(report(inventory), ['high'])).toEqual(['Role: duplicate-key'])
    expect(reasons(inventory)).toEqual(['the key `/Outputs` stands more than once, only the last was read'])
  })

  test('that refers to itself, is empty or is nonsense is read to its end', () => {
    const circle = (other: string): object => ({
      Type: 'Custom::AWSCDKCfnJson',
      Properties: {
        Value: { 'Fn::Join': ['', [{ 'Fn::GetAtt': [other, 'Value'] }, { 'Fn::GetAtt': [other, 'Value'] }]] },
      },
    })
    const resources = { A: circle('B'), B: circle('A'), Role: roleWith({ 'Fn::GetAtt': ['A', 'Value'] }) }
    expect(reasons(written(resources, { Conditions: { X: { Condition: 'X' } } }))[0]).toContain(
      'is known only after deployment',
    )
    const doubled = Object.fromEntries(
      Array.from({ length: 60 }, (_, index) => [
        `R${index}`,
        {
          Type: 'Custom::AWSCDKCfnJson',
          Properties: {
            Value: {
              'Fn::Join': [
                '',
                index === 0 ? ['x'] : [0, 1].map(() => ({ 'Fn::GetAtt': [`R${index - 1}`, 'Value'] })),
              ],
            },
          },
        },
      ]),
    )
    expect(reasons(written({ ...doubled, Role: roleWith({ 'Fn::GetAtt': ['R59', 'Value'] }) }))).toHaveLength(
      1,
    )
    const odd = [
      null,
      [],
      'x',
      { 'Fn::If': 1 },
      { 'Fn::Select': [9, []] },
      { 'Fn::Split': [] },
      { 'Fn::Sub': [] },
      { 'Fn::GetAtt': [] },
      { Ref: {} },
      { 'Fn::FindInMap': [] },
    ]
    for (const value of odd)
      expect(() => report(written({ Role: roleWith(value), X: value as object }))).not.toThrow()
    expect([...written({}).roles]).toEqual([])
  })

  test('that was made to take long does not', () => {
    const chain = Object.fromEntries(
      Array.from({ length: 5000 }, (_, index) => [
        `R${index}`,
        {
          Type: 'Custom::AWSCDKCfnJson',
          Properties: { Value: { 'Fn::GetAtt': [`R${index + 1}`, 'Value'] } },
        },
      ]),
    )
    const doubled = Object.fromEntries(
      Array.from({ length: 60 }, (_, index) => [
        `C${index}`,
        { 'Fn::And': [{ Condition: `C${index + 1}` }, { Condition: `C${index + 1}` }] },
      ]),
    )
    let nested: unknown = 'x'
    for (let level = 0; level < 80; level++) nested = { 'Fn::ToJsonString': nested }
    const id = {
      'Fn::Select': [4, { 'Fn::Split': ['/', { 'Fn::GetAtt': ['Cluster', 'OpenIdConnectIssuerUrl'] }] }],
    }
    const started = performance.now()
    const inventory = written(
      {
        ...chain,
        Cluster: { Type: 'AWS::EKS::Cluster' },
        Chained: roleWith({ 'Fn::GetAtt': ['R0', 'Value'] }),
        Doubled: { ...roleWith(trustOf({ Service: 'ec2.amazonaws.com' })), Condition: 'C0' },
        Nested: roleWith(nested),
        Braces: roleWith({ 'Fn::Sub': `${'${'.repeat(50_000)}${' '.repeat(50_000)}` }),
        Hosts: roleWith({ 'Fn::Sub': ['a'.repeat(150_000) + '/id/${Id}'.repeat(2_000), { Id: id }] }),
        Long: roleWith({ 'Fn::Sub': 'a'.repeat(10_000_000) }),
      },
      { Conditions: doubled },
    )
    report(inventory)
    expect(performance.now() - started).toBeLessThan(3000)
  })

  test('with anything in any place is read to its end, and every finding stands somewhere', () => {
    const given = readdirSync(new URL('fixtures/cloudformation/', import.meta.url)).map((name) => {
      const input = { name, text: fixture(name) }
      return name.endsWith('json')
        ? (JSON.parse(input.text) as unknown)
        : yaml(input, { tags: 'cloudformation' }).documents[0]?.value
    })
    const pieces: unknown[] = [null, '', '\ue000', 0, true, {}, { Ref: 'Cluster' }, { 'Fn::If': ['X', 1, 2] }]
    const collect = (value: unknown): void => {
      pieces.push(value)
      if (typeof value === 'object' && value !== null) Object.values(value).forEach(collect)
    }
    given.forEach(collect)
    let seed = 4711
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff
      return seed % below
    }
    const changed = (value: unknown): unknown => {
      if (random(40) === 0) return pieces[random(pieces.length)]
      if (Array.isArray(value)) return value.map(changed)
      if (typeof value !== 'object' || value === null) return value
      return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, changed(member)]))
    }
    let findings = 0
    for (let round = 0; round < 400; round++) {
      const { Resources = {}, ...more } = { ...(given[round % given.length] as object) } as {
        Resources?: object
      }
      const resources = Object.entries(Resources).map(([id, resource]) => [id, changed(resource)] as const)
      const inventory = written(Object.fromEntries(resources), changed(more) as object)
      for (const { location } of report(inventory).findings) {
        findings++
        expect(positionOf(location)).toBeDefined()
      }
      const policies = [...inventory.roles].map(({ trustPolicy }) => trustPolicy)
      const text = JSON.stringify(policies, (key, value: unknown) => (key === 'input' ? undefined : value))
      expect(text).not.toMatch(/[\ue000-\uf8ff]/)
    }
    expect(findings).toBeGreaterThan(500)
  })

  test('with functions for keys, as CloudFormation refuses them, is read as it stands', () => {
    const inventory = readCloudFormationTemplate(
      `Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement:
          - Effect: Allow
            Principal: { Federated: arn:aws:iam::210987654321:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/7C1E0D5A94B2F36E8A0C4D71B59E23F8 }
            Action: sts:AssumeRoleWithWebIdentity
            Condition:
              StringEquals:
                !Sub "\${Issuer}:sub": system:serviceaccount:billing:app
`,
      { yaml },
    )
    expect(admitted(inventory)).toEqual({ Role: ['irsa: no service account'] })
    expect(found(report(inventory), ['low'])).toContain('Role: template-leftover')
  })
})
