/** The `.tf` file and lines of an address. */
import type { Location } from '../../text/location.js'
import { parentOf } from './addresses.js'
import type { ConfigurationFiles } from './files.js'
import type { TerraformResource } from './resource.js'
import { placeAt } from './statement-blocks.js'

/**
 * Where a resource is declared. What stands in a module whose source is not at hand, as those of a registry are, is
 * declared for its user by the call of that module.
 */
export function declarationOf(
  resource: Pick<TerraformResource, 'module' | 'mode' | 'type' | 'name'>,
  files: ConfigurationFiles,
): Location | undefined {
  const { module, mode, type, name } = resource
  const own = files.declared(module, mode === 'data' ? 'data' : 'resource', type, name)
  if (own !== undefined) return placeAt(own.input, own.block)
  if (files.folderOf(module) !== undefined) return undefined
  for (let up = parentOf(module); up !== undefined; up = parentOf(up.parent)) {
    const call = files.declared(up.parent, 'module', up.call.name)
    if (call !== undefined) return placeAt(call.input, call.block)
  }
  return undefined
}
