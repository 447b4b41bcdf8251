/**
 * The parser that makes readers take YAML. It is an entry of its own because it loads the `yaml` package, which no input
 * in JSON needs.
 *
 * @example
 * ```ts
 * import { readInventory } from '@podtrust/core/sources/detect'
 * import { yaml } from '@podtrust/core/sources/yaml'
 *
 * const inventory = readInventory({ name: 'app.yaml', text }, { yaml })
 * ```
 */
export type { YamlDocument, YamlDocuments, YamlOptions } from '../text/yaml.js'
export { parseYaml as yaml } from '../text/yaml.js'
