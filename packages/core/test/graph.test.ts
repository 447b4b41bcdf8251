import { describe, expect, test } from '@jest/globals'
import { trustGraph } from '../src/answers/graph.js'
import type { TrustGraph } from '../src/answers/graph.js'
import type { Facts, Inventory, PodIdentityAssociation, Role, ServiceAccount } from '../src/inventory.js'
import { toDot } from '../src/reporters/dot.js'
import { toMermaid } from '../src/reporters/mermaid.js'
import { toSvg } from '../src/reporters/svg.js'

const ISSUER = 'oidc.eks.eu-west-1.amazonaws.com/id/8A5F3C1E90B24D67A1C2E3F405162738'
const ACCOUNT = '210987654321'
const location = { input: { name: 'test.json', text: '' }, pointer: '' }
const now = new Date('2026-11-02T12:00:00Z')

const arnOf = (name: string): string => `arn:aws:iam::${ACCOUNT}:role/${name}`

function roleOf(name: string, ...statements: readonly unknown[]): Role {
  const value = { Version: '2012-10-17', Statement: statements }
  const trustPolicy = { kind: 'value', value, duplicates: [], location } as const
  return {
    key: arnOf(name),
    name,
    arn: arnOf(name),
    account: ACCOUNT,
    partition: 'aws',
    trustPolicy,
    location,
  }
}

