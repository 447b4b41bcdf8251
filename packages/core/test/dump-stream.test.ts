import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, jest, test } from '@jest/globals'

import { checkTrust, checkTrustStream } from '../src/check.js'
import { InputError } from '../src/errors.js'
import { type Inventory, inventoryOf, type Role } from '../src/inventory.js'
import { toJson } from '../src/reporters/json.js'
import { toText } from '../src/reporters/text.js'
import { readInventory } from '../src/sources/detect.js'
import { isDumpBeginning, readIamDumpStream } from '../src/sources/dump-stream.js'
import { isDump, readIamDump } from '../src/sources/iam-dump.js'
import { parseTrustPolicyDocument } from '../src/policy/parse.js'

jest.setTimeout(30_000)

const now = new Date('2026-11-01T00:00:00Z')
const run = { version: '0', inputs: [{ name: 'dump.json' }] }
const fixtures = join(import.meta.dirname, 'fixtures')
const encoder = new TextEncoder()

function dumps(): readonly (readonly [string, string])[] {
  const folder = join(fixtures, 'dumps')
  return readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')])
}

const ACCOUNT = '210987654321'
const ISSUER = 'oidc.eks.eu-west-1.amazonaws.com/id/7C1E0D5A94B2F36E8A0C4D71B59E23F8'

/** A role that any service account may assume. */
function entry(name: string, policy: unknown = open): Readonly<Record<string, unknown>> {
  return {
    Path: '/',
    RoleName: name,
    Arn: `arn:aws:iam::${ACCOUNT}:role/${name}`,
    AssumeRolePolicyDocument: policy,
    Tags: [{ Key: 'note', Value: 'žluť\u{1F680} "quoted" \\ [{' }],
  }
}

