import { test } from '@jest/globals'
import { parseYaml } from '../src/text/yaml.js'
import { keyPositionOf, positionOf, textAt } from '../src/text/position.js'
test('x', () => {
  const input = {
    name: 'x',
    text: `AWSTemplateFormatVersion: 2010-09-09
Resources:
  Role:
    P: !Sub |
      {
        "Version": "2012-10-17",
        "Statement": [{"A": "\${B}"}]
      }
    Q: !GetAtt a.b.c
    R: !Join ['', [a, !Ref B]]
    V: 2012-10-17
    F: >-
      arn:aws
      foo
    __proto__: {a: 1, a: 2}
    <<: &x {z: 1}
    n: 012345678901
    y: *x
`,
  }
  const r = parseYaml(input, { tags: 'cloudformation' })
  console.log(JSON.stringify(r.documents, null, 1))
  const p = '/0/Resources/Role'
  for (const q of [
    '',
    '/P',
    '/P/Fn::Sub',
    '/Q/Fn::GetAtt/1',
    '/R/Fn::Join/1/1/Ref',
    '/F',
    '/__proto__/a',
    '/z',
    '/y/z',
  ])
    console.log(
      q,
      JSON.stringify(positionOf({ input, pointer: p + q })),
      JSON.stringify(keyPositionOf({ input, pointer: p + q })),
      textAt({ input, pointer: p + q }),
    )
  const text = (r.documents[0]!.value as any).Resources.Role.P['Fn::Sub']
  console.log(
    JSON.stringify(
      keyPositionOf({ input, pointer: p + '/P/Fn::Sub', inner: { text, pointer: '/Statement/0/A' } }),
    ),
  )
})
