/**
 * The program. It sets `process.exitCode` and returns: ending at once would cut what a pipe has not taken yet.
 */
import { check, wantsPage } from './commands/check.js'
import { rules } from './commands/rules.js'
import { schema } from './commands/schema.js'
import { who } from './commands/who.js'
import { suggestion } from './did-you-mean.js'
import { UsageError, describeFailure } from './failure.js'
import { commandHelp, commandTexts, mainHelp } from './help.js'
import { parseArguments } from './options.js'
import type { Arguments } from './options.js'
import { refuseTokens } from './refuse-tokens.js'
import { complain } from './stderr.js'
import { version } from './version.js'

type Command = (options: Arguments) => number | Promise<number>

/** The folder of the program, which also holds the pages and schemas that it prints. */
const home = import.meta.dirname

/** What a check in CI runs is imported outright: one file starts faster than several. */
const commands: Readonly<Record<string, Command>> = {
  check: async (options) =>
    wantsPage(options) ? (await import('./commands/others.js')).checkWithPage(options) : check(options),
  who,
  audit: async (options) => (await import('./commands/others.js')).audit(options),
  compare: async (options) => (await import('./commands/others.js')).compare(options),
  diff: async (options) => (await import('./commands/others.js')).diff(options),
  explain: async (options) => (await import('./commands/others.js')).explain(options),
  graph: async (options) => (await import('./commands/others.js')).graph(options),
  permissions: async (options) => (await import('./commands/others.js')).permissions(options),
  rules: (options) => rules(options, home),
  schema: (options) => schema(options, home),
  snapshot: async (options) => (await import('./commands/others.js')).snapshot(options),
  token: async (options) => (await import('./commands/others.js')).token(options),
}

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // Whoever read has read enough (`podtrust check | head`): that is no failure.
    if (error.code !== 'EPIPE') throw error
  })
}

const args = process.argv.slice(2)
// Not awaited: a module that does cannot be bundled into the kind of file that starts fastest.
void run(args).then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    const isVerbose = args.some((argument) => argument === '--verbose' || /^-[a-zA-Z]*v/.test(argument))
    complain(describeFailure(error, isVerbose))
    process.exitCode = error instanceof Error && error.name === 'UnreachableError' ? 3 : 2
  },
)

async function run(given: readonly string[]): Promise<number> {
  refuseTokens(given)
  const [name, ...rest] = given
  switch (name) {
    case '-h':
    case '--help':
      return print(mainHelp())
    case '-V':
    case '--version':
      return print(`${version}\n`)
    case 'help': {
      const [topic] = rest
      return print(topic === undefined ? mainHelp() : commandHelp(textOf(topic)))
    }
  }
  if (name === undefined) {
    process.stderr.write(mainHelp())
    return 2
  }
  const text = textOf(name)
  const options = parseArguments(rest, text.options)
  if (options.has('help')) return print(commandHelp(text))
  const command = commands[name]
  if (command === undefined) throw new Error(`the command ${name} has a text and no code`)
  return command(options)
}

function textOf(name: string): (typeof commandTexts)[number] {
  const text = commandTexts.find((one) => one.name === name)
  if (text !== undefined) return text
  const names = commandTexts.map((one) => one.name)
  const what = name.startsWith('-')
    ? `the command comes first: podtrust COMMAND ${name}`
    : `there is no command \`${name}\`${suggestion(name, names)}`
  throw new UsageError(`${what}; there are ${names.join(', ')}`)
}

function print(text: string): number {
  process.stdout.write(text)
  return 0
}
