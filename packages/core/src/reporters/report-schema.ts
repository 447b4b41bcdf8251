import { z } from 'zod'

/**
 * The shape of the JSON report, and the source of `schema/report.schema.json`. It changes by addition within one
 * `schemaVersion`: readers leave members alone that they do not know. It is an entry of its own, `@podtrust/core/schema`,
 * so that nobody loads zod to print a report.
 */

const line = z.int().min(1)

const role = z
  .object({
    key: z
      .string()
      .describe(
        'the ARN, else account and name, else the address in the code that declares it, else the name of the input',
      ),
    name: z.string(),
    arn: z.string().exactOptional(),
    address: z.string().exactOptional().describe('the address in Terraform or CloudFormation'),
  })
  .meta({ id: 'podtrust.role', description: 'a role of the inputs' })

const location = z
  .object({
    file: z.string(),
    line: line.exactOptional(),
    column: line.exactOptional(),
    endLine: line.exactOptional(),
    endColumn: line.exactOptional().describe('exclusive'),
    pointer: z.string().describe('JSON pointer into the file'),
    innerPointer: z
      .string()
      .exactOptional()
      .describe('JSON pointer into the document that the string at `pointer` holds'),
  })
  .meta({ id: 'podtrust.location', description: 'a place in an input; lines and columns start at 1' })

const serviceAccount = z.object({ namespace: z.string(), name: z.string() })

const callers = z
  .object({
    description: z.string().describe('for people: `prod/app`, `every service account in prod`'),
    serviceAccounts: z
      .array(serviceAccount)
      .exactOptional()
      .describe('all members, where there are at most 64 of them'),
  })
  .meta({ id: 'podtrust.callers', description: 'who is admitted' })

const analysis = z
  .object({
    role,
    mechanism: z.enum(['irsa', 'pod-identity', 'web-identity', 'aws-principal']),
    from: z.string().describe('the cluster, issuer or kind of caller, for people'),
    issuer: z.string().exactOptional().describe('host and path, without `https://`'),
    cluster: z.object({ name: z.string(), arn: z.string().exactOptional() }).exactOptional(),
    possible: callers.describe('everybody who may get in; nobody outside of it does'),
    certain: callers.describe('everybody who surely gets in'),
    witness: z
      .string()
      .exactOptional()
      .describe('one who may get in: `NAMESPACE/NAME`, a subject, or an ARN'),
    associations: z
      .array(z.string())
      .exactOptional()
      .describe(
        'Pod Identity associations that the trust admits, or `perhaps` does; absent where none were read',
      ),
    sessionTags: z
      .object({ on: z.string(), off: z.string() })
      .exactOptional()
      .describe('who may get in by associations with and without session tags'),
    grants: z
      .array(
        z.object({
          pointer: z.string(),
          sid: z.string().exactOptional(),
          actions: z.array(z.string()),
          possible: z.string(),
        }),
      )
      .describe('what each Allow statement admits by itself, before any Deny; pointers start at the policy'),
    undecided: z.array(z.string()).describe('why `possible` and `certain` differ'),
    assumptions: z.array(z.string()).describe('what was taken for granted without the input saying so'),
    residual: z.array(z.string()).describe('what the policy tests besides who calls'),
  })
  .meta({ id: 'podtrust.analysis', description: 'whom one role admits by one mechanism' })

const contextValue = z.union([
  z.object({ state: z.literal('present'), values: z.array(z.string()) }),
  z.object({ state: z.enum(['absent', 'unknown']) }),
])

const caller = z.union([
  z.object({ type: z.literal('web-identity'), provider: z.string() }),
  z.object({ type: z.literal('service'), service: z.string() }),
  z.object({ type: z.literal('aws'), arn: z.string(), account: z.string() }),
])

const witness = z
  .object({
    serviceAccount: serviceAccount.exactOptional(),
    subject: z.string().exactOptional(),
    request: z.object({ actions: z.array(z.string()), caller, context: z.record(z.string(), contextValue) }),
  })
  .meta({ id: 'podtrust.witness', description: 'one full request that the policy lets through' })

const patchOperation = z.union([
  z.object({ op: z.enum(['add', 'replace']), path: z.string(), value: z.unknown() }),
  z.object({ op: z.literal('remove'), path: z.string() }),
  z.object({ op: z.literal('move'), from: z.string(), path: z.string() }),
])

