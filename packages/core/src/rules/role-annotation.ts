/** What stands in `eks.amazonaws.com/role-arn`, and what is wrong with it. */
import { quoted } from '../text/quote.js'

/** As the webhook checks it. @see amazon-eks-pod-identity-webhook, `pkg/cache` */
const ROLE_ARN = /^arn:aws[a-z0-9-]*:iam::(\d{12}):role\/([\w\-/.@+=,]+)$/

export interface RoleArn {
  readonly account: string
  /** Without the path. */
  readonly name: string
}

export function roleArnParts(text: string): RoleArn | undefined {
  const [, account, path] = ROLE_ARN.exec(text) ?? []
  if (account === undefined || path === undefined) return undefined
  const name = path.slice(path.lastIndexOf('/') + 1)
  return name === '' || path.includes('//') ? undefined : { account, name }
}

/** The most telling flaw of a text that is not the ARN of a role, as a clause. */
const FLAWS: readonly (readonly [RegExp, string])[] = [
  [/^\s*$/, 'is empty'],
  [/arn:.*arn:/i, 'holds two ARNs, one in the other'],
  [
    /\$\{|\$\(|\{\{|<[^>]*>|%[A-Z_]+%|\b(?:ACCOUNT_?ID|AWS_ACCOUNT|REPLACE|CHANGE_?ME|TODO)\b/i,
    'is a template with a place left to fill in',
  ],
  [/^['"`]|['"`]$/, 'has quotes inside of its quotes'],
  [/\s/, 'holds a blank or a line break'],
  [/^arn:aws[a-z0-9-]*:sts::/, 'is the ARN of a session, and its role is meant'],
  [/:assumed-role\//, 'is the ARN of a session, and its role is meant'],
  [
    /^arn:aws[a-z0-9-]*:iam::\d{12}:(?!role[/:])(?:policy|user|group|instance-profile|oidc-provider)\//,
    'is the ARN of something else than a role',
  ],
  [/^arn:aws[a-z0-9-]*:iam::\d{12}:role:/, 'has a colon behind `role`, where a slash belongs'],
  [/^arn:aws[a-z0-9-]*:iam::\d{12}:role\/.*\/\//, 'has two slashes in its path'],
  [/^arn:aws[a-z0-9-]*:iam::role\//, 'names no account'],
  [/^arn:aws[a-z0-9-]*:iam:::/, 'names no account'],
  [/^arn:aws[a-z0-9-]*:iam:(?!:)/, 'has one colon too few: IAM has no Region'],
  [/^arn:aws[a-z0-9-]*:iam::(?!\d{12}:)\d*:/, 'has an account that is not twelve digits'],
  [/^ARN:/, 'has capital letters where ARNs have none'],
  [/^arn:(?!aws)/i, 'names no partition of AWS'],
  [/^[\w+=,.@-]+$/, 'is a bare name, which only a webhook with `--compose-role-arn` makes an ARN of'],
  [/^arn:aws[a-z0-9-]*:iam::\d{12}:/, 'is no ARN of a role: `role/NAME` has to follow the account'],
]

export function flawOf(text: string): string {
  return FLAWS.find(([pattern]) => pattern.test(text))?.[1] ?? 'is not the ARN of a role'
}

/** Whether two texts differ by a slip of the hand: one or two characters, or the case of letters. */
export function isNear(one: string, other: string): boolean {
  if (one === other) return false
  return (
    one.toLowerCase() === other.toLowerCase() ||
    distance(one, other, 2) <= Math.min(2, Math.floor(one.length / 3))
  )
}

/** How many characters must be put in, left out or changed; more than `most` is `most + 1`. */
function distance(one: string, other: string, most: number): number {
  if (Math.abs(one.length - other.length) > most) return most + 1
  let before = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let row = 1; row <= one.length; row++) {
    const now = [row]
    for (let column = 1; column <= other.length; column++) {
      const same = one[row - 1] === other[column - 1] ? 0 : 1
      now.push(
        Math.min((before[column] ?? 0) + 1, (now[column - 1] ?? 0) + 1, (before[column - 1] ?? 0) + same),
      )
    }
    if (Math.min(...now) > most) return most + 1
    before = now
  }
  return before[other.length] ?? most + 1
}

/** The role that an ARN may have been meant to name, as a clause; nothing where none is near. */
export function nearestRole(arn: string, roleArns: ReadonlySet<string>): string {
  const wanted = roleArnParts(arn)
  let near = ''
  for (const other of roleArns) {
    const parts = roleArnParts(other)
    if (parts === undefined || parts.account !== wanted?.account) continue
    if (parts.name === wanted.name) return `; the one of that name has another path: ${quoted(other)}`
    if (isNear(wanted.name, parts.name)) near = `; the nearest is ${quoted(other)}`
  }
  return near
}