function irsa(operator: string, ...subjects: readonly string[]): unknown {
  return {
    Effect: 'Allow',
    Principal: { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/${ISSUER}` },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { [operator]: { [`${ISSUER}:sub`]: subjects.map((one) => `system:serviceaccount:${one}`) } },
  }
}

const pods = {
  Effect: 'Allow',
  Principal: { Service: 'pods.eks.amazonaws.com' },
  Action: ['sts:AssumeRole', 'sts:TagSession'],
}

const lambda = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }

function annotated(namespace: string, name: string, role: string): ServiceAccount {
  return { cluster: 'blue', namespace, name, roleArn: arnOf(role), location }
}

function association(namespace: string, serviceAccount: string, role: string): PodIdentityAssociation {
  return {
    cluster: 'blue',
    namespace,
    serviceAccount,
    roleArn: arnOf(role),
    disableSessionTags: false,
    location,
  }
}

function inventory(roles: readonly Role[], facts: Partial<Facts> = {}): Inventory {
  const all: Facts = {
    providers: [],
    clusters: [{ name: 'blue', issuer: ISSUER, account: ACCOUNT, location }],
    associations: [],
    holds: new Set(['roles', 'clusters']),
    gaps: [],
    ...facts,
  }
  return { facts: all, roles }
}

/** Edges as `SOURCE > CALLER > ROLE: mechanism, admitted, intended`. */
function told({ nodes, edges }: TrustGraph): readonly string[] {
  const labels = new Map(nodes.map(({ id, label }) => [id, label]))
  return edges
    .filter(({ mechanism }) => mechanism !== 'has')
    .map(({ from, to, mechanism, admitted, intended }) => {
      const source = edges.find((edge) => edge.to === from && edge.mechanism === 'has')?.from ?? ''
      const words = [mechanism, admitted, ...(intended === undefined ? [] : [intended])]
      return `${labels.get(source)} > ${labels.get(from)} > ${labels.get(to)}: ${words.join(', ')}`
    })
}

describe('the graph', () => {
  test('names are nodes of their own, a pattern is one, and what nobody in a cluster can assume is left out', () => {
    const graph = trustGraph(
      inventory([
        roleOf('named', irsa('StringEquals', 'prod:a', 'prod:b')),
        roleOf('open', irsa('StringLike', 'prod:*')),
        roleOf('function', lambda),
      ]),
      { now },
    )
    expect(told(graph)).toEqual([
      'cluster blue > prod/a > named: irsa, certain',
      'cluster blue > prod/b > named: irsa, certain',
      'cluster blue > every service account in prod > open: irsa, certain',
    ])
    expect(graph.nodes.filter(({ isPattern }) => isPattern).map(({ label }) => label)).toEqual([
      'every service account in prod',
    ])
    expect(graph.nodes.map(({ label }) => label)).not.toContain('function')
  })

  test('what is meant is told from what is merely let in, and from what is meant and kept out', () => {
    const graph = trustGraph(
      inventory([roleOf('app', irsa('StringLike', 'prod:*')), roleOf('pods', pods)], {
        serviceAccounts: [annotated('prod', 'app', 'app'), annotated('dev', 'app', 'app')],
        associations: [association('prod', 'worker', 'pods'), association('prod', 'app', 'app')],
      }),
      { now },
    )
    expect(told(graph)).toEqual([
      'cluster blue > prod/app > app: irsa, certain, annotation',
      'cluster blue > dev/app > app: irsa, none, annotation',
      'cluster blue > prod/app > app: pod-identity, none, association',
      'cluster blue > every service account in prod > app: irsa, certain',
      'cluster blue > prod/worker > pods: pod-identity, certain, association',
      'any cluster of the account > every service account of the cluster > pods: pod-identity, certain',
    ])
  })

  test('one role alone, and roles whose policy is not known', () => {
    const unknown = { unknown: true, reason: 'it was not collected', cause: 'not-collected' } as const
    const roles = [
      roleOf('a', irsa('StringEquals', 'prod:a')),
      roleOf('b', irsa('StringEquals', 'prod:b')),
      { ...roleOf('hidden'), trustPolicy: { kind: 'unknown', unknown, location } as const },
    ]
    expect(told(trustGraph(inventory(roles), { now, onlyRole: 'b' }))).toEqual([
      'cluster blue > prod/b > b: irsa, certain',
    ])
    expect(trustGraph(inventory(roles), { now }).gaps).toEqual([
      { subject: arnOf('hidden'), reason: 'it was not collected' },
    ])
  })
})

describe('its pictures', () => {
  const HOSTILE = '"]}; <script>alert(1)</script> \u001b[2J\u202e #quot; `%%` \\'
  const hostile = trustGraph(
    inventory([roleOf(HOSTILE, irsa('StringLike', 'prod:*')), roleOf('b', irsa('StringEquals', 'prod:b'))], {
      clusters: [{ name: HOSTILE, issuer: ISSUER, location }],
    }),
    { now },
  )
  const draw = { dot: toDot, mermaid: toMermaid, svg: toSvg }

  test.each(Object.entries(draw))(
    '%s: the same graph gives the same bytes, and no name gets out of its text',
    (name, to) => {
      const text = to(hostile)
      expect(to(hostile)).toBe(text)
      expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e]/)
      if (name !== 'dot') expect(text).not.toContain('<script')
      expect(text).toContain('prod/b')
      expect(text.endsWith('\n')).toBe(true)
    },
  )

  test('dot: every line is a node, an edge or a rank, and quotes are closed', () => {
    const lines = toDot(hostile).trimEnd().split('\n')
    for (const line of lines.slice(4, -1)) {
      expect(line).toMatch(
        /^ {2}(?:n\d+ \[label="(?:[^"\\]|\\.)*", fillcolor="#\w+", style="[a-z,]+"\]|n\d+ -> n\d+ \[[^\n]*\]|\{ rank=same; [n\d; ]+ \})$/,
      )
    }
  })

  test('mermaid: labels hold no sign that means something', () => {
    for (const [, label = ''] of toMermaid(hostile).matchAll(/^ {2}n\d+\(?\[?"(.*)"\]?\)?\]?$/gm))
      expect(label.replaceAll('<br/>', '')).toMatch(/^(?:[\w .,:/()-]|#\d+;)*$/)
  })

  test('svg: nothing is loaded and nothing runs, every tag is closed, and no box covers another', () => {
    const text = toSvg(hostile)
    expect(text).not.toMatch(
      /<(?:script|image|use|foreignObject|a|style[^>]*@import)\b|href|\bon\w+=|url\((?!#arrow)/,
    )
    expect(text.match(/http[^"]*/g)).toEqual(['http://www.w3.org/2000/svg'])
    const open: string[] = []
    for (const [, close, tag = '', self] of text.matchAll(/<(\/?)([a-z]+)(?:\s[^<>]*?)?(\/?)>/gi)) {
      if (close === '/') expect(open.pop()).toBe(tag)
      else if (self !== '/') open.push(tag)
    }
    expect(open).toEqual([])
    const boxes = [
      ...text.matchAll(/<rect class="[^"]+" x="([\d.]+)" y="([\d.]+)" width="\d+" height="([\d.]+)"/g),
    ]
      .map(([, x, y, height]) => ({ x: Number(x), y: Number(y), height: Number(height) }))
      .toSorted((a, b) => a.x - b.x || a.y - b.y)
    expect(boxes.length).toBe(hostile.nodes.length)
    for (const [index, box] of boxes.entries()) {
      const next = boxes[index + 1]
      if (next?.x === box.x) expect(next.y).toBeGreaterThanOrEqual(box.y + box.height)
    }
  })

  test('an empty graph is a picture too', () => {
    const empty = trustGraph(inventory([roleOf('function', lambda)]), { now })
    expect(toSvg(empty)).toContain('no role that a pod or a token can assume')
    expect(toDot(empty)).toContain('digraph podtrust {')
    expect(toMermaid(empty)).toMatch(/^flowchart LR\n/)
  })
})

describe('what only AWS and clusters together tell', () => {
  const clusters: Facts['clusters'] = ['eu-west-1', 'us-east-1'].map((region, index) => ({
    name: 'blue',
    arn: `arn:aws:eks:${region}:${ACCOUNT}:cluster/blue`,
    issuer: index === 0 ? ISSUER : `${ISSUER.slice(0, -1)}1`,
    account: ACCOUNT,
    region,
    location,
  }))
  const [here, there] = clusters

  test('two clusters of one name are two, and annotations and associations are of their own', () => {
    const graph = trustGraph(
      inventory([roleOf('uploader', pods), roleOf('reader', irsa('StringEquals', 'prod:reader'))], {
        clusters,
        associations: [here, there].map((cluster) => ({
          ...association('prod', 'app', 'uploader'),
          clusterArn: cluster?.arn ?? '',
        })),
        serviceAccounts: [{ ...annotated('prod', 'reader', 'reader'), cluster: there?.arn ?? '' }],
      }),
      { now },
    )
    expect(graph.nodes.filter(({ label }) => label === 'cluster blue')).toHaveLength(2)
    expect(graph.nodes.filter(({ label }) => label === 'prod/app')).toHaveLength(2)
    const kept = graph.edges.filter(({ intended }) => intended === 'annotation')
    expect(kept).toMatchObject([{ admitted: 'none' }])
  })

  test('the target role of an association has the pods, through the role that comes between', () => {
    const source = 'uploader'
    const trusting = {
      Effect: 'Allow',
      Principal: { AWS: arnOf(source) },
      Action: ['sts:AssumeRole', 'sts:TagSession'],
    }
    const target = { ...association('prod', 'app', source), targetRoleArn: arnOf('warehouse') }
    const drawn = (statement: unknown): TrustGraph =>
      trustGraph(
        inventory([roleOf(source, pods), roleOf('warehouse', statement)], { associations: [target] }),
        { now },
      )
    const graph = drawn(trusting)
    const warehouse = graph.nodes.find(({ label }) => label === 'warehouse')
    expect(graph.edges.filter(({ to }) => to === warehouse?.id)).toContainEqual(
      expect.objectContaining({ admitted: 'certain', intended: 'association', through: source }),
    )
    expect(toMermaid(graph)).toContain('Pod Identity, by association, through uploader')
    const closed = drawn(lambda)
    expect(closed.edges.filter(({ through }) => through === source)).toMatchObject([{ admitted: 'none' }])
  })

  test('the name of the role between is text wherever it stands', () => {
    const evil = 'a"]; b --> c|"<script>'
    const target = { ...association('prod', 'app', evil), targetRoleArn: arnOf('warehouse') }
    const graph = trustGraph(inventory([roleOf('warehouse', lambda)], { associations: [target] }), { now })
    expect(graph.edges.some(({ through }) => through === evil)).toBe(true)
    for (const text of [toMermaid(graph), toSvg(graph)]) expect(text).not.toContain('<script>')
    expect(toMermaid(graph)).not.toContain('a"]')
    expect(toDot(graph)).toContain('a\\"]')
  })
})