const subject = z
  .object({
    kind: z.enum([
      'service-account',
      'workload',
      'node-group',
      'association',
      'addon',
      'capability',
      'provider',
      'cluster',
      'access-entry',
      'rbac-subject',
      'token',
    ]),
    key: z
      .string()
      .describe(
        'cluster where it is known, namespace and name; before them the kind of a workload; of a token its issuer and subject',
      ),
    name: z.string(),
  })
  .meta({ id: 'podtrust.subject', description: 'what a finding is about that is no role' })

const finding = z
  .object({
    rule: z.string(),
    kind: z.enum(['exposure', 'breakage', 'hygiene']),
    severity: z.enum(['info', 'low', 'medium', 'high', 'critical']),
    certainty: z.enum(['proved', 'possible']),
    message: z.string(),
    help: z.string().exactOptional(),
    role: role.exactOptional().describe('the role that it is about, unless it is about a subject alone'),
    subject: subject.exactOptional(),
    location,
    related: z.array(z.object({ location, note: z.string() })),
    witness: witness.exactOptional(),
    fix: z
      .object({
        title: z.string(),
        safe: z.boolean(),
        patch: z.array(patchOperation).describe('RFC 6902, on the policy'),
      })
      .exactOptional(),
    docs: z.url(),
    fingerprint: z
      .string()
      .regex(/^[0-9a-f]{32}$/)
      .describe('stays the same while rule, role and condition do'),
  })
  .meta({ id: 'podtrust.finding', description: 'one flaw of one role' })

const time = z
  .object({ at: z.iso.datetime(), words: z.string() })
  .meta({ id: 'podtrust.time', description: 'an instant, and how far it is from the time of the report' })

const token = z
  .object({
    mechanism: z.enum(['irsa', 'pod-identity', 'api-server', 'legacy', 'web-identity', 'other']),
    use: z.string().describe('what takes the token and what it needs for that'),
    algorithm: z.string().exactOptional(),
    keyId: z.string().exactOptional(),
    issuer: z.string().exactOptional(),
    issuerKind: z.enum(['eks', 'shared', 'legacy', 'other']).exactOptional(),
    region: z.string().exactOptional().describe('of the cluster, for an issuer of EKS'),
    subject: z.string().exactOptional(),
    serviceAccount: serviceAccount.exactOptional(),
    audiences: z.array(z.string()),
    authorizedParty: z.string().exactOptional(),
    id: z.string().exactOptional(),
    issuedAt: time.exactOptional(),
    notBefore: time.exactOptional(),
    expires: time.exactOptional(),
    warnAfter: time.exactOptional(),
    lifetimeSeconds: z.number().exactOptional(),
    boundTo: z
      .object({ kind: z.enum(['pod', 'secret', 'node']), name: z.string(), uid: z.string().exactOptional() })
      .exactOptional(),
    node: z.object({ name: z.string(), uid: z.string().exactOptional() }).exactOptional(),
    problems: z.array(z.string()).describe('what of it could not be read, and what in it contradicts itself'),
    otherClaims: z.array(z.string()).describe('names of the claims that are not told'),
    signature: z.object({
      state: z.enum(['unchecked', 'holds', 'fails']),
      reason: z.enum(['algorithm', 'header', 'issuer', 'unknown-key', 'signature']).exactOptional(),
      message: z.string().exactOptional(),
    }),
  })
  .meta({ id: 'podtrust.token', description: 'the header and claims of a token, without its signature' })

const gap = z.object({
  kind: z
    .enum([
      'account',
      'role',
      'provider',
      'cluster',
      'association',
      'addon',
      'node-group',
      'fargate-profile',
      'access-entry',
      'capability',
      'service-account',
      'workload',
      'namespace',
      'rbac',
    ])
    .exactOptional(),
  subject: z.string(),
  reason: z.string(),
  permission: z.string().exactOptional().describe('what has to be granted to close it'),
  location: location.exactOptional(),
})

const conflict = z
  .object({
    role,
    inputs: z.array(z.string()).describe('the two inputs that hold the role'),
    policies: z.enum(['same', 'different', 'unknown']),
    callers: z
      .enum(['same', 'different', 'unknown'])
      .describe('whether the two policies let the same callers in'),
  })
  .meta({ id: 'podtrust.conflict', description: 'one role that two inputs hold' })

