import { z } from 'zod'

/**
 * The shape of the JSON of `explain`, and the source of `schema/explain.schema.json`. It changes by addition within one
 * `schemaVersion`: readers leave members alone that they do not know.
 */

const truth = z.enum(['true', 'false', 'unknown'])

const contextValue = z.union([
  z.object({ state: z.literal('present'), values: z.array(z.string()) }),
  z.object({ state: z.enum(['absent', 'unknown']) }),
])

const condition = z.object({
  pointer: z.string().describe('JSON pointer below the policy'),
  operator: z.string(),
  key: z.string().describe('as written'),
  values: z.array(z.string()).describe('what was asked'),
  found: contextValue.describe('what was there'),
  verdict: truth,
})

const statement = z.object({
  pointer: z.string(),
  sid: z.string().exactOptional(),
  effect: z.enum(['Allow', 'Deny']).exactOptional().describe('absent where it could not be read'),
  action: z.string(),
  principal: truth,
  actionMatches: truth,
  conditions: z.array(condition),
  verdict: truth.describe('whether the statement applies to the call'),
})

const step = z
  .object({
    id: z.enum([
      'role',
      'issuer',
      'claims',
      'audience',
      'times',
      'signature',
      'policy',
      'association',
      'account',
      'assume-role',
      'tag-session',
      'target-role',
      'agent',
    ]),
    title: z.string(),
    verdict: z.enum(['passed', 'failed', 'unknown', 'assumed', 'not-reached']),
    asked: z.string().exactOptional(),
    found: z.string().exactOptional(),
    detail: z.string().exactOptional(),
    statements: z.array(statement).exactOptional(),
  })
  .meta({ id: 'podtrust.step', description: 'one step that STS or EKS takes, in its order' })

const cause = z
  .object({
    id: z.string(),
    certainty: z.enum(['certain', 'likely', 'possible']),
    summary: z.string(),
    at: z.string().exactOptional().describe('JSON pointer below the policy'),
    look: z.string().exactOptional().describe('what to look at'),
  })
  .meta({ id: 'podtrust.cause', description: 'one cause, most likely first' })

const sdkError = z
  .object({
    id: z.string(),
    code: z.string(),
    status: z.int().describe('HTTP status; 0 where no service answers'),
    message: z.string(),
    text: z.string().describe('as the AWS CLI and boto3 print it'),
  })
  .meta({ id: 'podtrust.sdkError', description: 'what the pod sees' })

const patchOperation = z.union([
  z.object({ op: z.enum(['add', 'replace']), path: z.string(), value: z.unknown() }),
  z.object({ op: z.literal('remove'), path: z.string() }),
  z.object({ op: z.literal('move'), from: z.string(), path: z.string() }),
])

const mend = z.object({
  target: z.enum(['policy', 'provider', 'annotation', 'association', 'pod', 'token', 'role']),
  title: z.string(),
  patch: z
    .array(patchOperation)
    .exactOptional()
    .describe('RFC 6902, on the trust policy or the manifest of the service account'),
  command: z.string().exactOptional(),
  admitted: z
    .object({ before: z.string(), after: z.string() })
    .exactOptional()
    .describe('whom the role admits'),
})

const identity = z.object({
  source: z.enum(['environment', 'association', 'annotation', 'node-role', 'none', 'unknown']),
  roleArn: z.string().exactOptional(),
  isRole: z.boolean().exactOptional().describe('whether it is the role in question'),
  summary: z.string(),
  chain: z.array(
    z.object({
      place: z.enum(['keys', 'web-identity', 'container', 'node-role']),
      state: z.enum(['used', 'shadowed', 'absent', 'not-read']),
      detail: z.string(),
    }),
  ),
  workloads: z.array(z.string()),
})

const explanation = z.object({
  role: z.object({
    name: z.string(),
    key: z.string().exactOptional(),
    arn: z.string().exactOptional(),
    address: z.string().exactOptional(),
    account: z.string().exactOptional(),
  }),
  caller: z.object({
    serviceAccount: z.object({ namespace: z.string(), name: z.string() }).exactOptional(),
    subject: z.string().exactOptional(),
    issuer: z.string().exactOptional().describe('host and path, without `https://`'),
    audience: z.string().exactOptional(),
    cluster: z.object({ name: z.string(), arn: z.string().exactOptional() }).exactOptional(),
  }),
  mechanism: z.enum(['irsa', 'web-identity', 'pod-identity']),
  outcome: z.enum(['allowed', 'denied', 'undecided']),
  expected: z
    .enum(['allowed', 'denied'])
    .exactOptional()
    .describe('for `undecided`, where AWS has only not documented it'),
  steps: z.array(step),
  missing: z.array(z.string()).describe('what would have to be known, for `undecided`'),
  error: sdkError.exactOptional(),
  causes: z.array(cause),
  nearestMiss: z
    .object({
      at: z.string(),
      cause: z.string(),
      wanted: z.string(),
      found: z.string(),
      distance: z.int().exactOptional(),
      summary: z.string(),
    })
    .exactOptional(),
  mend: mend.exactOptional(),
  identity: identity.exactOptional(),
  assumptions: z.array(z.string()),
})

const errorExplanation = z.object({
  error: sdkError,
  means: z.string(),
  causes: z.array(cause),
  facts: z.array(z.object({ what: z.string(), value: z.string() })),
})

export const explainSchema = z
  .object({
    schemaVersion: z.literal(1),
    tool: z.object({ name: z.literal('podtrust'), version: z.string() }),
    inputs: z.array(z.object({ name: z.string() })),
    explanation: explanation.exactOptional(),
    error: errorExplanation.exactOptional().describe('for `--error`'),
    errors: z
      .array(
        z.object({
          code: z.string(),
          message: z.string(),
          hint: z.string().exactOptional(),
          input: z.string().exactOptional(),
          line: z.int().exactOptional(),
          column: z.int().exactOptional(),
        }),
      )
      .describe('inputs that could not be read'),
  })
  .describe('an answer of podtrust explain')

export type JsonExplain = z.infer<typeof explainSchema>

/** The same as JSON Schema, draft 2020-12. */
export function explainJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...rest } = z.toJSONSchema(explainSchema, { io: 'input' })
  return {
    $schema,
    $id: 'https://github.com/podtrust/podtrust/blob/main/packages/core/schema/explain.schema.json',
    title: 'podtrust explain',
    ...rest,
  }
}
