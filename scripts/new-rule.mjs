/**
 * Makes the files of a new rule: `npm run new-rule -- any-namespace`. The id is the name of all of them:
 * the rule, its page, and its fixtures. What is left to do is printed.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { root } from './workspace.mjs'

const issuer = 'oidc.eks.eu-west-1.amazonaws.com/id/8A5F3C1E90B24D67A1C2E3F405162738'

const summary = 'TODO: one clause, lower case, no full stop'
const version = 'TODO'

const [id, ...rest] = process.argv.slice(2)
process.exitCode = main()

function main() {
  if (rest.length > 0 || !/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(id ?? '')) {
    console.error('usage: npm run new-rule -- <id>, in lower case with hyphens, for example any-namespace')
    return 2
  }
  const files = {
    [`packages/core/src/rules/${id}.ts`]: rule(),
    [`docs/rules/${id}.md`]: page(),
    [`packages/core/test/fixtures/rules/${id}/reports.json`]: reports(),
    [`packages/core/test/fixtures/rules/${id}/silent.json`]: silent(),
  }
  const taken = Object.keys(files).filter((path) => existsSync(join(root, path)))
  if (taken.length > 0) {
    console.error(`already there: ${taken.join(', ')}`)
    return 1
  }
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
    console.log(`made ${path}`)
  }
  console.log(`
what is left:
  1. add ${camelCase(id)} to packages/core/src/rules/index.ts, at its place in the report
  2. make reports.json the smallest policies the rule speaks about, and silent.json their nearest good neighbours
  3. write the rule: it asks questions of the set, not of the text
  4. write the page: what goes wrong, who gets in, how to mend it
  5. npm test`)
  return 0
}

function camelCase(text) {
  return text.replaceAll(/-(.)/g, (_, letter) => letter.toUpperCase())
}

function rule() {
  return `import { widestStatement } from './openness.js'
import type { RuleOn } from './rule.js'
import { serviceAccountWitness } from './witness.js'

/** TODO: the headline. Then why it matters, and how the question is asked of the set. */
export const ${camelCase(id)}: RuleOn<'grant'> = {
  id: '${id}',
  severity: 'medium',
  summary: '${summary}',
  since: '${version}',
  kind: 'exposure',
  on: 'grant',

  *check({ grant }) {
    if (grant.mechanism !== 'irsa' || grant.serviceAccounts.isEnumerable) return
    const { at, cause } = widestStatement(grant)
    yield {
      at,
      message: \`TODO: what is wrong, in the words of IAM and Kubernetes: \${cause}\`,
      witness: serviceAccountWitness(grant.admission, grant.serviceAccounts),
      help: 'TODO: what to do about it',
    }
  },
}
`
}

function page() {
  return `# ${id}

Severity: medium. Kind: exposure. Since: ${version}.

${summary}

## Why it matters

TODO: who gets in that nobody meant to let in, or who stays out that should get in.

## Example

\`\`\`json
${JSON.stringify(trustPolicy('app-*'), undefined, 2)}
\`\`\`

TODO: what the example admits, and other ways to write the same.

## What to do

TODO: the smallest change that mends it.

## When it is meant

TODO: when to suppress it instead.
`
}

/** What the rule reports, with the start of its message. */
function reports() {
  const at = '/Statement/Condition/StringLike/' + `${issuer}:sub`.replaceAll('/', '~1')
  return json([{ title: 'TODO', policy: trustPolicy('app-*'), at, message: 'TODO', certainty: 'proved' }])
}

/** The nearest good neighbours. */
function silent() {
  return json([{ title: 'one service account is named', policy: trustPolicy('app') }])
}

function json(value) {
  return `${JSON.stringify(value, undefined, 2)}\n`
}

function trustPolicy(name) {
  const audience = { [`${issuer}:aud`]: 'sts.amazonaws.com' }
  const subject = { [`${issuer}:sub`]: `system:serviceaccount:prod:${name}` }
  return {
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { Federated: `arn:aws:iam::210987654321:oidc-provider/${issuer}` },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: name.includes('*')
        ? { StringEquals: audience, StringLike: subject }
        : { StringEquals: { ...audience, ...subject } },
    },
  }
}