const move = z
  .object({
    certainty: z.enum(['certain', 'perhaps']),
    description: z.string().describe('for people: `prod/app`, `every service account in prod`'),
    serviceAccounts: z
      .array(serviceAccount)
      .exactOptional()
      .describe('all members, where there are at most 64 of them'),
    witness: witness
      .exactOptional()
      .describe('one of them, whom one side lets in while the other lets in none of their requests'),
  })
  .meta({ id: 'podtrust.move', description: 'callers who gain or lose access together' })

const change = z
  .object({
    role,
    change: z.enum(['changed', 'appeared', 'disappeared']),
    widens: z.boolean().describe('whether somebody gains access, perhaps or for certain'),
    callers: z.array(
      z.object({
        mechanism: z.enum(['irsa', 'pod-identity', 'web-identity', 'aws-principal']),
        from: z.string().describe('the cluster, issuer or kind of caller, for people'),
        issuer: z.string().exactOptional().describe('host and path, without `https://`'),
        gained: z.array(move),
        lost: z.array(move),
        tests: z
          .object({ added: z.array(z.string()), dropped: z.array(z.string()) })
          .describe('what is tested besides who calls, on one side alone'),
      }),
    ),
    associations: z
      .object({ gained: z.array(z.string()), lost: z.array(z.string()) })
      .exactOptional()
      .describe('Pod Identity associations that the trust admits on one side alone'),
  })
  .meta({ id: 'podtrust.change', description: 'who gains and who loses access to one role' })

const coverage = z
  .object({
    complete: z.boolean().describe('whether everything that the inputs claim to hold was judged'),
    roles: z.object({
      total: z.int(),
      analyzed: z.int().exactOptional(),
      unchanged: z.int().exactOptional().describe('left as they are by a plan, and not judged'),
      pod: z.int().exactOptional().describe('whose trust names a Kubernetes OIDC provider or Pod Identity'),
      unreachable: z.int().exactOptional().describe('that no pod and no token of an issuer can reach'),
    }),
    serviceAccounts: z.int().exactOptional().describe('of Kubernetes, that were looked at'),
    clusters: z.int().exactOptional().describe('clusters that were looked at'),
    gaps: z.array(gap),
    silenced: z
      .array(z.string())
      .exactOptional()
      .describe('rules that say nothing of what the gaps leave out'),
    outOfScope: z.array(z.string()).exactOptional().describe('what was not looked at on purpose'),
    otherFiles: z.int().describe('files of a folder that hold something else'),
    conflicts: z.array(conflict).exactOptional().describe('roles that two inputs hold'),
  })
  .meta({ id: 'podtrust.coverage', description: 'what was judged and what was not' })

const error = z.object({
  code: z.string(),
  message: z.string(),
  hint: z.string().exactOptional(),
  input: z.string().exactOptional(),
  line: line.exactOptional(),
  column: line.exactOptional(),
})

export const reportSchema = z
  .object({
    schemaVersion: z.literal(1),
    tool: z.object({ name: z.literal('podtrust'), version: z.string() }),
    inputs: z.array(z.object({ name: z.string() })),
    coverage,
    analyses: z.array(analysis),
    analysesLeftOut: z
      .string()
      .exactOptional()
      .describe('why `analyses` is empty though roles were checked: an input was read as a stream'),
    token: token.exactOptional().describe('the token that `podtrust token` looked at'),
    findings: z.array(finding),
    changes: z
      .array(change)
      .exactOptional()
      .describe('of diff: every role with a change; of check: the roles whose trust a plan widens'),
    compared: z
      .object({
        before: z.int(),
        after: z.int(),
        unchanged: z.int(),
        appeared: z.int(),
        disappeared: z.int(),
      })
      .exactOptional()
      .describe('of diff: how many roles there were, and what became of them'),
    suppressed: z.array(finding).describe('findings that somebody has accepted'),
    errors: z.array(error).describe('inputs that could not be read'),
  })
  .describe('a report of podtrust')

export type JsonReport = z.infer<typeof reportSchema>

/** The same as JSON Schema, draft 2020-12. Members that it does not name are allowed, since later versions add some. */
export function reportJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...rest } = z.toJSONSchema(reportSchema, { io: 'input' })
  return {
    $schema,
    $id: 'https://github.com/podtrust/podtrust/blob/main/packages/core/schema/report.schema.json',
    title: 'podtrust report',
    ...rest,
  }
}
