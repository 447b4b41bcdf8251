import { UsageError } from './failure.js'

/** Header, claims and signature of a token, wherever they stand in a text. */
const TOKEN = /eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/

/**
 * No argument may hold a token: whatever is wrong with a name of a role or a file is told with that name, and so would
 * end in a log. The text of an error may, for none of it is repeated.
 *
 * @throws UsageError
 */
export function refuseTokens(args: readonly string[]): void {
  args.forEach((argument, index) => {
    if (!TOKEN.test(argument) || args[index - 1] === '--error' || argument.startsWith('--error=')) return
    throw new UsageError(
      `argument ${index + 1} is a token and no file or name; on a command line it is seen by others and kept by the shell: pass it in a file, or with \`-\` on standard input`,
    )
  })
}
