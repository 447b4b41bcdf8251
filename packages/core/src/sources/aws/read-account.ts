import type { Inventory } from '../../inventory.js'
import { inventoryOfSnapshot } from '../snapshot/inventory-of-snapshot.js'
import { SNAPSHOT_VERSION } from '../snapshot/record.js'
import { type AwsClients, type CollectOptions, collectAwsAccount } from './collect-account.js'

/**
 * Reads an account as an inventory, with clients of the caller's. What could not be read is in the coverage of the
 * inventory, with the permission that it takes; nothing is thrown for it.
 *
 * @example
 * ```ts
 * import { EKSClient } from '@aws-sdk/client-eks'
 * import { IAMClient } from '@aws-sdk/client-iam'
 * import { checkTrust } from '@podtrust/core'
 * import { readAwsAccount } from '@podtrust/core/sources/aws'
 *
 * const inventory = await readAwsAccount({ iam: new IAMClient(), eks: (region) => new EKSClient({ region }) })
 * for (const { rule, message } of checkTrust(inventory).findings) console.log(rule, message)
 * ```
 */
export async function readAwsAccount(clients: AwsClients, options: CollectOptions = {}): Promise<Inventory> {
  const takenAt = new Date(options.now?.() ?? Date.now()).toISOString()
  const account = await collectAwsAccount(clients, options)
  return inventoryOfSnapshot({
    podtrustSnapshot: SNAPSHOT_VERSION,
    tool: 'library',
    takenAt,
    accounts: [account],
  })
}