const open = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/${ISSUER}` },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringEquals: { [`${ISSUER}:aud`]: 'sts.amazonaws.com' } },
    },
  ],
}

const encoded = encodeURIComponent(JSON.stringify(open))
const details = { UserDetailList: [], RoleDetailList: [entry('one'), entry('two', encoded)], Policies: [] }
const provider = { Url: ISSUER, ClientIDList: ['sts.amazonaws.com'], ThumbprintList: [] }
const json = (value: unknown, indent?: number): string => JSON.stringify(value, undefined, indent)

/** Whatever an input of outputs may look like. */
const shapes: readonly (readonly [string, string])[] = [
  ['one output in a line', json(details)],
  ['one output, indented, behind a byte order mark', `\ufeff${json(details, 4)}\n`],
  ['lines that end as on Windows', json(details, 2).replaceAll('\n', '\r\n')],
  ['a page of several', json({ Roles: [entry('one')], IsTruncated: true, Marker: 'm' }, 2)],
  [
    'outputs one after the other',
    [json(details, 2), json(provider), json({ Role: entry('three') })].join('\n'),
  ],
  ['outputs with an empty line between them', `\n${json(details)}\n\n${json({ Roles: [entry('three')] })}`],
  ['a list of outputs', json([details, provider, { nothing: true }, 5, 'text', null], 1)],
  [
    'a list of bare roles',
    json([entry('one'), entry('two', encoded), { ...entry('none'), RoleName: 1, Arn: 2 }], 1),
  ],
  ['a list of lists of bare roles', json([[entry('one')], [entry('two'), entry('three')], []])],
  [
    'facts before, between and behind',
    json({ cluster: { name: 'a' }, ...details, OpenIDConnectProviderList: [{ Arn: 'x' }] }, 1),
  ],
  [
    'entries that are no roles',
    json({ Roles: [1, 'two', null, [], [entry('in')], {}, true, -1.5e3, entry('last')] }, 2),
  ],
  ['a member that is no list', json({ Roles: entry('one'), RoleDetailList: [entry('two')] })],
  ['an empty list', '{ "Roles" : [ ] , "IsTruncated":false}'],
  ['a key in escapes', json({ Roles: [entry('one')] }).replace('Roles', '\\u0052ol\\u0065s')],
  [
    'a key that starts as one',
    json({ Roleslonger: [entry('no')], Roles: [entry('one')], [`Roles${'x'.repeat(300)}`]: [1] }),
  ],
  [
    'a list of that name further down',
    json({ RoleDetailList: [{ ...entry('one'), Roles: [entry('inner')] }], x: { Roles: [1] } }),
  ],
  [
    'keys that stand more than once',
    `{"Roles":[${json(entry('gone'))}],"Marker":"","Roles":[${json(entry('one')).replace('{', '{"Path":"/x",')},` +
      `${json(entry('two')).replace('"Effect"', '"Effect":"Deny","Effect"')}],"Policies":[{"a":1,"a":2}]}`,
  ],
  [
    'a list behind which its key stands again',
    `{"Roles":[${json(entry('gone'))}],"Roles":null,"RoleDetailList":[]}`,
  ],
  [
    'a role without a policy',
    json({ Roles: [{ ...entry('one'), AssumeRolePolicyDocument: null }, entry('two')] }),
  ],
  [
    'roles of two accounts',
    json({ Roles: [entry('one'), { ...entry('b'), Arn: 'arn:aws:iam::111122223333:role/b' }] }),
  ],
]

async function* chunked(bytes: Uint8Array, ...sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0
  for (let turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn] ?? sizes.at(-1) ?? bytes.length
    // A buffer that is written over, as a reader with one buffer does.
    const chunk = bytes.slice(at, at + size)
    at += size
    yield chunk
    chunk.fill(0x5d)
  }
}

async function collected(
  text: string | Uint8Array,
  ...sizes: readonly number[]
): Promise<Inventory & { fault?: InputError }> {
  const bytes = typeof text === 'string' ? encoder.encode(text) : text
  const { facts, roles, fault } = await readIamDumpStream(() => chunked(bytes, ...sizes), {
    name: 'dump.json',
  })
  const all: Role[] = []
  for await (const role of roles) all.push(role)
  return { facts, roles: all, ...(fault === undefined ? {} : { fault }) }
}

/** A report without what only the way of reading explains: the order in which gaps were found. */
function reportOf(inventory: Inventory): unknown {
  const report = checkTrust(inventory, { now, analyses: true })
  const shown = JSON.parse(toJson(report, run)) as { coverage: { gaps: { reason: string }[] } }
  shown.coverage.gaps.sort((a, b) => (a.reason < b.reason ? -1 : 1))
  return shown
}

/** What a role is, without the text that holds it. */
function plain({ location, trustPolicy, ...role }: Role): unknown {
  const isKnown = trustPolicy.kind !== 'unknown'
  const policy = isKnown ? parseTrustPolicyDocument(trustPolicy) : trustPolicy.unknown
  return { ...role, pointer: location.pointer, kind: trustPolicy.kind, policy }
}

describe('a dump that streams by', () => {
  test.each([...dumps(), ...shapes])('%s: is read as the text is', async (_, text) => {
    const expected = readIamDump(text, { name: 'dump.json' })
    const found = await collected(text)
    expect([...found.roles].map(plain)).toEqual([...expected.roles].map(plain))
    expect(found.facts.holds).toEqual(expected.facts.holds)
    expect(found.facts.complete).toEqual(expected.facts.complete)
    expect(reportOf(found)).toEqual(reportOf(expected))
    expect(found.fault).toBeUndefined()
  })

  test('outputs with nothing between them stand where they stand', async () => {
    const { roles } = await collected(json(details) + json({ Roles: [entry('three')] }))
    const [, , last] = [...roles]
    expect(last?.location.input.part).toEqual({
      pointer: '/1/Roles/0',
      anchors: [{ offset: 0, line: 1, column: json(details).length + '{"Roles":['.length + 1 }],
    })
  })

  const [, small = ''] = shapes.find(([name]) => name.startsWith('a list of that name')) ?? []
  const [, long = ''] = shapes.find(([name]) => name.startsWith('one output, indented')) ?? []

  test.each([
    ['a small output', small],
    ['an output with a byte order mark', long],
    ['several outputs', `${small}\n${small}`],
    ['a key in escapes', small.replace('RoleDetailList', '\\u0052oleDetai\\u006cList')],
    ['a list of roles', json([entry('one'), entry('two')], 1)],
  ])('%s: the border of a chunk may be anywhere', async (_, text) => {
    const bytes = encoder.encode(text)
    const whole = await collected(bytes)
    expect([...whole.roles].length).toBeGreaterThan(0)
    for (let at = 1; at < bytes.length; at++) expect(await collected(bytes, at, bytes.length)).toEqual(whole)
    for (const size of [1, 2, 3, 7]) expect(await collected(bytes, size)).toEqual(whole)
  })

  /** The error of an input that cannot be read. */
  async function refusal(work: () => unknown): Promise<InputError | undefined> {
    try {
      await work()
      return undefined
    } catch (error) {
      if (error instanceof InputError) return error
      throw error
    }
  }

  const told = (error: InputError | undefined): unknown =>
    error && { code: error.code, message: error.message, position: error.position }

  test('a file that breaks off keeps the roles before, and says where as the text would', async () => {
    const bytes = encoder.encode(long)
    const names = [...readIamDump(long).roles].map(({ name }) => name)
    const counts = new Set<number>()
    for (let length = 3; length < bytes.length - 1; length++) {
      const cut = bytes.slice(0, length)
      const expected = await refusal(() =>
        readIamDump(new TextDecoder('utf-8', { ignoreBOM: true }).decode(cut)),
      )
      let found: Awaited<ReturnType<typeof collected>> | undefined
      const thrown = await refusal(async () => (found = await collected(cut)))
      expect(told(thrown ?? found?.fault)).toEqual(told(expected))
      const roles = [...(found?.roles ?? [])].map(({ name }) => name)
      expect(roles).toEqual(names.slice(0, roles.length))
      expect(found === undefined || found.facts.gaps.length === 1).toBe(true)
      expect(found?.facts.complete ?? []).toEqual([])
      counts.add(roles.length)
    }
    expect([...counts]).toEqual([0, 1, 2])
  })

  test.each(['}', ']', ',', '"', 'x', '\n', ':', '{', '[', '0', '\\'])(
    'any byte may be %j instead',
    async (wrong) => {
      const bytes = encoder.encode(
        json({ Marker: '', Roles: [{ RoleName: 'a' }, 1, [true]], IsTruncated: false }),
      )
      for (let at = 0; at < bytes.length; at++) {
        const broken = bytes.slice()
        broken.set(encoder.encode(wrong), at)
        const text = new TextDecoder().decode(broken)
        let inventory: Inventory | undefined
        const expected = await refusal(() => (inventory = readIamDump(text)))
        let found: Awaited<ReturnType<typeof collected>> | undefined
        const thrown = await refusal(async () => (found = await collected(broken)))
        if (inventory !== undefined)
          expect([...(found?.roles ?? [])].map(plain)).toEqual([...inventory.roles].map(plain))
        expect({ text, at, ...(told(thrown ?? found?.fault) as object) }).toEqual({
          text,
          at,
          ...(told(expected) as object),
        })
      }
    },
  )
})

/** What the rules report in their fixtures, each policy as a role of one account. */
function manyRoles(): readonly unknown[] {
  const folder = join(fixtures, 'rules')
  return readdirSync(folder).flatMap((rule) => {
    const cases = JSON.parse(readFileSync(join(folder, rule, 'reports.json'), 'utf8')) as {
      policy?: unknown
    }[]
    return cases.slice(0, 2).flatMap(({ policy }, index) => {
      if (policy === undefined) return []
      return [entry(`${rule}-${index}`, index === 1 ? encodeURIComponent(json(policy)) : policy)]
    })
  })
}

/** Service accounts, two of which name a role of the dump. */
const manifests = readInventory({
  name: 'accounts.json',
  text: json({
    apiVersion: 'v1',
    kind: 'List',
    items: ['any-namespace-0', 'wrong-audience-0', 'nobody'].map((name) => ({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: {
        name,
        namespace: 'prod',
        annotations: { 'eks.amazonaws.com/role-arn': `arn:aws:iam::${ACCOUNT}:role/${name}` },
      },
    })),
  }),
})

describe('a check of roles that stream by', () => {
  const all = manyRoles()

  test.each([
    ['indented', json({ RoleDetailList: all }, 4)],
    ['in one line', json({ RoleDetailList: all })],
  ])('says what the check of all at once says, of every policy of the rules: %s', async (_, text) => {
    const whole = inventoryOf(manifests, readIamDump(text, { name: 'dump.json' }))
    const dump = await readIamDumpStream(() => chunked(encoder.encode(text), 1000), { name: 'dump.json' })
    const { facts } = inventoryOf(manifests, { facts: dump.facts, roles: [] })
    const expected = checkTrust(whole, { now })
    const found = await checkTrustStream(dump.roles, facts, { now })
    expect(found.findings.length).toBeGreaterThan(80)
    expect(found.findings.map(({ rule }) => rule)).toContain('annotation-role-missing')
    expect(toJson(found, run)).toBe(toJson(expected, run))
    expect(toText(found, { verbose: true })).toBe(toText(expected, { verbose: true }))
  })

  test('is the same for plans, whose roles may be left as they are', async () => {
    const folder = join(fixtures, 'terraform')
    const plans = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /plan[^/]*\.json$/.test(name),
    )
    expect(plans.length).toBeGreaterThan(3)
    for (const name of plans) {
      const { facts, roles } = readInventory({ name, text: readFileSync(join(folder, name), 'utf8') })
      for (const options of [{ now }, { now, all: true }])
        expect(await checkTrustStream(roles, facts, options)).toEqual(checkTrust({ facts, roles }, options))
    }
  })

  test('a finding holds the text of its role and no more', async () => {
    const { facts, roles } = await collected(json({ RoleDetailList: all }), 100_000)
    const { findings } = await checkTrustStream(roles, facts, { now })
    expect(findings.length).toBeGreaterThan(50)
    for (const { location, role } of findings)
      expect(JSON.parse(location.input.text)).toMatchObject({ RoleName: role?.name })
  })

  test('ends when it is told to, with the reason, also where no role is waited for', async () => {
    const inventory = readIamDump(json({ Roles: [entry('one')] }))
    const [only] = inventory.roles
    if (only === undefined) throw new Error('no role')
    let given = 0
    function* endless(): Generator<Role> {
      for (;;) {
        given++
        yield only as Role
      }
    }
    const stop = new AbortController()
    setTimeout(() => stop.abort(new Error('enough')), 1)
    await expect(checkTrustStream(endless(), inventory.facts, { signal: stop.signal })).rejects.toThrow(
      'enough',
    )
    expect(given).toBeGreaterThan(0)
    const before = given
    await expect(checkTrustStream(endless(), inventory.facts, { signal: stop.signal })).rejects.toThrow(
      'enough',
    )
    expect(given).toBe(before)
  })
})

describe('what a stream does not read', () => {
  const deep = '['.repeat(99) + ']'.repeat(99)
  const large = ' '.repeat(5 * 2 ** 20)

  test.each([
    ['an entry nested too deep', deep, 'nested deeper than 100 levels'],
    ['an entry that is too large', `{"RoleName":"${large}"}`, 'larger than 4 MiB'],
  ])('%s is a gap, and the rest is read', async (_, wrong, reason) => {
    const text = `{"Roles":[\n${json(entry('one'))},\n  ${wrong},\n${json(entry('two'))}]}`
    const { facts, roles, fault } = await collected(text, 70_000)
    expect([...roles].map(({ name }) => name)).toEqual(['one', 'two'])
    expect(fault).toBeUndefined()
    expect(facts.complete).toEqual([])
    const { coverage } = checkTrust({ facts, roles }, { now })
    expect(JSON.parse(toJson({ findings: [], coverage, analyses: [] }, run))).toMatchObject({
      coverage: {
        complete: false,
        gaps: [
          {
            reason: `the entry \`/Roles/1\` is ${reason} and was not read`,
            location: { line: 3, column: 3 },
          },
        ],
      },
    })
    const [, two] = [...roles]
    expect(two?.location.input.part?.anchors).toEqual([{ offset: 0, line: 4, column: 1 }])
  })

  test('one level less is read', async () => {
    const { facts } = await collected(`{"Roles":[${deep.slice(1, -1)}]}`)
    expect(facts.gaps.map(({ reason }) => reason)).toEqual([
      'the entry `/Roles/0` has no `RoleName` and was not read as a role',
    ])
    expect(() => readIamDump(`{"Roles":[${deep.slice(1, -1)}]}`)).not.toThrow()
    expect(() => readIamDump(`{"Roles":[${deep}]}`)).toThrow('nested deeper than 100 levels')
  })

  test('an output that is too large beside its lists is a gap, and its roles are read', async () => {
    const { facts, roles } = await collected(`{"a":"${large}","Roles":[${json(entry('one'))}],"b":1}`, 70_000)
    expect([...roles].map(({ name }) => name)).toEqual(['one'])
    expect(facts.gaps.map(({ reason }) => reason)).toEqual([
      'the entry `` is larger than 4 MiB and was not read',
    ])
  })

  test.each(['{}', '[]', '5', '"text"', '{"planned_values":{}}', '[{"a":1}]'])(
    '%s is no output',
    async (text) => {
      await expect(collected(text)).rejects.toMatchObject({ code: 'E_UNRECOGNIZED_INPUT' })
      expect(isDump(JSON.parse(text))).toBe(false)
    },
  )

  test('lists in lists without end are too deep', async () => {
    await expect(collected('['.repeat(1000))).rejects.toMatchObject({
      code: 'E_TOO_DEEP',
      message: 'nested deeper than 100 levels at line 1, column 101',
    })
  })

  test('what fails while it is read is passed on, and so is a fault that was not there at first', async () => {
    const text = encoder.encode(json(details))
    const broken = new Error('the disk is gone')
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield* chunked(text.slice(0, 500))
      throw broken
    }
    await expect(readIamDumpStream(failing)).rejects.toBe(broken)
    let opened = 0
    const { roles } = await readIamDumpStream(() => chunked(opened++ === 0 ? text : text.slice(0, 700)))
    const seen: string[] = []
    const walk = async (): Promise<void> => {
      for await (const { name } of roles) seen.push(name)
    }
    await expect(walk()).rejects.toMatchObject({ code: 'E_NOT_JSON' })
    expect(seen).toEqual(['one'])
  })
})

test('the beginning tells a dump from all else', () => {
  for (const [name, text] of [...dumps(), ...shapes]) {
    // Nothing but a host: no such file is large.
    if (name === 'get-open-id-connect-provider.json' || name === 'a key in escapes') continue
    if (name.startsWith('a list of lists') || name.startsWith('a key that')) continue
    expect([name, isDumpBeginning(text)]).toEqual([name, true])
  }
  for (const text of [
    '',
    '{',
    '{}',
    '[',
    '[1',
    '{"a',
    '{"format_version":"1.2","Roles',
    '{"Resources":{"Roles":[]}}',
    'Roles: []',
  ])
    expect([text, isDumpBeginning(text)]).toEqual([text, false])
})
