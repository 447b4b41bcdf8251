/**
 * An AWS account to try an audit on, without one: the roles of `account.json` and the clusters of `clusters.json`
 * behind the IAM and EKS interfaces, on this machine alone.
 *
 *   node examples/aws-server.mjs [PORT]
 */
import { readFileSync } from 'node:fs'

import { credentialsOf, makeAccount } from '../test/aws-server/account.mjs'
import { startAwsServer } from '../test/aws-server/server.mjs'

const read = (name) => JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'))
const { account, roles, providers, clusters } = read('clusters.json')
const { RoleDetailList } = read('account.json')

const server = await startAwsServer({
  accounts: [makeAccount({ account, roles: [...RoleDetailList, ...roles], providers, clusters })],
  port: Number(process.argv[2] ?? 0),
})
const { accessKeyId, secretAccessKey } = credentialsOf(account)
const credentials = `AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey} AWS_REGION=eu-west-1`
console.log(`${server.endpoint}  try: ${credentials} podtrust audit --endpoint-url ${server.endpoint}`)

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void server.close())
