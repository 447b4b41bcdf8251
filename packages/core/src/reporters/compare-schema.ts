import { z } from 'zod'

/**
 * The shape of the JSON of `compare`, and the source of `schema/compare.schema.json`. It changes by addition within one
 * `schemaVersion`: readers leave members alone that they do not know.
 */

const role = z
  .object({
    key: z.string().describe('ARN, else account and name, else where it is declared'),
    name: z.string(),
    arn: z.string().exactOptional(),
    address: z.string().exactOptional().describe('of Terraform or CloudFormation'),
  })
  .meta({ id: 'podtrust.comparedRole' })

const cluster = z
  .object({
    name: z.string().exactOptional(),
    arn: z.string().exactOptional(),
    issuer: z.string().exactOptional().describe('host and path, without `https://`'),
  })
  .describe('empty where the inputs do not tell which')

const identity = z.object({
  source: z
    .enum(['environment', 'association', 'annotation', 'none', 'unknown'])
    .describe('`environment`: variables that the pod sets itself'),
  outcome: z.enum(['works', 'nothing', 'unknown']),
  roleArn: z.string().exactOptional(),
  role: role.exactOptional().describe('where the inputs hold it'),
  reason: z.object({ id: z.string(), summary: z.string() }).exactOptional(),
  workloads: z.array(z.string()).exactOptional().describe('which of several'),
})

const serviceAccount = z.object({
  cluster,
  namespace: z.string(),
  name: z.string(),
  annotation: z.object({
    state: z
      .enum(['role', 'none', 'absent', 'not-read'])
      .describe('`absent`: the cluster has no such service account'),
    roleArn: z.string().exactOptional().describe('as it is written'),
    role: role.exactOptional(),
  }),
  association: z.object({
    state: z.enum(['role', 'none', 'not-read']),
    roleArn: z.string().exactOptional(),
    role: role.exactOptional(),
    targetRoleArn: z.string().exactOptional(),
    sessionTags: z.boolean().exactOptional(),
  }),
  admittedBy: z
    .array(
      z.object({
        role,
        mechanism: z.enum(['irsa', 'pod-identity']),
        certainty: z.enum(['certain', 'possible']),
      }),
    )
    .describe('roles whose trust lets it in by its name'),
  verdict: z
    .enum(['works', 'nothing', 'either', 'unknown'])
    .describe('what new pods get; `either` where it differs between workloads or SDKs'),
  gets: z.array(identity).describe('one, or several for `either`'),
  notes: z.array(z.string()),
})

export const compareSchema = z
  .object({
    schemaVersion: z.literal(1),
    tool: z.object({ name: z.literal('podtrust'), version: z.string() }),
    inputs: z.array(z.object({ name: z.string() })),
    coverage: z.object({
      complete: z.boolean(),
      gaps: z.array(z.object({ subject: z.string(), reason: z.string() })),
      otherFiles: z.int(),
    }),
    counts: z.object({ works: z.int(), nothing: z.int(), either: z.int(), unknown: z.int() }),
    serviceAccounts: z.array(serviceAccount).describe('by cluster, namespace and name'),
    openRoles: z
      .array(
        z.object({
          role,
          mechanism: z.enum(['irsa', 'pod-identity']),
          cluster: cluster.exactOptional(),
          admits: z.string(),
        }),
      )
      .describe('roles that admit more service accounts than can be listed'),
    assumptions: z.array(z.string()).describe('what is taken for granted'),
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
  .describe('an answer of podtrust compare')

export type JsonCompare = z.infer<typeof compareSchema>

/** The same as JSON Schema, draft 2020-12. */
export function compareJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...rest } = z.toJSONSchema(compareSchema, { io: 'input' })
  return {
    $schema,
    $id: 'https://github.com/podtrust/podtrust/blob/main/packages/core/schema/compare.schema.json',
    title: 'podtrust compare',
    ...rest,
  }
}
