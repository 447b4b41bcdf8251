/**
 * The short forms of CloudFormation's functions. A tag is written out as the object that JSON templates have, so that
 * nobody has to know both.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
 */

export interface YamlOptions {
  /** Whose short tags are written out as the objects they are short for; other tags are left out and listed. */
  readonly tags?: 'cloudformation'
}

const FUNCTIONS: ReadonlySet<string> = new Set([
  'And',
  'Base64',
  'Cidr',
  'Contains',
  'EachMemberEquals',
  'EachMemberIn',
  'Equals',
  'FindInMap',
  'GetAZs',
  'GetAtt',
  'GetStackOutput',
  'If',
  'ImportValue',
  'Join',
  'Length',
  'Not',
  'Or',
  'RefAll',
  'Select',
  'Split',
  'Sub',
  'ToJsonString',
  'Transform',
  'ValueOf',
  'ValueOfAll',
])

/** The key of the object that a tag is short for: `Fn::Sub` for `!Sub`. */
export function longForm(tag: string | undefined): string | undefined {
  if (tag === undefined || !tag.startsWith('!')) return undefined
  const name = tag.slice(1)
  if (name === 'Ref' || name === 'Condition') return name
  return FUNCTIONS.has(name) ? `Fn::${name}` : undefined
}

/** `LOGICAL_NAME.ATTRIBUTE` in its two parts; the attribute may hold dots itself. */
export function attributeParts(text: string): readonly [resource: string, attribute: string] | undefined {
  const dot = text.indexOf('.')
  return dot < 0 ? undefined : [text.slice(0, dot), text.slice(dot + 1)]
}
