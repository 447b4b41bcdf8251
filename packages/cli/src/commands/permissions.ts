import { suggestion } from '../did-you-mean.js'
import { UsageError } from '../failure.js'
import type { Arguments } from '../options.js'

const PARTS: readonly string[] = ['iam', 'kubernetes']

/** `podtrust permissions`: the least that a live read needs, to be put into an account and into clusters. */
export async function permissions({ positionals }: Arguments): Promise<number> {
  const [part, ...rest] = positionals
  if (rest.length > 0)
    throw new UsageError('permissions takes one name at most: podtrust permissions iam|kubernetes')
  if (part !== undefined && !PARTS.includes(part))
    throw new UsageError(
      `there are no permissions for \`${part}\`${suggestion(part, PARTS)}; there is ${PARTS.join(', ')}`,
    )
  const { awsPermissions } = await import('@podtrust/core/sources/permissions')
  const { clusterRoleManifest } = await import('@podtrust/core/sources/cluster')
  const iam = `${JSON.stringify(awsPermissions, undefined, 2)}\n`
  const kubernetes = clusterRoleManifest()
  if (part === 'iam') process.stdout.write(iam)
  else if (part === 'kubernetes') process.stdout.write(kubernetes)
  else
    process.stdout.write(
      `IAM policy of whoever runs \`podtrust audit\` (\`podtrust permissions iam\` prints it alone):\n\n${iam}\nFor --kubernetes in each cluster, bound to a group of the caller's access entry (\`podtrust permissions kubernetes\` prints it alone):\n\n${kubernetes}`,
    )
  return 0
}
