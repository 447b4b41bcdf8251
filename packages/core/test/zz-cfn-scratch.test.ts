import { readFileSync, readdirSync } from 'node:fs'
import { test } from '@jest/globals'
import { analyzeTrust } from '../src/trust/analyze.js'
import { checkTrust } from '../src/check.js'
import { readCloudFormationTemplate } from '../src/sources/cloudformation/template.js'
import { positionOf } from '../src/text/json.js'
import { parseYaml } from '../src/text/yaml.js'
test('show', () => {
  const dir = new URL('fixtures/cloudformation/', import.meta.url)
  const out: string[] = []
  for (const name of readdirSync(dir)) {
    const inventory = readCloudFormationTemplate(readFileSync(new URL(name, dir), 'utf8'), {
      name,
      yaml: parseYaml,
    })
    out.push('=== ' + name)
    for (const r of inventory.roles)
      out.push(
        'role ' +
          r.key +
          ' | ' +
          r.name +
          ' | ' +
          JSON.stringify(r.instanceProfiles) +
          ' ' +
          (r.trustPolicy.kind === 'value'
            ? JSON.stringify(r.trustPolicy.value)
            : r.trustPolicy.kind === 'text'
              ? r.trustPolicy.text
              : 'UNKNOWN'),
      )
    const strip = (x: unknown) => JSON.stringify(x, (k, v) => (k === 'input' ? undefined : v))
    out.push('facts ' + strip({ ...inventory.facts, holds: [...inventory.facts.holds] }))
    for (const t of analyzeTrust(inventory))
      out.push(
        'trust ' +
          t.role.key +
          ' ' +
          t.mechanism +
          ' ' +
          ('serviceAccounts' in t ? t.serviceAccounts.toString() : '') +
          ' ' +
          ('cluster' in t ? t.cluster?.name : '') +
          ' prov ' +
          ('provider' in t ? t.provider?.address : ''),
      )
    for (const f of checkTrust(inventory).findings) {
      const p = positionOf(f.location)
      out.push(
        `  ${f.rule} ${f.role.key} ${f.location.pointer} ${f.location.inner?.pointer ?? ''} @${p?.line}:${p?.column} ${f.message}`,
      )
    }
  }
  console.log(out.join('\n'))
})
